/** A table that knows which of its columns are what, prepared for a model. */
import { writeFile } from "node:fs/promises";
import {
  type BlockLike,
  CategoryBlock,
  type CategoryMap,
  type LossLike,
  RegressionBlock,
  type Splits,
} from "../data/index.js";
import { type Column, Frame, type Row } from "../frame/index.js";
import { checkOptions, type Device, toSpec } from "../torch/index.js";
import { Categorify, type Classes } from "./categorify.js";
import { checkNewFrame, checkRoles } from "./column-roles.js";
import { dfShrink } from "./columns.js";
import type { TabularProc } from "./proc.js";
import { rowsOfSplits } from "./split-rows.js";
import type { TabularDataLoaders, TabularLoaderOptions } from "./tabular-data-loaders.js";
import { nameList, type TabularOptions, type TabularSpec, tabularOptionNames } from "./tabular-options.js";
import { asProc, TargetProc } from "./targets.js";
import { frameOfTensors, type TabularTensors, tensorsOf } from "./tensors.js";

/**
 * A frame with its columns' roles, and the steps that prepare it. Steps are set up on the training rows and applied to all
 * rows at construction; `items` holds the result, training rows first. The name is fastai's; the frame is this package's.
 * Source: TAB-1.
 *
 * @example
 * const to = new TabularPandas(df, { procs: [Categorify, FillMissing, Normalize], catNames: ["job"], contNames: ["age"], yNames: "salary", splits });
 * to.train.xs; to.classes; to.show();
 */
export class TabularPandas {
  /** The prepared rows. */
  items: Frame;
  /** Categorical columns; FillMissing adds some. */
  readonly catNames: string[];
  readonly contNames: string[];
  readonly yNames: string[];
  /** The steps, in the order in which they run. */
  readonly procs: readonly TabularProc[];
  /** How many rows are for training. */
  readonly split: number;
  device: Device | undefined;
  /** For each row its position in the frame that was given; null when they are in sequence. */
  #rows: Int32Array | null = null;
  /** The position of the first row there, for a part of a table in sequence. */
  #first = 0;
  #tensors: TabularTensors | null = null;

  constructor(df: Frame, options: TabularOptions = {}) {
    checkOptions("TabularPandas", options, tabularOptionNames);
    const { procs = [], splits = null, doSetup = true, device, inplace = false, reduceMemory = true } = options;
    this.catNames = nameList(options.catNames);
    this.contNames = nameList(options.contNames);
    this.yNames = nameList(options.yNames);
    this.device = device;
    this.items = inplace ? df : df.copy();
    if (doSetup) checkRoles(df, this);
    if (reduceMemory) this.#shrink();
    if (splits) this.#reorder(splits);
    this.split = splits ? splits[0].length : this.items.length;
    const steps = procs.map(asProc);
    if (doSetup) steps.push(...this.#targetSteps(df, options.yBlock));
    this.procs = steps.sort((a, b) => a.order - b.order);
    if (doSetup) this.setup();
  }

  #shrink(): void {
    // Numbers that are categories keep their precision, so that later frames have the same ones.
    const floats = this.catNames.filter((name) => this.items.column(name).kind === "float");
    this.#replace(dfShrink(this.items, { skip: floats }));
  }

  #replace(df: Frame): void {
    for (const name of df.columns) this.items.set(name, df.column(name));
  }

  #reorder(splits: Readonly<Splits>): void {
    const rows = rowsOfSplits(splits, this.items.length);
    if (!rows) return;
    this.#rows = rows;
    const taken = this.items.take(rows);
    if (taken.length !== this.items.length) this.items = taken;
    else this.#replace(taken);
  }

  #targetSteps(df: Frame, yBlock: BlockLike | undefined): TabularProc[] {
    if (this.yNames.length === 0) return [];
    const isNumber = (name: string) => ["int", "float"].includes(df.column(name).kind);
    const block = yBlock ?? (this.yNames.every(isNumber) ? RegressionBlock : CategoryBlock);
    return (typeof block === "function" ? block() : block).typeTfms.map(asProc);
  }

  /** Sets the steps up on the training rows, each on what the ones before it made, and applies them. */
  setup(): void {
    for (const proc of this.procs) {
      proc.setups?.(this.train);
      proc.encodes(this);
    }
  }

  /** Applies the steps to this table. */
  process(): this {
    for (const proc of this.procs) proc.encodes(this);
    return this;
  }

  /** Input columns: categorical ones, then continuous ones. */
  get xNames(): string[] {
    return [...this.catNames, ...this.contNames];
  }

  /** Input columns, and the targets if all are there. */
  get allColNames(): string[] {
    return this.hasTargets ? [...this.xNames, ...this.yNames] : this.xNames;
  }

  /** Whether all targets are there. */
  get hasTargets(): boolean {
    return this.yNames.length > 0 && this.yNames.every((name) => this.items.has(name));
  }

  get length(): number {
    return this.items.length;
  }

  /** One prepared row. */
  get(i: number): Row {
    return this.items.row(i);
  }

  /** The position in the given frame of a row of this table. */
  rowOf(row: number): number {
    return this.#rows ? (this.#rows[row] ?? row) : this.#first + row;
  }

  /** The inputs. */
  get xs(): Frame {
    return this.items.select(this.xNames);
  }
  /** The targets. */
  get ys(): Frame {
    return this.items.select(this.yNames);
  }
  /** The categorical columns. */
  get cats(): Frame {
    return this.items.select(this.catNames);
  }
  /** The continuous columns. */
  get conts(): Frame {
    return this.items.select(this.contNames);
  }
  /** Inputs and targets. */
  get allCols(): Frame {
    return this.items.select(this.allColNames);
  }
  /** The first target. */
  get y(): Column {
    return this.items.column(this.yNames[0] ?? "");
  }

  /** The training rows. */
  get train(): TabularPandas {
    return this.subset(0);
  }
  /** The validation rows. */
  get valid(): TabularPandas {
    return this.subset(1);
  }

  /** Rows of a split, on the same memory: 0 training, 1 validation. */
  subset(i: number): TabularPandas {
    const [start, end] = i === 0 ? [0, this.split] : [this.split, this.length];
    const part = this.like(this.items.slice(start, end));
    part.#rows = this.#rows?.subarray(start, end) ?? null;
    part.#first = this.#first + start;
    return part;
  }

  /** A table of the same roles and steps over columns that are prepared already. */
  protected like(items: Frame): TabularPandas {
    const Class = this.constructor as new (df: Frame, options: TabularOptions) => TabularPandas;
    const { catNames, contNames, yNames, procs, device } = this;
    return new Class(items, { catNames, contNames, yNames, procs, device, doSetup: false, reduceMemory: false });
  }

  /**
   * A table of the same roles and steps over a new frame, not prepared yet: call `process()`. Further columns are left as
   * they are; targets may be absent. Throws `DataError` naming the input columns that are not there. Source: TAB-1.
   */
  new(df: Frame, options: { inplace?: boolean } = {}): TabularPandas {
    checkOptions("new", options, ["inplace"]);
    const made = this.procs.flatMap((proc) => proc.adds);
    checkNewFrame(
      df,
      this.xNames.filter((name) => !made.includes(name)),
      this.contNames,
    );
    return this.like(options.inplace ? df : df.copy());
  }

  /** The same roles and steps without rows. */
  newEmpty(): TabularPandas {
    return this.like(this.items.slice(0, 0));
  }

  /** The table with the steps undone, as one reads it; this one stays as it is. */
  decode(): TabularPandas {
    const copy = this.like(this.items.copy());
    for (const proc of [...this.procs].reverse()) proc.decodes?.(copy);
    return copy;
  }

  /** One prepared row as one reads it. */
  decodeRow(row: Row): Row {
    return this.like(Frame.from([row]))
      .decode()
      .items.row(0);
  }

  /** The first rows as one reads them: a frame, which prints as a table. */
  show(options: { maxN?: number } = {}): Frame {
    checkOptions("show", options, ["maxN"]);
    return this.like(this.allCols.head(options.maxN ?? 10)).decode().items;
  }

  /** The classes of the categorical columns. */
  get classes(): Classes {
    return this.procs.find((proc) => proc instanceof Categorify)?.classes ?? new Map();
  }

  /** What is known of the targets. */
  protected get target(): TargetProc | undefined {
    return this.procs.find((proc) => proc instanceof TargetProc);
  }

  /** How many outputs a model needs; undefined without a kind of target. */
  get c(): number | undefined {
    return this.target?.tfm.c;
  }

  /** The classes of the target; undefined when it has none. */
  get vocab(): CategoryMap | undefined {
    return (this.target?.tfm as { vocab?: CategoryMap } | undefined)?.vocab;
  }

  /** The loss that fits the targets. */
  get lossFunc(): LossLike | undefined {
    return this.target?.tfm.lossFunc;
  }

  /** Values known under a name, for loaders that are asked for them. Source: FND-7. */
  gather(name: string): unknown[] {
    const { c, vocab, lossFunc, classes } = this;
    const values: Record<string, unknown> = { c, vocab, lossFunc, classes };
    return values[name] === undefined ? [] : [values[name]];
  }

  /** "int64" for classes as targets, "float32" for numbers. */
  get targetDtype(): "int64" | "float32" {
    return this.target?.dtype ?? "float32";
  }

  /**
   * The columns as tensors: `cats` int64 [n, k], `conts` float32 [n, m], and `ys` [n, t], null without targets. Made once.
   * Throws `DataError` naming column and row where a value is missing.
   */
  toTensors(device: Device = this.device ?? "cpu"): TabularTensors {
    if (!this.#tensors || this.#tensors.device !== device) this.#tensors = tensorsOf(this, device);
    return this.#tensors;
  }

  /** Prepared rows out of the tensors of a batch: categories, numbers unless there are none, and targets if given. */
  fromTensors(batch: readonly unknown[]): TabularPandas {
    return this.like(frameOfTensors(this, batch));
  }

  /** Whether batches have a tensor of continuous columns. */
  get withCont(): boolean {
    return true;
  }

  /** How many members of a batch are inputs. */
  get nInp(): number {
    return this.withCont ? 2 : 1;
  }

  /** Loaders over the training and the validation rows, in batches of 64 by default. */
  async dataLoaders(options: TabularLoaderOptions = {}): Promise<TabularDataLoaders> {
    const { TabularDataLoaders: Loaders } = await import("./tabular-data-loaders.js"); // which is made of tables itself
    return Loaders.of(this, options);
  }

  /** What is needed to prepare other frames, without the rows. */
  toSpec(): TabularSpec {
    const { catNames, contNames, yNames, procs } = this;
    return { catNames, contNames, yNames, procs: procs.map(toSpec) };
  }

  /** Writes what is needed to prepare other frames to a file, without the rows; `loadPandas` reads it. Returns the path. */
  async export(fname = "export.json"): Promise<string> {
    await writeFile(fname, `${JSON.stringify({ format: "fastai-ts tabular", version: 1, ...this.toSpec() })}\n`);
    return fname;
  }
}
