// Writes the table of docs/benchmarks.md from the JSON of `npm run bench`. usage: tsx bench/report.ts FILE
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Result } from "./run.js";
import { CASES } from "./table.js";

const START = "<!-- table: written by bench/report.ts -->";
const END = "<!-- end of table -->";

function row({ id, ours: work, peer, unit, target, threads }: (typeof CASES)[number], result: Result): string {
  const figures = [result.ours, result.peer].map((value) => `${Number(value.toPrecision(3))} ${unit}`).join(" | ");
  const mark = result.ratio <= target ? "" : " (above)";
  return `| \`${id}\` | ${work} | ${peer} | ${threads} | ${figures} | ${result.ratio.toFixed(2)} | ${target}${mark} |`;
}

const [file = join(import.meta.dirname, "results.json")] = process.argv.slice(2);
const results = JSON.parse(readFileSync(file, "utf8")) as Result[]; // written by bench/run.ts
const rows = CASES.flatMap((test) => {
  const result = results.find((one) => one.case === test.id);
  return result ? [row(test, result)] : [];
});
const machine = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}.`;
const head = "| case | ours | Python | threads | ours | Python | ratio | to reach |\n|---|---|---|---|---|---|---|---|";

const page = join(import.meta.dirname, "../docs/benchmarks.md");
const text = readFileSync(page, "utf8");
const [before = ""] = text.split(START);
const after = text.split(END)[1] ?? "";
writeFileSync(page, `${before}${START}\n\n${machine}\n\n${[head, ...rows].join("\n")}\n\n${END}${after}`);
