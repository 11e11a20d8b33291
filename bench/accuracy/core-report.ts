// Writes the table and the curves of docs/benchmarks.md. usage: tsx bench/accuracy/core-report.ts OURS.json FASTAI.json
import { sideBySide } from "fastai-ts";
import { mean, readSides, seedCurves, writePart } from "./page.js";

interface Run {
  run: string;
  seed: number;
  /** Sum of the absolute initial weights. */
  weights: number;
  /** Train loss, valid loss and accuracy, by epoch. */
  epochs: [trainLoss: number, validLoss: number, accuracy: number][];
}

const sides = readSides<Run>("core-report.ts");

const spread = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
};
const last = ({ epochs }: Run): Run["epochs"][number] => epochs.at(-1) ?? [Number.NaN, Number.NaN, Number.NaN];

function cells(runs: readonly Run[]): string {
  const accuracies = runs.map((run) => last(run)[2]);
  const losses = [0, 1].map((column) => mean(runs.map((run) => last(run)[column] as number)).toFixed(3)).join(", ");
  const bySeed = accuracies.map((value) => value.toFixed(3)).join(" ");
  return `${bySeed} (${mean(accuracies).toFixed(3)} ± ${spread(accuracies).toFixed(3)}) | ${losses}`;
}

function sameStart(one: Run, other: Run | undefined): boolean {
  return other !== undefined && Math.abs(one.weights / other.weights - 1) < 1e-12;
}

const names = [...new Set(sides.ours.map(({ run }) => run))];
const rows = names.map((name) => {
  const [own, theirs] = [sides.ours, sides.fastai].map((runs) => runs.filter(({ run }) => run === name)) as [
    Run[],
    Run[],
  ];
  for (const run of own) {
    const peer = theirs.find(({ seed }) => seed === run.seed);
    if (!sameStart(run, peer)) throw new Error(`${name}: expected the same initial weights with seed ${run.seed}.`);
  }
  return `| ${name} | ${cells(own)} | ${cells(theirs)} |`;
});
const head = [
  "| run | ours: accuracy by seed (mean ± deviation) | train, valid loss | fastai: accuracy by seed | train, valid loss |",
  "|---|---|---|---|---|",
];

const accuracies = (runs: readonly Run[], name: string) =>
  runs.filter(({ run }) => run === name).map(({ epochs }) => epochs.map(([, , accuracy]) => accuracy));
const charts = names.map((name, at) => {
  const curves = { ours: accuracies(sides.ours, name), fastai: accuracies(sides.fastai, name) };
  return seedCurves(name, "Accuracy", curves, at === 0);
});
await writePart(
  ["<!-- core accuracy: written by bench/accuracy/core-report.ts -->", "<!-- end of core accuracy -->"],
  [...head, ...rows],
  {
    name: "core-accuracy.svg",
    about: "Accuracy by epoch, ours and fastai's, a line for each seed",
    figure: sideBySide(charts, { cols: 3 }),
  },
);
