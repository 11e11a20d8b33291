/** What the reports on accuracy have in common: results of both sides, curves, and the part of a page that is theirs. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Figure, lineChart, type Series } from "fastai-ts";

const docs = join(import.meta.dirname, "../../docs");
const COLORS = { ours: "#2563eb", fastai: "#e8590c" };

/** What both sides did, `results` of the two files that a report is called with. */
export interface Sides<Run> {
  readonly ours: readonly Run[];
  readonly fastai: readonly Run[];
}

/** Reads the two files named on the command line. */
export function readSides<Run>(script: string): Sides<Run> {
  const files = process.argv.slice(2);
  if (files.length !== 2) throw new Error(`usage: tsx bench/accuracy/${script} OURS.json FASTAI.json`);
  const [ours, fastai] = files.map((file) => JSON.parse(readFileSync(file, "utf8")).results as Run[]); // written beside
  return { ours: ours ?? [], fastai: fastai ?? [] };
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A line for each seed, by epoch, in the colour of its side; names of the sides with `legend`. */
export function seedCurves(title: string, yLabel: string, sides: Sides<readonly number[]>, legend: boolean): Figure {
  const series = (["ours", "fastai"] as const).flatMap((side) =>
    sides[side].map(
      (y, seed): Series => ({
        name: legend && seed === 0 ? side : undefined,
        color: COLORS[side],
        x: y.map((_, epoch) => epoch + 1),
        y,
      }),
    ),
  );
  return lineChart({ title, series, xLabel: "Epoch", yLabel, width: 400, height: 300 });
}

/** Puts a table and a picture between a report's two marks in docs/benchmarks.md. `picture` is its name in docs/images. */
export async function writePart(
  marks: readonly [start: string, end: string],
  table: readonly string[],
  picture: { name: string; about: string; figure: Figure },
): Promise<void> {
  await picture.figure.save(join(docs, "images", picture.name));
  const page = join(docs, "benchmarks.md");
  const [start, end] = marks;
  const text = readFileSync(page, "utf8");
  const [before = ""] = text.split(start);
  const after = text.split(end)[1] ?? "";
  const shown = `![${picture.about}](images/${picture.name})`;
  writeFileSync(page, `${before}${start}\n\n${table.join("\n")}\n\n${shown}\n\n${end}${after}`);
}
