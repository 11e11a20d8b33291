/** Loaders of tables in one call. */

import * as z from "zod";
import {
  DataError,
  DataLoaders,
  defaultDevice,
  IndexSplitter,
  type LoadersSpec,
  RandomSplitter,
  type TfmdDLOptions,
  type Vocab,
} from "../data/index.js";
import { type CsvOptions, Frame, readCsv } from "../frame/index.js";
import { checkOptions, register, type Spec, toSpec } from "../torch/index.js";
import type { Classes } from "./categorify.js";
import { tabularFromSpec, tabularSchema } from "./load-pandas.js";
import { TabDataLoader } from "./tab-data-loader.js";
import { nameList, type TabularOptions } from "./tabular-options.js";
import { TabularPandas } from "./tabular-pandas.js";

/** Settings of the loaders of a table. */
export interface TabularLoaderOptions extends TfmdDLOptions {
  /** Rows in a validation batch. Default `bs`. */
  valBs?: number;
  /** Where a learner saves what belongs to this data. Default ".". */
  path?: string;
  /** The kind of loader. Default TabDataLoader: every row once a pass. */
  dlType?: new (
    dataset: TabularPandas,
    options: TfmdDLOptions,
  ) => TabDataLoader;
}

const loaderKeys = [
  "bs",
  "valBs",
  "shuffle",
  "dropLast",
  "device",
  "seed",
  "n",
  "path",
  "dlType",
  "afterBatch",
  "prefetch",
];

/** Settings of `fromDf` and `fromCsv`: the table's, and the loaders'. */
export interface TabularFromDfOptions
  extends Omit<TabularOptions, "splits" | "doSetup" | "device">,
    TabularLoaderOptions {
  /** Positions of the validation rows. Default: a fifth, drawn at random. */
  validIdx?: Iterable<number>;
  /** Fixes which rows are drawn for validation. */
  splitSeed?: number | null;
}

const fromDfKeys = [
  "procs",
  "catNames",
  "contNames",
  "yNames",
  "yBlock",
  "inplace",
  "reduceMemory",
  "validIdx",
  "splitSeed",
];

/** Loaders over a table's training and validation rows. */
export class FrameDataLoaders extends DataLoaders<TabDataLoader> {
  /** The steps that prepared the table, and the roles of its columns. */
  get table(): TabularPandas {
    return this.train.dataset;
  }

  /** The classes of the categorical columns. */
  get classes(): Classes {
    return this.table.classes;
  }

  override get vocab(): Vocab | undefined {
    return this.table.vocab;
  }

  /** The categorical columns, the continuous ones, the targets. */
  get catNames(): readonly string[] {
    return this.table.catNames;
  }
  get contNames(): readonly string[] {
    return this.table.contNames;
  }
  get yNames(): readonly string[] {
    return this.table.yNames;
  }

  /**
   * A loader over a new frame (or an array of objects), prepared as the training rows were. Columns that the model does not
   * know are left out, and so are targets that are not there; labels that training did not have become `#na#`.
   * Throws `DataError` naming what is wrong. Source: TAB-9.
   */
  override async testDl(items: unknown, options: TestDlOptions = {}): Promise<TabDataLoader> {
    const { process = true, inplace = false, ...settings } = options;
    checkOptions("testDl", settings, loaderKeys);
    const df = Frame.from(items);
    if (df.length === 0) throw new DataError("testDl: expected rows, got none.");
    const to = this.table.new(df, { inplace });
    if (process) to.process();
    const valid = this.valid ?? this.train;
    return valid.new(to, { shuffle: false, dropLast: false, ...settings });
  }

  override async toSpec(): Promise<LoadersSpec | Spec> {
    return toSpec(this);
  }
}

/** Settings of `testDl`. */
export interface TestDlOptions extends TfmdDLOptions {
  /** Whether the steps are applied. Default true. */
  process?: boolean;
  /** Whether the frame that is given holds the prepared columns afterwards. Default false. */
  inplace?: boolean;
}

/** Loaders of a table with categorical and continuous columns. Source: TAB-9. */
export class TabularDataLoaders extends FrameDataLoaders {
  /**
   * Loaders of a frame. Without `contNames`, all columns that are not categorical and no target are continuous, in the
   * frame's order.
   *
   * @example
   * const dls = await TabularDataLoaders.fromDf(df, { procs: [Categorify, FillMissing, Normalize], catNames: ["job"], yNames: "salary" });
   */
  static async fromDf(df: Frame, options: TabularFromDfOptions = {}): Promise<TabularDataLoaders> {
    checkOptions("fromDf", options, [...fromDfKeys, ...loaderKeys]);
    const { validIdx, splitSeed, ...rest } = options;
    const { bs, valBs, shuffle, dropLast, device, seed, n, path, dlType, afterBatch, prefetch, ...table } = rest;
    const taken = [...nameList(table.catNames), ...nameList(table.yNames)];
    const contNames = table.contNames ?? df.columns.filter((name) => !taken.includes(name));
    const splits = validIdx
      ? IndexSplitter(validIdx)(new Array(df.length).fill(0))
      : RandomSplitter(splitSeed === undefined ? {} : { seed: splitSeed })(new Array(df.length).fill(0));
    const to = new TabularPandas(df, { ...table, contNames, splits });
    const settings = { bs, valBs, shuffle, dropLast, device, seed, n, path, dlType, afterBatch, prefetch };
    return TabularDataLoaders.of(to, given(settings));
  }

  /** Loaders of a CSV file; spaces behind delimiters are left out. `csvOptions` are those of `readCsv`. */
  static async fromCsv(
    csv: string,
    options: TabularFromDfOptions & { csvOptions?: CsvOptions } = {},
  ): Promise<TabularDataLoaders> {
    const { csvOptions, ...rest } = options;
    return TabularDataLoaders.fromDf(await readCsv(csv, { skipInitialSpace: true, ...csvOptions }), rest);
  }

  /** Loaders of a table that is prepared already. */
  static of(to: TabularPandas, options: TabularLoaderOptions = {}): TabularDataLoaders {
    return withLoaders(TabularDataLoaders, to, options);
  }
}

/** The settings that are not undefined. */
export function given<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}

/** A training and a validation loader of a table. Training is shuffled and drops its incomplete last batch. */
export function withLoaders<D extends FrameDataLoaders>(
  Class: new (...loaders: TabDataLoader[]) => D,
  to: TabularPandas,
  options: TabularLoaderOptions = {},
): D {
  checkOptions("dataLoaders", options, loaderKeys);
  const { bs = 64, valBs = bs, shuffle = true, dropLast = shuffle, path, dlType = TabDataLoader, ...rest } = options;
  const settings = { device: to.device ?? defaultDevice(), ...rest };
  const train = new dlType(to.train, { ...settings, bs, shuffle, dropLast });
  const { n: _, ...forValid } = settings;
  const valid = new dlType(to.valid, { ...forValid, bs: valBs, shuffle: false, dropLast: false });
  const dls = to.split < to.length ? new Class(train, valid) : new Class(train);
  if (path !== undefined) dls.path = path;
  return dls;
}

/** Registers a kind of loaders of tables: exported learners hold the steps and the roles, no rows. */
export function registerLoaders<D extends FrameDataLoaders>(
  name: string,
  Class: new (...loaders: TabDataLoader[]) => D,
  Table: typeof TabularPandas,
): void {
  register(name, {
    cls: Class,
    config: z.object({ bs: z.number(), table: tabularSchema }),
    toConfig: (dls) => {
      const table = dls.table.toSpec();
      const { catNames, contNames, yNames, procs } = table;
      return {
        bs: dls.train.bs ?? 64,
        table: { catNames: [...catNames], contNames: [...contNames], yNames: [...yNames], procs: [...procs] },
      };
    },
    fromConfig: ({ bs, table }) => {
      const to = tabularFromSpec(table, Table);
      const loader = () => new TabDataLoader(to, { bs, device: defaultDevice() });
      return new Class(loader(), loader());
    },
  });
}

registerLoaders("tabular.TabularDataLoaders", TabularDataLoaders, TabularPandas);
