/** Columns of Arrow files, and what buffers hold. */
import { field, int32, type Table, types } from "./arrow-bytes.js";

export const ints = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
export const longs = (...values: number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
export const none = new Uint8Array();
export const columnOfInts = [field("n", types.int, int32)];
export const columnOfTexts = [field("s", types.text)];
export const columnOfViews = [field("s", types.textView)];
export const columnOfGaps = [field("x", types.null)];
export const decimals = (scale: number) => [field("d", types.decimal, [{ int: 9 }, { int: scale }, { int: 128 }])];
export const runs = (ends: Table, values: Table, rest: readonly Table[] = []) =>
  field("r", types.runs, [], [null, { tables: [ends, values, ...rest] }]);
export const runsOfInts = [runs(field("ends", types.int, int32), field("values", types.int, int32))];
export const codedInts = (id: number) => field("c", types.int, int32, [{ table: [{ long: id }, { table: int32 }] }]);

/** A view: a length, and a place in a buffer. */
export const view = (length: number, buffer: number, start: number) => ints(length, 0, buffer, start);
