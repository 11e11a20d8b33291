/** Columns of numbers, truth values and dates. */
import { fromBuffer, ops, scope, type Tensor } from "../torch/index.js";
import { Column, type Rows, type Value } from "./column.js";

/** Memory of numbers. */
export type NumberArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** Memory of any plain column. */
type Plain = NumberArray | BigInt64Array;

/** Rows from which on libtorch gathers: below, the call costs more than the loop. */
const MANY_ROWS = 2048;

/** Elements of these rows; a position of -1 gives `absent`. */
export function gather<A extends Plain>(values: A, rows: Rows, absent: A[number]): A {
  const Class = values.constructor as new (length: number) => A;
  const out = new Class(rows.length);
  const native = !(values instanceof Uint16Array || values instanceof Uint32Array); // kinds that index_select lacks
  if (native && rows.length >= MANY_ROWS && rows instanceof Int32Array && !hasGap(rows)) {
    const [source, positions, target] = [values, rows, out].map((array) => fromBuffer(array)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    ops.aten.index_select.out(source, 0, positions, { out: target });
    for (const tensor of [source, positions, target]) tensor.dispose();
    return out;
  }
  for (let i = 0; i < out.length; i++) {
    const row = rows[i] as number; // in range by the loop
    out[i] = row < 0 ? absent : (values[row] as A[number]);
  }
  return out;
}

function countNaN(values: NumberArray): number {
  let count = 0;
  for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) count += 1;
  return count;
}

function hasGap(rows: Rows): boolean {
  for (let i = 0; i < rows.length; i++) if ((rows[i] as number) < 0) return true;
  return false;
}

/** Numbers. Floats have NaN where they are missing, integers are always there. */
export class NumberColumn extends Column {
  constructor(
    readonly values: NumberArray,
    readonly kind: "int" | "float",
  ) {
    super();
  }

  get length(): number {
    return this.values.length;
  }
  get bytes(): number {
    return this.values.byteLength;
  }
  get(row: number): Value {
    const value = this.values[row];
    return value === undefined || Number.isNaN(value) ? null : value;
  }
  isMissing(row: number): boolean {
    return Number.isNaN(this.values[row]);
  }
  override get missing(): number {
    return this.kind === "int" ? 0 : countNaN(this.values);
  }
  override firstMissing(): number {
    if (this.kind === "int") return -1;
    const values = this.doubles();
    for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) return row;
    return -1;
  }
  take(rows: Rows): NumberColumn {
    if (this.kind === "float" || !hasGap(rows))
      return new NumberColumn(gather(this.values, rows, Number.NaN), this.kind);
    return new NumberColumn(gather(new Float64Array(this.values), rows, Number.NaN), "float");
  }
  slice(start: number, end?: number): NumberColumn {
    return new NumberColumn(this.values.subarray(start, end), this.kind);
  }
  order(): NumberArray {
    return this.values;
  }

  /** float32 or float64 as stored; integers as stored when they are narrow, else int64. Shares memory where it can. */
  toTensor(): Tensor {
    const { values, kind } = this;
    const shared = fromBuffer(values);
    const isWide = kind === "int" && (values instanceof Float64Array || values instanceof Uint32Array);
    return isWide ? scope(() => shared.long()) : shared;
  }
}

/** Integers beyond 2^53, as 64 bits. */
export class BigIntColumn extends Column {
  readonly kind = "int";

  constructor(readonly values: BigInt64Array) {
    super();
  }

  get length(): number {
    return this.values.length;
  }
  get bytes(): number {
    return this.values.byteLength;
  }
  get(row: number): Value {
    return this.values[row] ?? null;
  }
  isMissing(): boolean {
    return false;
  }
  override get missing(): number {
    return 0;
  }
  override firstMissing(): number {
    return -1;
  }
  take(rows: Rows): Column {
    if (!hasGap(rows)) return new BigIntColumn(gather(this.values, rows, 0n));
    return new NumberColumn(this.order(), "float").take(rows);
  }
  slice(start: number, end?: number): BigIntColumn {
    return new BigIntColumn(this.values.subarray(start, end));
  }
  order(): Float64Array {
    return Float64Array.from(this.values, Number);
  }
  /** int64, on the same memory. */
  toTensor(): Tensor {
    return fromBuffer(this.values);
  }
}

/** Truth values, one byte each; always there. */
export class BoolColumn extends Column {
  readonly kind = "bool";

  /** `values`: 1 for true, 0 for false. */
  constructor(readonly values: Uint8Array) {
    super();
  }

  get length(): number {
    return this.values.length;
  }
  get bytes(): number {
    return this.values.byteLength;
  }
  get(row: number): Value {
    const value = this.values[row];
    return value === undefined ? null : value === 1;
  }
  isMissing(): boolean {
    return false;
  }
  override get missing(): number {
    return 0;
  }
  override firstMissing(): number {
    return -1;
  }
  take(rows: Rows): Column {
    if (!hasGap(rows)) return new BoolColumn(gather(this.values, rows, 0));
    return new NumberColumn(gather(Float64Array.from(this.values), rows, Number.NaN), "float");
  }
  slice(start: number, end?: number): BoolColumn {
    return new BoolColumn(this.values.subarray(start, end));
  }
  order(): Uint8Array {
    return this.values;
  }
  /** bool. */
  toTensor(): Tensor {
    return scope(() => fromBuffer(this.values).bool());
  }
}

/** Moments in milliseconds since 1970, UTC; NaN where they are missing. */
export class DateColumn extends Column {
  readonly kind = "date";

  constructor(readonly values: Float64Array) {
    super();
  }

  get length(): number {
    return this.values.length;
  }
  get bytes(): number {
    return this.values.byteLength;
  }
  get(row: number): Value {
    const time = this.values[row];
    return time === undefined || Number.isNaN(time) ? null : new Date(time);
  }
  isMissing(row: number): boolean {
    return Number.isNaN(this.values[row]);
  }
  override get missing(): number {
    return countNaN(this.values);
  }
  take(rows: Rows): DateColumn {
    return new DateColumn(gather(this.values, rows, Number.NaN));
  }
  slice(start: number, end?: number): DateColumn {
    return new DateColumn(this.values.subarray(start, end));
  }
  order(): Float64Array {
    return this.values;
  }
  /** float64 milliseconds since 1970, on the same memory. */
  toTensor(): Tensor {
    return fromBuffer(this.values);
  }
}
