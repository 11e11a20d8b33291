import type { archNames, QuickstartOptions } from "./options.js";

/** How a model is trained: everything that the command line leaves open is filled in. */
export interface Preset {
  arch: (typeof archNames)[number];
  /** Pixels of a side. */
  size: number;
  epochs: number;
  /** Photos in a batch. */
  bs: number;
  /** Largest learning rate of the one-cycle schedule. */
  lr: number;
  /** Where the body of the network ends; null: where the architecture says. */
  cut: number | null;
}

/** For the drawn pictures: a network without its last and widest stage, to be done within two minutes on two processor cores. */
const drawn: Preset = { arch: "xresnet18", size: 48, epochs: 6, bs: 32, lr: 5e-3, cut: -5 };

/** For photos: the whole network at a size where animals and things are recognisable, for a processor without GPU. */
const photos: Preset = { arch: "xresnet18", size: 96, epochs: 10, bs: 32, lr: 5e-3, cut: null };

/** Fills in what the command line leaves open. An architecture that is named comes whole. */
export function preset({ path, ...given }: QuickstartOptions): Preset {
  const base = path === undefined ? drawn : photos;
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...base, ...said, cut: given.arch === undefined ? base.cut : null };
}
