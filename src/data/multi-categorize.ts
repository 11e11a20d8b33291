/** Several category names at once. Source: DTR-7 … DTR-9. */
import * as z from "zod";
import { BCEWithLogitsLossFlat } from "../layers/index.js";
import { checkOptions, scope, type Tensor, tensor, zeros } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { nameAt, unknownLabels, vocabConfig, vocabToConfig } from "./categorize.js";
import { CategoryMap, type Label } from "./category-map.js";
import { LabelError } from "./errors.js";
import type { LossLike } from "./loss-like.js";
import { eachItem } from "./setup-items.js";
import { ItemTransform } from "./transform.js";
import { type MultiCategory, multiCategory, TensorMultiCategory } from "./types.js";

/** Settings of MultiCategorize. */
export interface MultiCategorizeOptions {
  /** The names, in this order. Default: those of the training data, sorted. */
  vocab?: Iterable<Label>;
  /** Whether unknown names become `#na#`, number 0. Default false. */
  addNa?: boolean;
}

function asMulti(make: () => Tensor): TensorMultiCategory {
  return scope(() => make().as(TensorMultiCategory));
}

/** Positions of the ones in a vector. Source: TOR-11. */
export function oneHotDecode(x: Tensor): number[] {
  return Array.from(scope(() => x.eq(1).nonzero().view(-1).toArray()) as number[], Number);
}

function labelList(labels: unknown): readonly Label[] {
  if (Array.isArray(labels)) return labels;
  const one = typeof labels === "string" ? `the text "${labels}"` : String(labels);
  throw new LabelError(
    `MultiCategorize: expected a list of labels, got ${one}. Give [label]; ColReader's labelDelim divides a text. ` +
      "For one label an item use CategoryBlock.",
    { stage: "MultiCategorize" },
  );
}

/** Turns a list of names into their numbers and back. Throws `LabelError` listing unknown names. Source: DTR-7. */
export class MultiCategorize extends ItemTransform<readonly Label[], TensorMultiCategory> {
  override order = 1;
  /** The names by number. */
  vocab: CategoryMap | null = null;
  readonly sort: boolean;
  readonly addNa: boolean;

  constructor(options: MultiCategorizeOptions & { sort?: boolean } = {}) {
    super();
    checkOptions("MultiCategorize", options, ["vocab", "addNa", "sort"]);
    this.sort = options.sort ?? !options.vocab;
    this.addNa = options.addNa ?? false;
    if (options.vocab) this.vocab = new CategoryMap(options.vocab, { sort: this.sort, addNa: this.addNa });
  }

  /** How many names there are. */
  get c(): number {
    return this.vocab?.length ?? 0;
  }

  /** The loss for several categories an item. */
  get lossFunc(): LossLike {
    return new BCEWithLogitsLossFlat();
  }

  override async setups(items: unknown): Promise<void> {
    if (this.vocab) return;
    const names = new Set<Label>();
    await eachItem(items, (labels) => {
      for (const label of labelList(labels)) names.add(label);
    });
    this.vocab = new CategoryMap(names, { addNa: this.addNa });
  }

  override encodes(labels: readonly Label[]): TensorMultiCategory {
    const idxs = this.lookUp(labels);
    return asMulti(() => tensor(idxs, { dtype: "int64" }));
  }

  /** The numbers of names. Throws `LabelError` listing those that have none. */
  lookUp(given: readonly Label[]): number[] {
    const vocab = this.known();
    const labels = labelList(given);
    const unknown = labels.filter((label) => vocab.idxOf(label) === undefined);
    if (unknown.length > 0) throw unknownLabels(unknown, vocab);
    return labels.map((label) => vocab.idxOf(label) ?? 0);
  }

  override decodes(x: Tensor | readonly number[]): MultiCategory & readonly Label[] {
    const idxs = Array.isArray(x) ? (x as number[]) : ((x as Tensor).toArray() as number[]);
    return multiCategory(idxs.map((i) => nameAt("MultiCategorize", this.known(), Number(i))));
  }

  protected known(): CategoryMap {
    if (this.vocab) return this.vocab;
    throw new LabelError(
      "MultiCategorize: expected a vocab, got none. Set it up on the training data, or give { vocab }.",
    );
  }
}

/** Turns numbers of categories into a float vector of ones and zeros, and back into the numbers. Source: DTR-8. */
export class OneHotEncode extends ItemTransform<Tensor, TensorMultiCategory> {
  override order = 2;
  /** The length of the vector; 0 until set up. */
  c: number;

  constructor(options: { c?: number } = {}) {
    super();
    checkOptions("OneHotEncode", options, ["c"]);
    this.c = options.c ?? 0;
  }

  override setups(items: unknown): void {
    if (this.c > 0) return;
    const gather = (items as { gather?: (name: string) => unknown[] } | null)?.gather;
    const vocab = gather?.call(items, "vocab")[0] ?? (items as { vocab?: unknown } | null)?.vocab;
    this.c = Array.isArray(vocab) ? vocab.length : 0;
    if (this.c === 0) process.emitWarning("OneHotEncode: expected a vocab before it, got none. Give { c }.");
  }

  override encodes(x: Tensor | readonly number[]): TensorMultiCategory {
    const idxs = Array.isArray(x) ? (x as number[]) : ((x as Tensor).toArray() as number[]);
    const wrong = idxs.find((i) => !(Number(i) >= 0 && Number(i) < this.c));
    if (wrong !== undefined) {
      throw new LabelError(`OneHotEncode: expected numbers below ${this.c}, got ${wrong}. Give the c of the vocab.`, {
        stage: "OneHotEncode",
      });
    }
    return asMulti(() => {
      const out = zeros([this.c]);
      for (const i of idxs) out.setAt_([Number(i)], 1);
      return out;
    });
  }

  override decodes(x: Tensor): Tensor {
    return asMulti(() => tensor(oneHotDecode(x), { dtype: "int64" }));
  }
}

/** Takes vectors that are one-hot already; decodes to names. Source: DTR-9. */
export class EncodedMultiCategorize extends ItemTransform<Tensor | readonly number[], TensorMultiCategory> {
  override order = 1;
  /** The names by number. */
  readonly vocab: CategoryMap;

  constructor(vocab: Iterable<Label>) {
    super();
    this.vocab = new CategoryMap(vocab, { sort: false });
  }

  /** How many names there are. */
  get c(): number {
    return this.vocab.length;
  }

  /** The loss for several categories an item. */
  get lossFunc(): LossLike {
    return new BCEWithLogitsLossFlat();
  }

  override encodes(x: Tensor | readonly number[]): TensorMultiCategory {
    const size = Array.isArray(x) ? x.length : (x as Tensor).numel();
    if (size !== this.c) {
      throw new LabelError(
        `EncodedMultiCategorize: expected ${this.c} values, one for each of the vocab, got ${size}.`,
        {
          stage: "EncodedMultiCategorize",
        },
      );
    }
    return asMulti(() => (Array.isArray(x) ? tensor(x as number[]) : (x as Tensor)).to("float32"));
  }

  override decodes(x: Tensor): readonly number[] {
    // The decoded names take the place of the encoded numbers.
    const names = oneHotDecode(x).map((i) => nameAt("EncodedMultiCategorize", this.vocab, i));
    return multiCategory(names) as unknown as readonly number[];
  }
}

register("data.MultiCategorize", {
  cls: MultiCategorize,
  config: vocabConfig,
  toConfig: vocabToConfig,
  fromConfig: ({ vocab, ...rest }) => new MultiCategorize(vocab ? { vocab, ...rest } : rest),
});
register("data.OneHotEncode", {
  cls: OneHotEncode,
  config: z.object({ c: z.number() }),
  toConfig: (tfm) => ({ c: tfm.c }),
  fromConfig: (config) => new OneHotEncode(config),
});
register("data.EncodedMultiCategorize", {
  cls: EncodedMultiCategorize,
  config: z.object({ vocab: vocabConfig.shape.vocab.unwrap() }),
  toConfig: (tfm) => ({ vocab: tfm.vocab.names() }),
  fromConfig: (config) => new EncodedMultiCategorize(config.vocab),
});
