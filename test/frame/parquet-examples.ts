/** What the pages of Parquet files hold. */
import { dataPage, dictionaryPage, varint, zigzag } from "./parquet-bytes.js";

export const ints = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
/** A text behind its length. */
export const text = (value: string) => Buffer.concat([ints(value.length), Buffer.from(value)]);
/** So many values that are the same, as a run. */
export const run = (count: number, value: number) => Buffer.concat([varint(2 * count), Buffer.from([value])]);
/** Runs behind their size, as levels are. */
export const sized = (...runs: Buffer[]) => Buffer.concat([ints(Buffer.concat(runs).length), ...runs]);
/** References of so many bits to a dictionary. */
export const references = (bits: number, ...runs: Buffer[]) => Buffer.concat([Buffer.from([bits]), ...runs]);
/** Differences: the head says how large blocks are and how many there are in one, and gives the first value. */
export const delta = (size: number, inner: number, count: number, first: number, ...rest: number[]) =>
  Buffer.concat([varint(size), varint(inner), varint(count), zigzag(first), Buffer.from(rest)]);

export const page = (content: Buffer, count: number, encoding = 0) => dataPage(content, { count, encoding });
export const words = dictionaryPage(Buffer.concat([text("one"), text("two")]), 2);
export const plain = page(ints(5, 6), 2);
