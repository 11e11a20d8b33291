import { type Figure, matrixChart } from "../show/index.js";
import { checkOptions } from "../torch/index.js";
import { countClasses } from "./class-counts.js";
import { type ClassReport, type ClassScores, classReport, reportFigure, reportText } from "./class-report.js";
import { Interpretation } from "./interpretation.js";
import { total } from "./metrics/class-scores.js";

/** Options of `plotConfusionMatrix`. */
export interface PlotConfusionMatrixOptions {
  /** Whether each row shows shares of its sum. Default: false. */
  normalize?: boolean;
  /** Default: "Confusion matrix". */
  title?: string;
  /** Decimals of normalised values. Default: 2. */
  normDec?: number;
  /** Whether the values are written into the cells. Default: true. */
  plotTxt?: boolean;
}

/** Where a classifier is wrong. Source: INT-3. */
export class ClassificationInterpretation extends Interpretation {
  #counts: Promise<number[][]> | null = null;
  /** What a report shows of each class. */
  protected readonly reportColumns: readonly (keyof ClassScores)[] = ["precision", "recall", "f1", "support"];

  /** The names of the classes: the data's vocab, else their numbers. */
  get vocab(): readonly string[] | null {
    const vocab = (this.learn.dls as { vocab?: readonly unknown[] }).vocab;
    const names = Array.isArray(vocab?.[0]) ? (vocab.at(-1) as readonly unknown[]) : vocab;
    return names ? names.map(String) : null;
  }

  /** How often each class (row) was taken for each (column). Predictions are counted, not held. */
  confusionMatrix(): Promise<number[][]> {
    const { learn, dl, act } = this;
    this.#counts ??= countClasses(learn, dl, { act, n: this.vocab?.length });
    return this.#counts;
  }

  /** The confusion matrix as a chart. */
  async plotConfusionMatrix(options: PlotConfusionMatrixOptions = {}): Promise<Figure> {
    checkOptions("plotConfusionMatrix", options, ["normalize", "title", "normDec", "plotTxt"]);
    const { normalize = false, title = "Confusion matrix", normDec = 2, plotTxt = true } = options;
    const counts = await this.confusionMatrix();
    const share = (row: number[]): number[] => row.map((n) => n / Math.max(1, total(row)));
    return matrixChart({
      values: normalize ? counts.map(share) : counts,
      names: this.#names(counts.length),
      title,
      showValues: plotTxt,
      ...(normalize ? { format: (value: number) => value.toFixed(normDec) } : {}),
    });
  }

  /** Pairs of classes taken for one another at least `minVal` times, most often first. */
  async mostConfused({
    minVal = 1,
  }: {
    minVal?: number;
  } = {}): Promise<[actual: string, predicted: string, count: number][]> {
    const counts = await this.confusionMatrix();
    const names = this.#names(counts.length);
    const pairs = counts.flatMap((row, actual) =>
      row.map((count, predicted): [number, number, number] => [actual, predicted, count]),
    );
    return pairs
      .filter(([actual, predicted, count]) => actual !== predicted && count >= minVal)
      .sort((a, b) => b[2] - a[2])
      .map(([actual, predicted, count]) => [names[actual] ?? "", names[predicted] ?? "", count]);
  }

  /** Precision, recall, F1 and support of each class, and their means. */
  async classificationReport(): Promise<ClassReport> {
    const counts = await this.confusionMatrix();
    return classReport(counts, this.#names(counts.length));
  }

  /** Prints the report, in columns, and returns the text. */
  async printClassificationReport(): Promise<string> {
    const text = reportText(await this.classificationReport(), this.reportColumns);
    console.log(text);
    return text;
  }

  /** The report as a picture. */
  async plotClassificationReport(title = "Classes"): Promise<Figure> {
    return reportFigure(await this.classificationReport(), this.reportColumns, title);
  }

  #names(n: number): string[] {
    const { vocab } = this;
    return Array.from({ length: n }, (_, i) => vocab?.[i] ?? String(i));
  }
}

/**
 * Where a segmentation is wrong: the same for pixels, with the overlap (IoU) of each class. `plotTopLosses` shows input,
 * target and prediction side by side. Targets that are no class, such as 255, do not count. Source: INT-4.
 *
 * @example
 * const interp = await SegmentationInterpretation.fromLearner(learn);
 * await (await interp.plotTopLosses(3)).save("worst.png");
 */
export class SegmentationInterpretation extends ClassificationInterpretation {
  protected override readonly reportColumns: readonly (keyof ClassScores)[] = [
    "iou",
    "precision",
    "recall",
    "f1",
    "support",
  ];
}
