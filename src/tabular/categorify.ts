/** Categories as numbers. */
import * as z from "zod";
import { CategoryMap, type Label } from "../data/index.js";
import { type Column, DictColumn, mapCodes, NumberColumn, toLabels } from "../frame/index.js";
import { checkOptions, register } from "../torch/index.js";
import { TabularProc } from "./proc.js";
import type { TabularPandas } from "./tabular-pandas.js";

/** Classes by column, in the order of the columns. */
export type Classes = ReadonlyMap<string, CategoryMap>;

/** The labels of a column that become its classes: all of a column of categories, else those that occur. */
export function classLabels(column: Column): { labels: readonly Label[]; sort: boolean } {
  const named = toLabels(column);
  return named.kind === "category" ? { labels: named.labels, sort: false } : { labels: named.used(), sort: true };
}

/** The number of each cell's label; `absent` for missing cells and for labels that are not among the classes. */
export function encodeColumn(column: Column, classes: CategoryMap, absent: number): NumberColumn {
  const { codes, labels } = toLabels(column);
  const table = Int32Array.from(labels, (label) => classes.idxOf(label) ?? absent);
  return new NumberColumn(mapCodes(codes, table, absent), "int");
}

/** The labels that numbers stand for; others become missing. */
export function decodeColumn(column: Column, classes: readonly Label[]): DictColumn {
  const codes = new Int32Array(column.doubles()).map((code) => (code >= 0 && code < classes.length ? code : -1));
  return new DictColumn(codes, [...classes], "category");
}

/** Columns with more classes than this are likely to name rows, when there are hardly more rows. */
const MANY_CLASSES = 10_000;

function warnOfClasses(name: string, count: number, rows: number): void {
  process.emitWarning(
    `Categorify: the column "${name}" has ${count} classes in ${rows} training rows, so most are seen once and its ` +
      "embedding is large. Leave it out of catNames, or group its values, if it names rows.",
  );
}

/** Settings of Categorify. */
export interface CategorifyOptions {
  /** The classes of some columns, instead of those that are found; their order is kept. */
  vocab?: Readonly<Record<string, Iterable<Label>>>;
}

/**
 * Turns the categorical columns into numbers from 1 on, in the order of the sorted labels (a column of categories keeps
 * its order); 0, `#na#`, stands for missing cells and for labels that were not there at set-up. Source: TAB-3.
 */
export class Categorify extends TabularProc {
  override readonly order = 1;
  /** The classes of each column; the first is `#na#`. */
  classes: Classes = new Map();
  readonly #given: ReadonlyMap<string, readonly Label[]>;

  constructor(options: CategorifyOptions = {}) {
    super();
    checkOptions("Categorify", options, ["vocab"]);
    this.#given = new Map(Object.entries(options.vocab ?? {}).map(([name, labels]) => [name, [...labels]]));
  }

  override setups(train: TabularPandas): void {
    this.classes = new Map(
      train.catNames.map((name) => {
        const given = this.#given.get(name);
        const { labels, sort } = given ? { labels: given, sort: false } : classLabels(train.items.column(name));
        if (labels.length > MANY_CLASSES && labels.length > train.length / 2)
          warnOfClasses(name, labels.length, train.length);
        return [name, new CategoryMap(labels, { sort, addNa: true })];
      }),
    );
  }

  override encodes(to: TabularPandas): void {
    for (const [name, classes] of this.#columns(to))
      to.items.set(name, encodeColumn(to.items.column(name), classes, 0));
  }

  override decodes(to: TabularPandas): void {
    for (const [name, classes] of this.#columns(to)) to.items.set(name, decodeColumn(to.items.column(name), classes));
  }

  #columns(to: TabularPandas): [string, CategoryMap][] {
    return [...this.classes].filter(([name]) => to.catNames.includes(name));
  }
}

const label = z.union([z.string(), z.number(), z.boolean()]);

register("tabular.Categorify", {
  cls: Categorify,
  config: z.object({ classes: z.array(z.tuple([z.string(), z.array(label)])) }),
  toConfig: ({ classes }) => ({
    classes: [...classes].map(([name, names]) => [name, names.names()] as [string, Label[]]),
  }),
  fromConfig: ({ classes }) => {
    const proc = new Categorify();
    proc.classes = new Map(
      classes.map(([name, names]) => [name, new CategoryMap(names, { sort: false, addNa: true })]),
    );
    return proc;
  },
});
