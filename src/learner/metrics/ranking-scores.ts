/** Areas under curves, from scores and what is positive. */

/** The points of a curve: how many positives and negatives score at least as much, from the greatest score down. */
function curve(scores: readonly number[], positive: readonly boolean[]): { hits: number[]; misses: number[] } {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const [hits, misses]: [number[], number[]] = [[], []];
  let [hit, miss] = [0, 0];
  for (const [at, i] of order.entries()) {
    if (positive[i]) hit += 1;
    else miss += 1;
    const next = order[at + 1];
    if (next !== undefined && scores[next] === scores[i]) continue; // ties are one point
    hits.push(hit);
    misses.push(miss);
  }
  return { hits, misses };
}

/**
 * The area under the curve of true over false positive rate, or with `maxFpr` the part left of it, scaled so that chance
 * is 0.5 (McClish 1989). NaN where everything or nothing is positive.
 */
export function rocAuc(scores: readonly number[], positive: readonly boolean[], maxFpr = 1): number {
  const { hits, misses } = curve(scores, positive);
  const [nHit, nMiss] = [hits.at(-1) ?? 0, misses.at(-1) ?? 0];
  if (nHit === 0 || nMiss === 0) return Number.NaN;
  let [area, x, y] = [0, 0, 0];
  for (const [at, hit] of hits.entries()) {
    const [nextX, nextY] = [(misses[at] ?? 0) / nMiss, hit / nHit];
    const end = Math.min(nextX, maxFpr);
    const endY = nextX > x ? y + ((end - x) / (nextX - x)) * (nextY - y) : nextY;
    area += ((end - x) * (y + endY)) / 2;
    if (nextX >= maxFpr && nextX > x) break;
    [x, y] = [nextX, nextY];
  }
  if (maxFpr === 1) return area;
  const least = maxFpr ** 2 / 2;
  return (1 + (area - least) / (maxFpr - least)) / 2;
}

/** The mean of precision over the steps of recall, not interpolated. 0 where nothing is positive. */
export function averagePrecision(scores: readonly number[], positive: readonly boolean[]): number {
  const { hits, misses } = curve(scores, positive);
  const all = hits.at(-1) ?? 0;
  if (all === 0) return 0;
  return hits.reduce((sum, hit, at) => {
    const step = hit - (hits[at - 1] ?? 0);
    return sum + ((step / all) * hit) / (hit + (misses[at] ?? 0));
  }, 0);
}

/** A figure of scores and what is positive among them. */
export type BinaryScore = (scores: readonly number[], positive: readonly boolean[]) => number;

/** How the figures of several labels become one. */
export type LabelAverage = "micro" | "macro" | "weighted" | "samples";

/** The figure of each label (a column of the table), or item (a row), or of all cells, as one number. */
export function averageScore(
  score: BinaryScore,
  scores: readonly (readonly number[])[],
  positive: readonly (readonly boolean[])[],
  average: LabelAverage,
): number {
  if (average === "micro") return score(scores.flat(), positive.flat());
  const [lists, marks] = average === "samples" ? [scores, positive] : [transposed(scores), transposed(positive)];
  const weights = marks.map((list) => (average === "weighted" ? list.filter(Boolean).length : 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  if (all === 0) return 0;
  return lists.reduce((sum, list, k) => {
    const weight = weights[k] ?? 0;
    return weight === 0 ? sum : sum + (weight / all) * score(list, marks[k] ?? []);
  }, 0);
}

/** The mean over pairs of classes of how well the scores of the two tell them apart (Hand and Till 2001). */
export function oneVsOne(
  scores: readonly (readonly number[])[],
  targs: readonly number[],
  average: "macro" | "weighted",
): number {
  const n = scores[0]?.length ?? 0;
  let [sum, weights] = [0, 0];
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const rows = targs.flatMap((targ, i) => (targ === a || targ === b ? [i] : []));
      const apart = (k: number): number =>
        rocAuc(
          rows.map((i) => scores[i]?.[k] ?? 0),
          rows.map((i) => targs[i] === k),
        );
      const weight = average === "weighted" ? rows.length / targs.length : 1;
      sum += (weight * (apart(a) + apart(b))) / 2;
      weights += weight;
    }
  }
  return sum / weights;
}

function transposed<T>(table: readonly (readonly T[])[]): T[][] {
  return (table[0] ?? []).map((_, k) => table.map((row) => row[k] as T)); // a tensor's rows have one length
}
