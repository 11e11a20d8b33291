/** Rows of a split as positions. */
import { DataError, type Splits } from "../data/index.js";

/**
 * The positions of the training rows, then those of validation; null when they are all rows in sequence. Throws
 * `DataError` on a position outside, and without training rows.
 */
export function rowsOfSplits([train, valid]: Readonly<Splits>, length: number): Int32Array | null {
  const rows = new Int32Array(train.length + valid.length);
  rows.set(train);
  rows.set(valid, train.length);
  const wrong = (got: string) => new DataError(`TabularPandas: expected splits among ${length} rows, got ${got}.`);
  if (train.length === 0) throw wrong("none for training");
  let inSequence = rows.length === length;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number; // in range by the loop
    if (!(row >= 0 && row < length)) throw wrong(String(row));
    if (row !== i) inSequence = false;
  }
  return inSequence ? null : rows;
}
