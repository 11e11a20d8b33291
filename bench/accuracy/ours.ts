/**
 * Trains the comparison runs with fastai-ts: `npx tsx bench/accuracy/ours.ts DATA OUT.json [--seeds 1,2,3] [run ...]`.
 * DATA holds the folders that `runs.ts` names. OUT.json keeps what it has of other runs and seeds.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { manualSeed } from "fastai-ts/torch";
import { runs } from "./runs.js";

const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "1,2,3" } },
  allowPositionals: true,
});
const [data = "", out = "", ...wanted] = positionals;
const seeds = values.seeds.split(",").map(Number);

type Result = { run: string; seed: number; [more: string]: unknown }; // `fastai_runs.py` writes the same
let results: Result[] = existsSync(out) ? JSON.parse(await readFile(out, "utf8")).results : [];

for (const [run, { learner, epochs, lr }] of Object.entries(runs)) {
  if (wanted.length > 0 && !wanted.includes(run)) continue;
  for (const seed of seeds) {
    manualSeed(seed);
    const learn = await learner(data);
    const start = performance.now();
    await learn.fitOneCycle(epochs, lr);
    const secondsPerEpoch = (performance.now() - start) / 1000 / epochs;
    const metric = learn.recorder.metricNames.at(-2); // the time is last
    results = results.filter((other) => other.run !== run || other.seed !== seed);
    results.push({ run, seed, metric, epochs: learn.recorder.values, secondsPerEpoch });
    await writeFile(out, `${JSON.stringify({ peer: "fastai-ts", results }, null, 1)}\n`);
  }
}
