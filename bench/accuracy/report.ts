// Writes the accuracy table of docs/benchmarks.md. usage: tsx bench/accuracy/report.ts OURS.json FASTAI.json
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Run {
  run: string;
  seed: number;
  epochs: number;
  accuracy: number;
  validLoss: number;
}

interface Results {
  peer: string;
  results: Run[];
}

const START = "<!-- accuracy: written by bench/accuracy/report.ts -->";
const END = "<!-- end of accuracy -->";

const [ours, fastai] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")) as Results); // written beside
if (ours === undefined || fastai === undefined)
  throw new Error("usage: tsx bench/accuracy/report.ts OURS.json FASTAI.json");

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const bySeed = (runs: readonly Run[], pick: (run: Run) => number) => runs.map((run) => pick(run).toFixed(3)).join(" ");

function side({ results }: Results, name: string): string {
  const runs = results.filter(({ run }) => run === name);
  const accuracies = `${bySeed(runs, (run) => run.accuracy)} (${mean(runs.map((run) => run.accuracy)).toFixed(3)})`;
  return `${accuracies} | ${mean(runs.map((run) => run.validLoss)).toFixed(3)}`;
}

const names = [...new Set(ours.results.map(({ run }) => run))];
const rows = names.map((name) => {
  const epochs = ours.results.find(({ run }) => run === name)?.epochs;
  return `| ${name} | ${epochs} | ${side(ours, name)} | ${side(fastai, name)} |`;
});
const head =
  "| data | epochs | ours: accuracy by seed (mean) | valid loss | fastai: accuracy by seed (mean) | valid loss |\n|---|---|---|---|---|---|";

const page = join(import.meta.dirname, "../../docs/benchmarks.md");
const text = readFileSync(page, "utf8");
const [before = ""] = text.split(START);
const after = text.split(END)[1] ?? "";
writeFileSync(page, `${before}${START}\n\n${[head, ...rows].join("\n")}\n\n${END}${after}`);
