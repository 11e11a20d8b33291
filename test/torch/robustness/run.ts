/**
 * Makes random calls in chunks, a process each, and says what did not end in a result or a TorchError.
 *
 * usage: npm run robustness -- [CALLS] [SEED] [CALLS PER CHUNK]
 */
import { runChunk } from "./drive.js";

const [wanted = 1e6, seed = Date.now() % 1e6, perChunk = 20_000] = process.argv.slice(2).map(Number);
const seen = new Map<string, { count: number; call: string }>();
let [calls, returned, megabytes] = [0, 0, 0];

for (let chunk = 0; calls < wanted; chunk++) {
  const made = await runChunk(seed + chunk, Math.min(perChunk, wanted - calls));
  calls += made.calls;
  returned += made.returned;
  megabytes = Math.max(megabytes, made.megabytes);
  for (const { call, problem } of made.failures) {
    const [first = "", where = ""] = [problem.split("\n")[0], /src\/[^)\s]+/.exec(problem)?.[0]];
    const key = `${call.split("(")[0]}: ${first.slice(0, 200)} ${where}`;
    const entry = seen.get(key) ?? { count: 0, call };
    if (entry.count++ === 0) console.log(`seed ${seed + chunk}: ${call.slice(0, 400)}\n    ${first} ${where}`);
    seen.set(key, entry);
  }
  console.log(`${calls} calls, ${returned} with a result, ${seen.size} kinds of failures, at most ${megabytes} MB`);
}
for (const [key, { count, call }] of seen) console.log(`${count} x ${key}\n    ${call.slice(0, 400)}`);
process.exitCode = seen.size === 0 ? 0 : 1;
