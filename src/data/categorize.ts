/** Category names to numbers and back. Source: DTR-6. */
import * as z from "zod";
import { CrossEntropyLossFlat } from "../layers/index.js";
import { checkOptions, type Tensor, tensor } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { CategoryMap, type CategoryMapOptions, type Label } from "./category-map.js";
import { LabelError } from "./errors.js";
import type { LossLike } from "./loss-like.js";
import { eachItem } from "./setup-items.js";
import { brief } from "./show-text.js";
import { Transform } from "./transform.js";
import { Category, TensorCategory } from "./types.js";

/** Settings of Categorize. */
export interface CategorizeOptions extends CategoryMapOptions {
  /** The names. Default: those of the training data. */
  vocab?: Iterable<Label>;
}

/**
 * Turns a name into its number (int64, no dimensions) and back into a `Category`. The names come from the training data
 * unless given. Throws `LabelError` on a name that is not among them. Source: DTR-6.
 *
 * @example
 * const cat = new Categorize({ vocab: ["cat", "dog"] });
 * cat.encode("dog");   // TensorCategory 1
 */
export class Categorize extends Transform<Label, TensorCategory> {
  override order = 1;
  /** The names by number. */
  vocab: CategoryMap | null = null;
  #learned = false;
  readonly sort: boolean;
  readonly addNa: boolean;

  constructor(options: CategorizeOptions = {}) {
    super();
    checkOptions("Categorize", options, ["vocab", "sort", "addNa"]);
    this.sort = options.sort ?? true;
    this.addNa = options.addNa ?? false;
    if (options.vocab) this.vocab = new CategoryMap(options.vocab, { sort: this.sort, addNa: this.addNa });
  }

  /** Whether the names come from training data. */
  get learned(): boolean {
    return this.#learned;
  }

  /** How many names there are. */
  get c(): number {
    return this.vocab?.length ?? 0;
  }

  /** The loss for one category an item. */
  get lossFunc(): LossLike {
    return new CrossEntropyLossFlat();
  }

  override async setups(items: unknown): Promise<void> {
    if (this.vocab) return;
    const names: Label[] = [];
    await eachItem(items, (item) => {
      checkLabel(item);
      names.push(item as Label);
    });
    this.vocab = new CategoryMap(names, { sort: this.sort, addNa: this.addNa });
    this.#learned = true;
  }

  override encodes(o: Label): TensorCategory {
    return categoryTensor(this.lookUp(o));
  }

  /** The number of a name. Throws `LabelError` for one that has none. */
  lookUp(o: Label): number {
    const idx = this.known().idxOf(o);
    if (idx !== undefined) return idx;
    checkLabel(o);
    throw unknownLabels([o], this.known());
  }

  override decodes(o: Tensor | number): Label {
    if (typeof o !== "number" && o.numel() !== 1) {
      throw new LabelError(
        `Categorize.decode: expected the number of a class, got [${o.shape.join(", ")}] numbers. ` +
          "Train with a loss that decodes predictions, such as CrossEntropyLossFlat.",
      );
    }
    // A Category is a String object; titles, `==` and String(o) see the name.
    const name = nameAt("Categorize", this.known(), Number(typeof o === "number" ? o : o.item()));
    return new Category(String(name)) as unknown as Label;
  }

  private known(): CategoryMap {
    if (this.vocab) return this.vocab;
    throw new LabelError("Categorize: expected a vocab, got none. Set it up on the training data, or give { vocab }.");
  }
}

function checkLabel(label: unknown): void {
  if (!Array.isArray(label)) return;
  const message = `Categorize: expected one label, got the list ${brief(label)}. For several labels an item use MultiCategoryBlock.`;
  throw new LabelError(message, { stage: "Categorize" });
}

/** The name of a class. Throws `LabelError` for a number that no class has. */
export function nameAt(stage: string, vocab: CategoryMap, idx: number): Label {
  if (Number.isInteger(idx) && idx >= 0 && idx < vocab.length) return vocab[idx] as Label;
  const message = `${stage}.decode: expected the number of one of ${vocab.length} classes, got ${idx}. Give the model as many outputs as there are classes, dls.c.`;
  throw new LabelError(message, { stage });
}

/** A class number as a TensorCategory. */
export function categoryTensor(idx: number): TensorCategory {
  const plain = tensor(idx, { dtype: "int64" });
  const typed = plain.as(TensorCategory);
  plain.dispose();
  return typed;
}

/** The error for names that are not in the vocabulary. */
export function unknownLabels(labels: readonly unknown[], vocab: readonly Label[]): LabelError {
  const missing = labels.find((label) => label === null || label === undefined || Number.isNaN(label));
  if (missing !== undefined || labels.includes(undefined)) {
    const message = `Categorize: expected a label, got ${String(missing)}. Make getY give one for every item, or leave the item out with skipItem().`;
    return new LabelError(message, { stage: "Categorize" });
  }
  const some = vocab.slice(0, 10).join(", ").slice(0, 200);
  const known = some.length < vocab.join(", ").length ? `${some}, …` : some;
  const names = labels.map((label) => `"${String(label)}"`).join(", ");
  return new LabelError(
    `Categorize: expected labels of the training data (${known}), got ${names}. ` +
      "Check getY, put such items into the training set, give the whole vocab, or set addNa.",
    { stage: "Categorize" },
  );
}

const labelSchema = z.union([z.string(), z.number(), z.boolean()]);

/** What is exported of transforms with a vocabulary. */
export const vocabConfig = z.object({ vocab: z.array(labelSchema).nullable(), sort: z.boolean(), addNa: z.boolean() });

/** The exported form of a transform with a vocabulary; it is kept in order and without its `#na#`. */
export function vocabToConfig(tfm: {
  vocab: CategoryMap | null;
  sort: boolean;
  addNa: boolean;
}): z.infer<typeof vocabConfig> {
  const names = tfm.vocab?.names() ?? null;
  return { vocab: names && tfm.addNa ? names.slice(1) : names, sort: false, addNa: tfm.addNa };
}

register("data.Categorize", {
  cls: Categorize,
  config: vocabConfig,
  toConfig: vocabToConfig,
  fromConfig: ({ vocab, ...rest }) => new Categorize(vocab ? { vocab, ...rest } : rest),
});
