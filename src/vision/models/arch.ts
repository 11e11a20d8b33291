import * as z from "zod";
import type { Stats } from "../../data/index.js";
import { type nn, register, rememberSpec, type Tensor, ValueError } from "../../torch/index.js";
import type { Cut } from "./body.js";
import { defaultSplit, type Splitter } from "./split.js";
import type { PublishedWeights } from "./weights.js";

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

/** A whole classification model. */
export type WholeModel = nn.Module<[Tensor], Tensor>;

/** Makes a whole classification model with random weights. */
export interface VisionArch {
  (options?: { nOut?: number }): WholeModel;
  readonly name: string;
  readonly meta?: ArchMeta;
}

/** A {@link VisionArch} with a name of its own; what it makes can be exported. */
export interface DefinedArch<O, M extends WholeModel> {
  (options?: O): M;
  readonly name: string;
  readonly meta: ArchMeta;
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
export function defineArch<O extends { nOut?: number }, M extends WholeModel>(
  name: string,
  build: (options?: O) => M,
  meta: ArchMeta = defaultMeta,
): DefinedArch<O, M> {
  if (archs.has(name)) throw new ValueError(`defineArch: expected a new name, got "${name}", which is taken.`);
  const make = (options?: O): M => {
    const model = build(options);
    const plain = archConfig.safeParse({ arch: name, options: options ?? {} });
    return plain.success ? rememberSpec(model, "visionArch", plain.data) : model;
  };
  Object.defineProperty(make, "name", { value: name });
  const arch = Object.assign(make, { meta });
  // Options read from a file are checked by the model itself, which throws on unknown ones.
  archs.set(name, arch as VisionArch);
  return arch;
}

/** Options that a file can hold: those with classes or functions among them cannot be exported. */
const archConfig = z.object({ arch: z.string(), options: z.record(z.string(), z.json()) });

register("visionArch", {
  config: archConfig,
  fromConfig: ({ arch, options }) => findArch(arch)(options),
});

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
