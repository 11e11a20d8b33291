/** What the transforms of targets do to whole columns. */
import * as z from "zod";
import {
  Categorize,
  CategoryMap,
  DataError,
  EncodedMultiCategorize,
  type LossLike,
  Normalize,
  RegressionSetup,
} from "../data/index.js";
import { BoolColumn, type Column, toLabels } from "../frame/index.js";
import { fromSpec, register, toSpec } from "../torch/index.js";
import { decodeColumn, encodeColumn } from "./categorify.js";
import { NormalizeColumns } from "./normalize-columns.js";
import { TabularProc } from "./proc.js";
import type { TabularPandas } from "./tabular-pandas.js";

/** A transform of single targets that says how many outputs they need, and with which loss. */
interface TargetTransform {
  readonly c: number;
  readonly lossFunc: LossLike;
}

/** A step for the target columns, in place of a transform for single targets, which keeps what was learned. */
export abstract class TargetProc<T extends TargetTransform = TargetTransform> extends TabularProc {
  override readonly order = 1;

  constructor(readonly tfm: T) {
    super();
  }

  /** "int64" for classes, "float32" for numbers. */
  abstract readonly dtype: "int64" | "float32";

  /** Target columns that are there: frames to predict have none. */
  protected columns(to: TabularPandas): [string, Column][] {
    return to.yNames.filter((name) => to.items.has(name)).map((name) => [name, to.items.column(name)]);
  }
}

/** Classes as numbers from 0 on. Source: TAB-6. */
export class CategorizeTarget extends TargetProc<Categorize> {
  readonly dtype = "int64";

  override setups(train: TabularPandas): void {
    const [first] = this.columns(train);
    if (!first || this.tfm.vocab) return;
    const [name, column] = first;
    const vocab = new CategoryMap(toLabels(column).used(), { sort: column.kind !== "category" });
    if (vocab.length < 2) {
      throw new DataError(
        `Categorize: expected at least two classes in the target "${name}", got ${vocab.length === 0 ? "none" : `only ${String(vocab[0])}`} in ` +
          `${train.length} training rows. Choose another column, or pass yBlock: RegressionBlock.`,
      );
    }
    this.tfm.vocab = vocab;
  }

  override encodes(to: TabularPandas): void {
    for (const [name, column] of this.columns(to)) to.items.set(name, encodeColumn(column, this.#vocab, -1));
  }

  override decodes(to: TabularPandas): void {
    for (const [name, column] of this.columns(to)) to.items.set(name, decodeColumn(column, this.#vocab));
  }

  get #vocab(): CategoryMap {
    return this.tfm.vocab ?? new CategoryMap([]);
  }
}

/** Numbers as they are. */
export class RegressionTarget extends TargetProc<RegressionSetup> {
  readonly dtype = "float32";

  override setups(train: TabularPandas): void {
    if (this.tfm.c === 0) this.tfm.c = train.yNames.length;
    for (const [name, column] of this.columns(train)) {
      if (column.kind === "text" || column.kind === "category" || column.kind === "date") {
        throw new DataError(
          `RegressionSetup: expected numbers in the target "${name}", got ${column.kind}, such as ` +
            `${String(column.get(0))} in row ${train.rowOf(0)}. Convert the column, or pass yBlock: CategoryBlock.`,
        );
      }
      const values = column.order();
      if (Array.prototype.every.call(values, (value) => value === values[0])) {
        process.emitWarning(`RegressionSetup: the target "${name}" is ${values[0]} in every training row.`);
      }
    }
  }

  override encodes(): void {}
}

/** Columns of zeros and ones, or truth values: several classes at once. */
export class MultiLabelTarget extends TargetProc<EncodedMultiCategorize> {
  readonly dtype = "float32";

  override encodes(to: TabularPandas): void {
    for (const [name, column] of this.columns(to)) to.items.set(name, Float32Array.from(column.order()));
  }

  override decodes(to: TabularPandas): void {
    for (const [name, column] of this.columns(to)) {
      to.items.set(name, new BoolColumn(Uint8Array.from(column.order(), (value) => Number(value === 1))));
    }
  }
}

/** What stands for a transform of single values when whole columns are prepared. */
const counterparts = new Map<unknown, (tfm: never) => TabularProc>([
  [Normalize, () => new NormalizeColumns()],
  [Categorize, (tfm: Categorize) => new CategorizeTarget(tfm)],
  [RegressionSetup, (tfm: RegressionSetup) => new RegressionTarget(tfm)],
  [EncodedMultiCategorize, (tfm: EncodedMultiCategorize) => new MultiLabelTarget(tfm)],
]);

/** A step for tables: one of these, its class, or a transform (or its class) that has a counterpart for tables. */
export type ProcLike = TabularProc | (new () => TabularProc) | object;

/** The step that is meant. Throws `DataError` for a transform without a counterpart. */
export function asProc(proc: ProcLike): TabularProc {
  // A class that stands among steps takes no arguments.
  const made = typeof proc === "function" ? (Reflect.construct(proc, []) as object) : proc;
  if (made instanceof TabularProc) return made;
  const counterpart = counterparts.get(made.constructor);
  if (counterpart) return counterpart(made as never); // the map pairs each class with what takes it
  throw new DataError(
    `TabularPandas: expected steps for tables, got ${made.constructor.name}. ` +
      "Use Categorify, FillMissing, Normalize, or a subclass of TabularProc.",
  );
}

for (const [name, Class] of Object.entries({ CategorizeTarget, RegressionTarget, MultiLabelTarget })) {
  const Made = Class as new (tfm: object) => TargetProc;
  register(`tabular.${name}`, {
    cls: Made,
    config: z.object({ tfm: z.object({ type: z.string(), config: z.unknown().optional() }) }),
    toConfig: ({ tfm }) => ({ tfm: toSpec(tfm) }),
    fromConfig: ({ tfm }) => new Made(fromSpec(tfm)),
  });
}
