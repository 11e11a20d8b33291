/**
 * Writes the table of "How good" in docs/tabular.md. Usage: npx tsx bench/accuracy/tables-report.ts OURS.json PEER.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Results {
  peer: string;
  results: { run: string; seed: number; value: number }[];
}

const START = "<!-- tables: written by bench/accuracy/tables-report.ts -->";
const END = "<!-- end of tables -->";

const [ours, peer] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")) as Results); // written beside
if (ours === undefined || peer === undefined) throw new Error("usage: tsx tables-report.ts OURS.json PEER.json");

/** What is compared: the run on either side, in words, with its measure and the digits that mean something. */
const rows: readonly [what: string, measure: string, digits: number, ours: string, peer: string][] = [
  ...[1, 2, 3].map((n): [string, string, number, string, string] => [
    `Adult, ${n} epoch${n > 1 ? "s" : ""}`,
    "accuracy",
    4,
    `adult ${n}`,
    `adult ${n}`,
  ]),
  ["MovieLens sample, fineTune(6)", "valid loss", 3, "ratings", "ratings"],
  ["Bicycles by day, 30 epochs", "off by", 0, "bicycles", "bicycles"],
  ["Bicycles by day: scikit-learn's HistGradientBoostingRegressor", "off by", 0, "", "bicycles, trees"],
  ["Bicycles by day: the mean", "off by", 0, "", "bicycles, mean"],
];

const SEEDS = [1, 2, 3];

/** The figure of each seed, a dash for one that was not run, and their mean. */
function figures({ results }: Results, run: string, digits: number): string {
  const values = SEEDS.map((seed) => results.find((result) => result.run === run && result.seed === seed)?.value);
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return "";
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (values.every((value) => value === values[0])) return mean.toFixed(digits);
  return `${values.map((value) => value?.toFixed(digits) ?? "-").join(" ")} (${mean.toFixed(digits)})`;
}

const lines = [
  "| data | measure | ours, by seed (mean) | Python, by seed (mean) |",
  "|---|---|---|---|",
  ...rows.map(
    ([what, measure, digits, own, other]) =>
      `| ${what} | ${measure} | ${figures(ours, own, digits)} | ${figures(peer, other, digits)} |`,
  ),
];
const page = join(import.meta.dirname, "../../docs/tabular.md");
const text = readFileSync(page, "utf8");
const [before = ""] = text.split(START);
const after = text.split(END)[1] ?? "";
writeFileSync(page, `${before}${START}\n\n${lines.join("\n")}\n\n${END}${after}`);
