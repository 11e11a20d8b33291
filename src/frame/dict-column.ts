/** Columns of texts and categories: numbers into a list of names. */
import { fromBuffer, type Tensor, ValueError } from "../torch/index.js";
import { Column, type Rows, type Value } from "./column.js";
import { gather } from "./number-column.js";

/** A name in a dictionary. */
export type Label = string | number | boolean;

/** The order of labels: numbers by value, texts by code point, false before true. */
export function compareLabels(a: Label, b: Label): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Texts, or categories. `codes` are positions in `labels`, -1 where the cell is missing. A `text` column's labels stand in
 * the order they were met; a `category` column's labels are its categories, in their order, used or not.
 */
export class DictColumn extends Column {
  #order?: Float64Array;

  constructor(
    readonly codes: Int32Array,
    readonly labels: readonly Label[],
    readonly kind: "text" | "category" = "text",
  ) {
    super();
  }

  get length(): number {
    return this.codes.length;
  }
  get bytes(): number {
    return this.codes.byteLength + this.labels.reduce<number>((sum, label) => sum + 2 * String(label).length + 8, 0);
  }
  get(row: number): Value {
    return this.labels[this.codes[row] ?? -1] ?? null;
  }
  isMissing(row: number): boolean {
    return (this.codes[row] ?? -1) < 0;
  }
  override get missing(): number {
    let count = 0;
    for (let row = 0; row < this.codes.length; row++) if ((this.codes[row] as number) < 0) count += 1;
    return count;
  }
  take(rows: Rows): DictColumn {
    return new DictColumn(gather(this.codes, rows, -1), this.labels, this.kind);
  }
  slice(start: number, end?: number): DictColumn {
    return new DictColumn(this.codes.subarray(start, end), this.labels, this.kind);
  }

  /** The place of each cell's label: among the categories, or for text in alphabetical order. */
  order(): Float64Array {
    if (!this.#order) {
      const ranks = this.kind === "category" ? this.labels.map((_, i) => i) : ranked(this.labels);
      const order = new Float64Array(this.codes.length);
      for (let row = 0; row < order.length; row++) order[row] = ranks[this.codes[row] as number] ?? Number.NaN;
      this.#order = order;
    }
    return this.#order;
  }

  /** int32 codes, -1 where missing, on the same memory. */
  toTensor(): Tensor {
    return fromBuffer(this.codes);
  }

  /** The labels that occur, in the order of `labels`. */
  used(): Label[] {
    const seen = new Uint8Array(this.labels.length);
    for (let row = 0; row < this.codes.length; row++) {
      const code = this.codes[row] as number; // in range by the loop
      if (code >= 0) seen[code] = 1;
    }
    return this.labels.filter((_, i) => seen[i] === 1);
  }

  /** The same cells with other numbers: each label's place in `labels`; labels that are not there become missing. */
  relabel(labels: readonly Label[], kind: "text" | "category" = this.kind): DictColumn {
    const places = new Map(labels.map((label, i) => [label, i]));
    const table = Int32Array.from(this.labels, (label) => places.get(label) ?? -1);
    return new DictColumn(mapCodes(this.codes, table, -1), labels, kind);
  }

  /** A category column with the labels that occur, sorted. */
  toCategories(): DictColumn {
    return this.relabel(this.used().sort(compareLabels), "category");
  }
}

/** `table[code]` for each code; `absent` for those below 0. */
export function mapCodes(codes: Int32Array, table: Int32Array, absent: number): Int32Array {
  const out = new Int32Array(codes.length);
  for (let i = 0; i < out.length; i++) {
    const code = codes[i] as number; // in range by the loop
    out[i] = code < 0 ? absent : (table[code] as number);
  }
  return out;
}

function ranked(labels: readonly Label[]): number[] {
  const ranks = new Array<number>(labels.length);
  const sorted = labels.map((label, i) => ({ label, i })).sort((a, b) => compareLabels(a.label, b.label));
  for (const [rank, { i }] of sorted.entries()) ranks[i] = rank;
  return ranks;
}

/**
 * A column of categories in a given order, which sorting and `Categorify` keep.
 * @throws ValueError when a value is not among the categories, naming it and its row.
 *
 * @example
 * df.with("size", categories(df.column("size"), ["small", "medium", "large"]));
 */
export function categories(values: Iterable<Value>, labels: readonly Label[]): DictColumn {
  const places = new Map<Value, number>(labels.map((label, i) => [label, i]));
  const codes = Int32Array.from([...values].entries(), ([row, value]) => {
    const code = value === null ? -1 : places.get(value);
    if (code !== undefined) return code;
    const known = labels.slice(0, 10).join(", ");
    throw new ValueError(`categories: expected values among ${known}, got ${String(value)} in row ${row}. Add it.`);
  });
  return new DictColumn(codes, [...labels], "category");
}
