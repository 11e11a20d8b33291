/**
 * Replays the whole recording of test/parity/op_db.py and says what differs. Run: npm run op-db [FILE] [--all]
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { noGrad, setNumThreads } from "../../../src/torch/index.js";
import type { Verdict } from "./compare.js";
import { readRecording } from "./recording.js";
import { replay, type Way } from "./replay.js";

const whole = join(homedir(), ".cache/fastai-ts/op-db/calls.jsonl.gz");
const ways: readonly Way[] = ["ops", "function", "method"];
const counts: Record<Way, { same: number; close: number; failed: number }> = {
  ops: { same: 0, close: 0, failed: 0 },
  function: { same: 0, close: 0, failed: 0 },
  method: { same: 0, close: 0, failed: 0 },
};
const failures = new Map<string, { count: number; first: string }>();

function note(way: Way, op: string, verdict: Verdict): void {
  if (verdict === "same bits") counts[way].same++;
  else if (verdict === "close") counts[way].close++;
  else {
    counts[way].failed++;
    const key = `${way} ${op}`;
    const entry = failures.get(key) ?? { count: 0, first: verdict.differs };
    entry.count++;
    failures.set(key, entry);
  }
}

setNumThreads(1);
const [path = whole] = process.argv.slice(2);
for await (const call of readRecording(path)) {
  for (const way of ways) {
    const verdict = noGrad(() => replay(call, way));
    if (verdict !== undefined) note(way, call.op, verdict);
  }
}
for (const [key, { count, first }] of [...failures].sort()) console.log(`${key} (${count}): ${first.slice(0, 300)}`);
for (const way of ways) {
  const { same, close, failed } = counts[way];
  const total = same + close + failed;
  console.log(`${way}: ${total} calls, ${same} the same bit for bit, ${close} within tolerance, ${failed} not`);
}
