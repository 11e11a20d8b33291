/**
 * Writes the table and the curves of the vision runs into docs/benchmarks.md.
 * Usage: npx tsx bench/accuracy/report.ts OURS.json FASTAI.json
 */
import { sideBySide } from "fastai-ts";
import { mean, readSides, seedCurves, writePart } from "./page.js";

/** What `ours.ts` and `fastai_runs.py` write for one run with one seed. */
interface Run {
  run: string;
  seed: number;
  /** Name of what is measured. */
  metric: string;
  /** Of each epoch. */
  epochs: [trainLoss: number, validLoss: number, metric: number][];
}

const sides = readSides<Run>("report.ts");
const runsOf = (side: "ours" | "fastai", name: string) =>
  sides[side].filter(({ run }) => run === name).sort((a, b) => a.seed - b.seed);

/** Seeds whose scores stand in the table one by one; as many are drawn. */
const FEW = 3;

function cells(runs: readonly Run[]): string {
  const last = (column: 1 | 2) => runs.map(({ epochs }) => epochs.at(-1)?.[column] ?? Number.NaN);
  const bySeed =
    runs.length > FEW
      ? `${runs.length} seeds`
      : last(2)
          .map((score) => score.toFixed(3))
          .join(" ");
  return `${bySeed} (${mean(last(2)).toFixed(3)}) | ${mean(last(1)).toFixed(3)}`;
}

const names = [...new Set(sides.ours.map(({ run }) => run))].filter((name) => runsOf("fastai", name).length > 0);
const rows = names.map((name) => {
  const [ours, fastai] = [runsOf("ours", name), runsOf("fastai", name)];
  return `| ${name} | ${ours[0]?.metric} | ${ours[0]?.epochs.length} | ${cells(ours)} | ${cells(fastai)} |`;
});
const head = [
  "| data | metric | epochs | ours, by seed (mean) | valid loss | fastai, by seed (mean) | valid loss |",
  "|---|---|---|---|---|---|---|",
];

const scores = (runs: readonly Run[]) => runs.slice(0, FEW).map(({ epochs }) => epochs.map((epoch) => epoch[2]));
const charts = names.map((name, i) => {
  const curves = { ours: scores(runsOf("ours", name)), fastai: scores(runsOf("fastai", name)) };
  return seedCurves(name, runsOf("ours", name)[0]?.metric ?? "", curves, i === 0);
});
await writePart(
  ["<!-- accuracy: written by bench/accuracy/report.ts -->", "<!-- end of accuracy -->"],
  [...head, ...rows],
  {
    name: "accuracy.svg",
    about: "What was measured after each epoch, ours and fastai's, a line for each seed",
    figure: sideBySide(charts, { cols: 3 }),
  },
);
