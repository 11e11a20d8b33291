/** Scores of classifiers from counts. */

/** How the scores of classes become one. */
export const averages = ["binary", "micro", "macro", "weighted", "samples"] as const;

/** How the scores of classes become one. */
export type Average = (typeof averages)[number];

/** What a score of one class divides: `top * hit / (hits * hit + guessed * guessed + actual * actual)`. */
export interface Ratio {
  /** Weight of the right guesses in the numerator. */
  readonly top: number;
  /** Weights of right guesses, guesses and targets in the denominator. */
  readonly hits?: number;
  readonly guessed?: number;
  readonly actual?: number;
}

/** Right guesses over guesses. */
export const precisionRatio: Ratio = { top: 1, guessed: 1 };
/** Right guesses over targets. */
export const recallRatio: Ratio = { top: 1, actual: 1 };
/** Right guesses over what is guessed or there. */
export const jaccardRatio: Ratio = { top: 1, hits: -1, guessed: 1, actual: 1 };
/** Harmonic mean of precision and recall, recall `beta` times as important. */
export const fbetaRatio = (beta: number): Ratio => ({ top: 1 + beta ** 2, guessed: 1, actual: beta ** 2 });

/** Counts of one class. */
export interface ClassCounts {
  /** How often it was guessed rightly. */
  readonly hit: number;
  /** How often it was guessed. */
  readonly guessed: number;
  /** How often it was there. */
  readonly actual: number;
}

/** The score of one class; 0 where there is nothing to divide by, as in scikit-learn. */
export function ratioOf({ top, hits = 0, guessed = 0, actual = 0 }: Ratio, counts: ClassCounts): number {
  return part(top * counts.hit, hits * counts.hit + guessed * counts.guessed + actual * counts.actual);
}

/** The scores of classes as one: of all decisions together, plain mean, or mean weighted by how often a class is there. */
export function averageRatio(ratio: Ratio, classes: readonly ClassCounts[], average: Average): number {
  if (average === "micro") {
    const add = (key: keyof ClassCounts): number => total(classes.map((counts) => counts[key]));
    return ratioOf(ratio, { hit: add("hit"), guessed: add("guessed"), actual: add("actual") });
  }
  const weight = (counts: ClassCounts): number => (average === "weighted" ? counts.actual : 1);
  return part(total(classes.map((counts) => weight(counts) * ratioOf(ratio, counts))), total(classes.map(weight)));
}

/** Counts of classes taken for classes: rows are targets, columns guesses. */
export type Table = readonly (readonly number[])[];

/** The table with only the classes that are there or guessed, or those named. */
export function tableOf(counts: Table, labels?: readonly number[]): { table: number[][]; classes: number[] } {
  const cell = (row: number, column: number): number => counts[row]?.[column] ?? 0;
  const all = counts.map((_, k) => k);
  const seen = (k: number): boolean => all.some((other) => cell(k, other) + cell(other, k) > 0);
  const classes = [...(labels ?? all.filter(seen))];
  return { classes, table: classes.map((row) => classes.map((column) => cell(row, column))) };
}

/** The counts of each of these classes, against all others. */
export function classCounts(counts: Table, classes: readonly number[]): ClassCounts[] {
  return classes.map((k) => ({
    hit: counts[k]?.[k] ?? 0,
    guessed: total(counts.map((row) => row[k] ?? 0)),
    actual: total(counts[k] ?? []),
  }));
}

/** Mean recall of the classes that are there; with `adjusted` 0 is chance and 1 perfect. */
export function balancedAccuracy(table: Table, adjusted: boolean): number {
  const recalls = table.flatMap((row, k) => (total(row) > 0 ? [(row[k] ?? 0) / total(row)] : []));
  const mean = total(recalls) / recalls.length;
  const chance = 1 / recalls.length;
  return adjusted ? (mean - chance) / (1 - chance) : mean;
}

/** How mistakes count in `cohenKappa`: all alike, by the distance of the classes, or by its square. */
export type KappaWeights = "linear" | "quadratic" | null;

/** Agreement beyond chance: 1 - disagreement / expected disagreement. NaN where no disagreement can be expected. */
export function cohenKappa(table: Table, weights: KappaWeights): number {
  const [rows, columns] = [table.map(total), table.map((_, k) => total(table.map((row) => row[k] ?? 0)))];
  const n = total(rows);
  const cost = (i: number, j: number): number =>
    weights === null ? Number(i !== j) : weights === "linear" ? Math.abs(i - j) : (i - j) ** 2;
  const sum = (value: (i: number, j: number) => number): number =>
    total(table.flatMap((row, i) => row.map((_, j) => cost(i, j) * value(i, j))));
  const expected = sum((i, j) => ((rows[i] ?? 0) * (columns[j] ?? 0)) / n);
  return 1 - sum((i, j) => table[i]?.[j] ?? 0) / expected;
}

/** Correlation of targets and guesses over any number of classes, -1 to 1; 0 where either knows one class only. */
export function matthews(table: Table): number {
  const [rows, columns] = [table.map(total), table.map((_, k) => total(table.map((row) => row[k] ?? 0)))];
  const n = total(rows);
  const right = total(table.map((row, k) => row[k] ?? 0));
  const product = (a: readonly number[], b: readonly number[]): number => total(a.map((x, k) => x * (b[k] ?? 0)));
  const scale = (n ** 2 - product(columns, columns)) * (n ** 2 - product(rows, rows));
  return scale === 0 ? 0 : (right * n - product(rows, columns)) / Math.sqrt(scale);
}

/** The sum of numbers. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function part(share: number, whole: number): number {
  return whole === 0 ? 0 : share / whole;
}
