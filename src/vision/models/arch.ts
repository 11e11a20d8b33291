import { type nn, type Tensor, ValueError } from "../../torch/index.js";
import type { Cut } from "./body.js";
import { defaultSplit, type Splitter } from "./split.js";
import type { PublishedWeights } from "./weights.js";

/** Mean and standard deviation of each channel, on the scale 0..1. */
export type Stats = readonly [mean: readonly number[], std: readonly number[]];

/** What transfer learning needs to know about an architecture. Source: VLN-5. */
export interface ArchMeta {
  /** Where its body ends. Null: before the last child that contains a pooling layer. */
  readonly cut: Cut | null;
  /** Parameter groups of a body with a head. */
  readonly split: Splitter;
  /** What its published weights were trained with; null if unknown. */
  readonly stats: Stats | null;
  /** Null: nobody has published any. */
  readonly weights: PublishedWeights | null;
}

/** Makes a whole classification model with random weights. */
export interface VisionArch {
  (options?: { nOut?: number }): nn.Module<[Tensor], Tensor>;
  readonly name: string;
  readonly meta?: ArchMeta;
}

/** What holds for a function that says nothing about itself: two groups, no weights. Source: VLN-5. */
export const defaultMeta: ArchMeta = { cut: null, split: defaultSplit, stats: null, weights: null };

const archs = new Map<string, VisionArch>();

/**
 * Gives a model factory a name, under which exported learners find it again, and its transfer-learning facts. Returns it.
 * Throws `ValueError` when the name is taken.
 *
 * @example
 * const widenet = defineArch("widenet", ({ nOut = 10 } = {}) => new XResNet(resBlock, 1, [2, 2, 2, 2], { nOut, widen: 2 }));
 */
export function defineArch<F extends VisionArch>(name: string, build: F, meta: ArchMeta = defaultMeta): F {
  if (archs.has(name)) throw new ValueError(`defineArch: expected a new name, got "${name}", which is taken.`);
  Object.defineProperty(build, "name", { value: name });
  archs.set(name, Object.assign(build, { meta }));
  return build;
}

/** The architecture of a name. Throws `ValueError` that lists the known ones. */
export function findArch(name: string): VisionArch {
  const arch = archs.get(name);
  if (arch) return arch;
  throw new ValueError(
    `findArch: expected one of ${archNames().join(", ")}, got "${name}". ` +
      "Name an architecture of your own with defineArch, in a module that every program imports that loads it.",
  );
}

/** The names of all architectures, in the order they were defined. */
export function archNames(): string[] {
  return [...archs.keys()];
}
