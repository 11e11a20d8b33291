/** Precision, recall and F1 of each class, from a confusion matrix. */
import { type Figure, tableFigure } from "../show/index.js";
import {
  averageRatio,
  type ClassCounts,
  classCounts,
  fbetaRatio,
  jaccardRatio,
  precisionRatio,
  type Ratio,
  ratioOf,
  recallRatio,
  total,
} from "./metrics/class-scores.js";

/** The scores of one class, or a mean of them. */
export interface ClassScores {
  readonly name: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Overlap of what is guessed and what is there over their union. */
  readonly iou: number;
  /** How many items (of segmentations: pixels) are of the class. */
  readonly support: number;
}

/** The scores of all classes, their means, and the share that is right. */
export interface ClassReport {
  readonly classes: readonly ClassScores[];
  readonly accuracy: number;
  /** Plain mean over the classes. */
  readonly macro: ClassScores;
  /** Mean weighted by how often each class is there. */
  readonly weighted: ClassScores;
}

const ratios: readonly [key: "precision" | "recall" | "f1" | "iou", ratio: Ratio][] = [
  ["precision", precisionRatio],
  ["recall", recallRatio],
  ["f1", fbetaRatio(1)],
  ["iou", jaccardRatio],
];

function scores(name: string, support: number, valueOf: (ratio: Ratio) => number): ClassScores {
  const values = Object.fromEntries(ratios.map(([key, ratio]) => [key, valueOf(ratio)]));
  return { name, support, ...(values as Pick<ClassScores, "precision" | "recall" | "f1" | "iou">) };
}

/** The report of a confusion matrix (rows targets, columns predictions). Classes that neither occur nor are guessed are left out. */
export function classReport(matrix: readonly (readonly number[])[], names: readonly string[]): ClassReport {
  const all = classCounts(matrix, [...matrix.keys()]).map((counts, k) => [names[k] ?? String(k), counts] as const);
  const seen = all.filter(([, { guessed, actual }]) => guessed + actual > 0);
  const n = total(matrix.map(total));
  const counts = seen.map(([, one]) => one);
  const mean = (name: string, average: "macro" | "weighted"): ClassScores =>
    scores(name, n, (ratio) => averageRatio(ratio, counts, average));
  return {
    classes: seen.map(([name, one]: readonly [string, ClassCounts]) =>
      scores(name, one.actual, (r) => ratioOf(r, one)),
    ),
    accuracy: total(counts.map(({ hit }) => hit)) / n,
    macro: mean("macro avg", "macro"),
    weighted: mean("weighted avg", "weighted"),
  };
}

/** The report as text, in columns. */
export function reportText(report: ClassReport, columns: readonly (keyof ClassScores)[]): string {
  const width = Math.max(12, ...report.classes.map(({ name }) => name.length));
  const cell = (value: string | number): string => (typeof value === "number" ? round(value) : value).padStart(10);
  const row = (one: ClassScores): string => one.name.padStart(width) + columns.map((key) => cell(one[key])).join("");
  const blanks = columns.slice(0, -2).map(() => " ".repeat(10));
  const accuracy = ["accuracy".padStart(width), ...blanks, cell(report.accuracy), cell(report.macro.support)].join("");
  const head = " ".repeat(width) + columns.map((key) => key.padStart(10)).join("");
  return [head, "", ...report.classes.map(row), "", accuracy, row(report.macro), row(report.weighted)].join("\n");
}

/** The report as a picture. */
export function reportFigure(report: ClassReport, columns: readonly (keyof ClassScores)[], title: string): Figure {
  const rows = [...report.classes, report.macro, report.weighted].map((one) => [
    one.name,
    ...columns.map((key) => (typeof one[key] === "number" ? round(one[key]) : one[key])),
  ]);
  return tableFigure({ title: `${title}, accuracy ${round(report.accuracy)}`, columns: ["class", ...columns], rows });
}

function round(value: number): string {
  return Number.isInteger(value) && value > 1 ? String(value) : value.toFixed(2);
}
