// Writes the table and the curves of docs/benchmarks.md. usage: tsx bench/accuracy/core-report.ts OURS.json FASTAI.json
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lineChart, type Series, sideBySide } from "fastai-ts";

interface Run {
  run: string;
  seed: number;
  /** Sum of the absolute initial weights. */
  weights: number;
  /** Train loss, valid loss and accuracy, by epoch. */
  epochs: [trainLoss: number, validLoss: number, accuracy: number][];
}

interface Results {
  results: Run[];
}

const START = "<!-- core accuracy: written by bench/accuracy/core-report.ts -->";
const END = "<!-- end of core accuracy -->";
const COLORS = { ours: "#2563eb", fastai: "#e8590c" } as const;

const [ours, fastai] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")) as Results); // written beside
if (!ours || !fastai) throw new Error("usage: tsx bench/accuracy/core-report.ts OURS.json FASTAI.json");
const sides = { ours: ours.results, fastai: fastai.results };

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
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
const head =
  "| run | ours: accuracy by seed (mean ± deviation) | train, valid loss | fastai: accuracy by seed | train, valid loss |\n|---|---|---|---|---|";

/** Accuracy by epoch, a line for each seed. */
function chart(name: string, first: boolean) {
  const series = Object.entries(sides).flatMap(([side, runs]) =>
    runs
      .filter(({ run }) => run === name)
      .map(
        ({ epochs }, at): Series => ({
          name: first && at === 0 ? side : undefined,
          color: COLORS[side as keyof typeof COLORS],
          x: epochs.map((_, epoch) => epoch + 1),
          y: epochs.map(([, , accuracy]) => accuracy),
        }),
      ),
  );
  return lineChart({ title: name, series, xLabel: "Epoch", yLabel: "Accuracy", width: 400, height: 300 });
}

const docs = join(import.meta.dirname, "../../docs");
await sideBySide(
  names.map((name, at) => chart(name, at === 0)),
  { cols: 3 },
).save(join(docs, "images/core-accuracy.svg"));

const page = join(docs, "benchmarks.md");
const text = readFileSync(page, "utf8");
const [before = ""] = text.split(START);
const after = text.split(END)[1] ?? "";
const picture = "![Accuracy by epoch, ours and fastai's, a line for each seed](images/core-accuracy.svg)";
writeFileSync(page, `${before}${START}\n\n${[head, ...rows].join("\n")}\n\n${picture}\n\n${END}${after}`);
