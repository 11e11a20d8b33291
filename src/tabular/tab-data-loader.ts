/** Batches of a table: its columns lie on the device, and a batch is one gather for each kind. */
import {
  asTuple,
  DataLoader,
  type Epoch,
  type Samples,
  type ShowOptions,
  type ShowParts,
  TfmdDL,
  type TfmdDLOptions,
} from "../data/index.js";
import { cellText, type Frame, type Value } from "../frame/index.js";
import { type Figure, tableFigure } from "../show/index.js";
import { type Device, keep, scope, type Tensor, tensor } from "../torch/index.js";
import { RowOrder } from "./row-order.js";
import type { TabularPandas } from "./tabular-pandas.js";
import type { TabularTensors } from "./tensors.js";

/**
 * The rows of a table in batches `[cats, conts, ys]`: int64 [bs, k], float32 [bs, m], and targets [bs, t]. Nothing is done
 * by row: all columns lie on the device, and so does the order of a shuffled pass. Source: TAB-8.
 *
 * @example
 * const dl = new TabDataLoader(to.train, { bs: 64, shuffle: true });
 */
export class TabDataLoader extends TfmdDL {
  declare readonly dataset: TabularPandas;
  /** One column's rows in another order, for finding out what it is worth. */
  #shuffled: { kind: "cats" | "conts"; column: number } | null = null;
  #tensors: TabularTensors | null = null;

  constructor(dataset: TabularPandas, options: TfmdDLOptions = {}) {
    super(dataset, { prefetch: 0, doSetup: false, ...options });
  }

  /** All rows on the device. */
  get tensors(): TabularTensors {
    const device: Device = this.device ?? this.dataset.device ?? "cpu";
    if (!this.#tensors || this.#tensors.device !== device) this.#tensors = this.#made(device);
    return this.#tensors;
  }

  #made(device: Device): TabularTensors {
    const tensors = this.dataset.toTensors(device);
    if (!this.#shuffled) return tensors;
    const { kind, column } = this.#shuffled;
    const { positions } = RowOrder.shuffled(this.dataset.length, device);
    const changed = scope(() => {
      const copy = tensors[kind].clone();
      if (positions) copy.select(1, column).copy_(tensors[kind].select(1, column).indexSelect(0, positions));
      return copy;
    });
    positions?.dispose();
    return { ...tensors, [kind]: changed };
  }

  /** The same loader with the rows of one input column shuffled, in order otherwise. */
  withShuffledColumn(name: string): TabDataLoader {
    const { catNames, contNames } = this.dataset;
    const kind = catNames.includes(name) ? "cats" : "conts";
    const dl = this.new(undefined, { shuffle: false, dropLast: false });
    dl.#shuffled = { kind, column: (kind === "cats" ? catNames : contNames).indexOf(name) };
    return dl;
  }

  override getIdxs(epoch: Epoch): Samples {
    const n = this.n ?? this.dataset.length;
    if (!this.shuffle) return new RowOrder(n);
    // Whoever replaces shuffleFn wants positions as numbers.
    if (this.shuffleFn !== DataLoader.prototype.shuffleFn) return super.getIdxs(epoch) as Samples;
    return this.order(this.seed === undefined ? undefined : epoch.seed).first(n);
  }

  /** The order of a shuffled pass. */
  protected order(seed: number | undefined): RowOrder {
    return RowOrder.shuffled(this.dataset.length, this.tensors.device, seed);
  }

  override *createBatches(samples: Samples): Generator<Tensor[]> {
    const { device, cats, conts, ys } = this.tensors;
    const order = samples instanceof RowOrder ? samples : RowOrder.of([...samples], device);
    const members = [cats, ...(this.dataset.withCont ? [conts] : []), ...(ys ? [ys] : [])];
    const bs = this.bs ?? 1;
    const end = this.dropLast ? order.length - (order.length % bs) : order.length;
    const stretch = bs * Math.max(1, Math.floor(STRETCH / (bs * rowWidth(members))));
    let ready: Tensor[][] = [];
    try {
      for (let start = 0; start < end; start += stretch) {
        const size = Math.min(stretch, end - start);
        ready = keep(scope(() => batchesOf(rowsOf(members, order, start, size), bs)));
        for (let batch = ready.shift(); batch; batch = ready.shift()) yield batch;
      }
    } finally {
      for (const member of ready.flat()) member.dispose();
      order.positions?.dispose();
    }
  }

  override async onePass(): Promise<never[]> {
    return [];
  }

  /** The rows of a batch as one reads them: a table with the steps undone. Source: DCO-4. */
  override async decode(batch: unknown): Promise<TabularPandas> {
    return this.dataset.fromTensors(asTuple(batch as Tensor[])).decode();
  }

  /** The rows of a batch, one object each, as one reads them. */
  override async decodeBatch(batch: unknown, options: { maxN?: number } = {}): Promise<unknown[]> {
    return (await this.decode(batch)).items.head(options.maxN ?? 9).toObjects();
  }

  override async showParts(batch: unknown, options: { maxN?: number } = {}): Promise<ShowParts> {
    const { items, catNames, contNames, yNames } = await this.decode(batch);
    const groups: [string, readonly string[]][] = [["categories", catNames]];
    if (this.dataset.withCont) groups.push(["numbers", contNames]);
    if (yNames.every((name) => items.has(name))) groups.push(["target", yNames]);
    const samples = items
      .head(options.maxN ?? 9)
      .toObjects()
      .map((row) =>
        groups.map(([label, names]) => ({
          label,
          title: names.map((name) => (label === "target" ? "" : `${name}: `) + cellText(row[name] ?? null)).join(", "),
        })),
      );
    return { x: null, y: null, samples };
  }

  /** The first rows of a batch, by default of the next one, as a table. */
  override async showBatch(options: ShowOptions & { batch?: Tensor[]; unique?: boolean } = {}): Promise<Figure> {
    const { batch, maxN = 10 } = options;
    const drawn = batch ?? (await this.oneBatch());
    const { items } = await this.decode(drawn);
    if (!batch) for (const member of drawn) member.dispose();
    return tableOf(items.head(maxN));
  }

  /** The first rows of a batch with what a model made of them, in columns `NAME_pred`. */
  override async showResults(batch: readonly unknown[], out: unknown, options: ShowOptions = {}): Promise<Figure> {
    const truth = (await this.decode(batch)).items.head(options.maxN ?? 10);
    const inputs = batch.slice(0, this.nInp);
    const { items } = await this.decode([...inputs, ...asTuple([out].flat())]);
    for (const name of this.dataset.yNames) truth.set(`${name}_pred`, items.column(name).slice(0, truth.length));
    return tableOf(truth);
  }
}

// Gathering a small batch costs more than its rows do, so as many are gathered at once as hold so many
// numbers, few enough to stay in the cache. Whoever keeps a batch keeps the memory of all.
const STRETCH = 2 ** 15;

function rowWidth(members: readonly Tensor[]): number {
  return Math.max(
    1,
    members.reduce((sum, member) => sum + member.size(1), 0),
  );
}

/** The rows of each batch. They share memory, but nothing else: one may be changed in place without the others' graphs minding. */
function batchesOf(members: readonly Tensor[], bs: number): Tensor[][] {
  const columns = members.map((member) => member.unsafeSplit(bs, 0));
  return (columns[0] ?? []).map((_, i) => columns.map((parts) => parts[i] as Tensor)); // all have as many rows
}

/** Copies of some rows: of a stretch as it is, or gathered by position. */
function rowsOf(members: readonly Tensor[], { positions }: RowOrder, start: number, size: number): Tensor[] {
  if (!positions) return members.map((member) => member.narrow(0, start, size).clone());
  const rows = positions.narrow(0, start, size);
  return members.map((member) => member.indexSelect(0, rows));
}

/** A frame as a picture. */
export function tableOf(df: Frame): Figure {
  const cell = (value: Value) => (typeof value === "number" ? value : cellText(value));
  const rows = df.toObjects().map((row) => df.columns.map((name) => cell(row[name] ?? null)));
  return tableFigure({ columns: df.columns, rows });
}

/** Settings of a TabWeightedDL. */
export interface TabWeightedOptions extends TfmdDLOptions {
  /** How often each row is drawn, in proportion. Default: all alike. */
  wgts?: ArrayLike<number>;
}

/** A TabDataLoader whose shuffled passes draw rows with replacement, by weight. Source: TAB-8. */
export class TabWeightedDL extends TabDataLoader {
  readonly #weights: ArrayLike<number> | undefined;

  constructor(dataset: TabularPandas, { wgts, ...options }: TabWeightedOptions = {}) {
    super(dataset, options);
    this.#weights = wgts;
  }

  protected override order(seed: number | undefined): RowOrder {
    const n = this.dataset.length;
    const weights = Float64Array.from(this.#weights ?? { length: n }, (weight) => (this.#weights ? Number(weight) : 1));
    return scope(() => RowOrder.weighted(n, tensor(weights), this.tensors.device, seed));
  }
}
