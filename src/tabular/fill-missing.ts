/** Numbers in place of missing ones. */
import * as z from "zod";
import { DataError } from "../data/index.js";
import { BoolColumn, NumberColumn, quantile, sortedValues } from "../frame/index.js";
import { checkOptions, register } from "../torch/index.js";
import { TabularProc } from "./proc.js";
import type { TabularPandas } from "./tabular-pandas.js";

/** Chooses what fills the gaps of a column, from the values of the training rows that are there. */
export type FillFunction = (values: Float64Array, fill: number) => number;

function mode(values: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let [best, most] = [Number.NaN, 0];
  for (const [value, count] of counts) if (count > most) [best, most] = [value, count];
  return best;
}

/** The usual ways: the median, the most frequent value (of equally frequent ones the one met first), a given number. */
export const FillStrategy: Readonly<Record<"median" | "mode" | "constant", FillFunction>> = {
  median: (values) => quantile(sortedValues(values), 0.5),
  mode,
  constant: (_values, fill) => fill,
};

/** Settings of FillMissing. */
export interface FillMissingOptions {
  /** What fills the gaps. Default `FillStrategy.median`. */
  fillStrategy?: FillFunction;
  /** Whether a column `NAME_na` says where there was a gap. Default true. */
  addCol?: boolean;
  /** The numbers that `FillStrategy.constant` takes, by column. Default 0. */
  fillVals?: Readonly<Record<string, number>>;
}

/**
 * Fills the gaps of continuous columns. For each column that has some in the training rows it adds a categorical column
 * `NAME_na`. A gap in another column, in later rows, is an error. Source: TAB-4.
 */
export class FillMissing extends TabularProc {
  readonly fillStrategy: FillFunction;
  readonly addCol: boolean;
  readonly fillVals: Readonly<Record<string, number>>;
  /** What fills the gaps, for each column that had some. */
  naDict: ReadonlyMap<string, number> = new Map();

  constructor(options: FillMissingOptions = {}) {
    super();
    checkOptions("FillMissing", options, ["fillStrategy", "addCol", "fillVals"]);
    this.fillStrategy = options.fillStrategy ?? FillStrategy.median;
    this.addCol = options.addCol ?? true;
    this.fillVals = options.fillVals ?? {};
  }

  override get adds(): readonly string[] {
    return this.addCol ? [...this.naDict.keys()].map((name) => `${name}_na`) : [];
  }

  override setups(train: TabularPandas): void {
    const gaps = train.contNames.filter((name) => train.items.column(name).firstMissing() >= 0);
    this.naDict = new Map(
      gaps.map((name) => {
        const values = train.items
          .column(name)
          .doubles()
          .filter((value) => !Number.isNaN(value));
        if (values.length > 0) return [name, this.fillStrategy(values, this.fillVals[name] ?? 0)];
        throw new DataError(
          `FillMissing: expected some values in the column "${name}", got none in ${train.length} training rows. ` +
            "Leave the column out of contNames.",
        );
      }),
    );
  }

  override encodes(to: TabularPandas): void {
    for (const name of to.contNames) {
      const column = to.items.column(name);
      const fill = this.naDict.get(name);
      if (fill !== undefined) this.#fill(to, name, fill);
      else if (column.firstMissing() >= 0) {
        const row = to.rowOf(column.firstMissing());
        throw new DataError(
          `FillMissing: expected a number in the column "${name}", which had no gap in the training rows, got none in ` +
            `row ${row}. Fill it first, or train with a row that lacks it.`,
        );
      }
    }
  }

  #fill(to: TabularPandas, name: string, fill: number): void {
    const values = to.items.column(name).doubles();
    const filled = new Float64Array(values.length);
    const gaps = new Uint8Array(values.length);
    for (let row = 0; row < gaps.length; row++) {
      const value = values[row] as number; // in range by the loop
      const isGap = Number.isNaN(value);
      gaps[row] = isGap ? 1 : 0;
      filled[row] = isGap ? fill : value;
    }
    to.items.set(name, new NumberColumn(filled, "float"));
    if (!this.addCol) return;
    to.items.set(`${name}_na`, new BoolColumn(gaps));
    if (!to.catNames.includes(`${name}_na`)) to.catNames.push(`${name}_na`);
  }
}

register("tabular.FillMissing", {
  cls: FillMissing,
  config: z.object({ naDict: z.array(z.tuple([z.string(), z.number()])), addCol: z.boolean() }),
  toConfig: ({ naDict, addCol }) => ({ naDict: [...naDict], addCol }),
  fromConfig: ({ naDict, addCol }) => {
    const proc = new FillMissing({ addCol });
    proc.naDict = new Map(naDict);
    return proc;
  },
});
