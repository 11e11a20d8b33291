/** Columns of numbers, truth values and dates: typed arrays. */
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

/** Rows from which on libtorch gathers and sums: below, the call costs more than the loop. */
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

/** Whole numbers in 32 bits; null where one does not fit. */
export function narrowed(values: Float64Array): Int32Array | null {
  const narrow = new Int32Array(values.length);
  if (values.length >= MANY_ROWS) {
    return scope(() => {
      const source = fromBuffer(values);
      const [least, most] = source.aminmax().map((bound) => bound.item() as number) as [number, number];
      if (!(least >= -(2 ** 31) && most < 2 ** 31)) return null;
      fromBuffer(narrow).copy_(source);
      return narrow;
    });
  }
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number; // in range by the loop
    narrow[row] = value;
    if (narrow[row] !== value) return null;
  }
  return narrow;
}

function hasGap(rows: Rows): boolean {
  for (let i = 0; i < rows.length; i++) if ((rows[i] as number) < 0) return true;
  return false;
}

/** A column on one typed array. Only floats can be missing, as NaN. */
abstract class ArrayColumn<A extends Plain> extends Column {
  constructor(readonly values: A) {
    super();
  }

  get length(): number {
    return this.values.length;
  }
  get bytes(): number {
    return this.values.byteLength;
  }
  isMissing(row: number): boolean {
    return Number.isNaN(this.values[row]);
  }
  override get missing(): number {
    if (!this.isFloat) return 0;
    let count = 0;
    for (let row = this.firstMissing(); row < this.length && row >= 0; row++) if (this.isMissing(row)) count += 1;
    return count;
  }
  override firstMissing(): number {
    if (!this.isFloat || this.hasFiniteSum()) return -1;
    const values = this.doubles();
    for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) return row;
    return -1;
  }
  slice(start: number, end?: number): Column {
    return this.like(this.values.subarray(start, end) as A);
  }
  take(rows: Rows): Column {
    // Where there is no gap the third argument is not used, and floats hold NaN.
    if (this.isFloat || !hasGap(rows)) return this.like(gather(this.values, rows, Number.NaN as A[number]));
    return new NumberColumn(gather(this.doubles(), rows, Number.NaN), "float");
  }

  /** Whether the sum is finite, which rules missing values out faster than looking at each. */
  private hasFiniteSum(): boolean {
    if (this.length < MANY_ROWS) return false;
    return Number.isFinite(scope(() => this.toTensor().sum().item()));
  }

  private get isFloat(): boolean {
    return this.kind === "float" || this.kind === "date";
  }

  /** A column of the same kind on other memory. */
  protected abstract like(values: A): Column;
}

/** Numbers. Floats have NaN where they are missing, integers are always there. */
export class NumberColumn extends ArrayColumn<NumberArray> {
  constructor(
    values: NumberArray,
    readonly kind: "int" | "float",
  ) {
    super(values);
  }

  get(row: number): Value {
    const value = this.values[row];
    return value === undefined || Number.isNaN(value) ? null : value;
  }
  order(): NumberArray {
    return this.values;
  }
  protected like(values: NumberArray): NumberColumn {
    return new NumberColumn(values, this.kind);
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
export class BigIntColumn extends ArrayColumn<BigInt64Array> {
  readonly kind = "int";

  get(row: number): Value {
    return this.values[row] ?? null;
  }
  order(): Float64Array {
    return Float64Array.from(this.values, Number);
  }
  protected like(values: BigInt64Array): BigIntColumn {
    return new BigIntColumn(values);
  }
  /** int64, on the same memory. */
  toTensor(): Tensor {
    return fromBuffer(this.values);
  }
}

/** Truth values, one byte each: 1 for true, 0 for false; always there. */
export class BoolColumn extends ArrayColumn<Uint8Array> {
  readonly kind = "bool";

  get(row: number): Value {
    const value = this.values[row];
    return value === undefined ? null : value === 1;
  }
  order(): Uint8Array {
    return this.values;
  }
  protected like(values: Uint8Array): BoolColumn {
    return new BoolColumn(values);
  }
  /** bool. */
  toTensor(): Tensor {
    return scope(() => fromBuffer(this.values).bool());
  }
}

/** Moments in milliseconds since 1970, UTC; NaN where they are missing. */
export class DateColumn extends ArrayColumn<Float64Array> {
  readonly kind = "date";

  get(row: number): Value {
    const time = this.values[row];
    return time === undefined || Number.isNaN(time) ? null : new Date(time);
  }
  order(): Float64Array {
    return this.values;
  }
  protected like(values: Float64Array): DateColumn {
    return new DateColumn(values);
  }
  /** float64 milliseconds since 1970, on the same memory. */
  toTensor(): Tensor {
    return fromBuffer(this.values);
  }
}
