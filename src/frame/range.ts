/** Between which values numbers lie. */

/** The least and the greatest value that is there; infinities the other way round without any. */
export function rangeOf(values: Float64Array): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number; // in range by the loop
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
