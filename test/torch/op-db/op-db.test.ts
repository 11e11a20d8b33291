import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { noGrad } from "../../../src/torch/index.js";
import { type RecordedCall, readRecording } from "./recording.js";
import { replay, type Way } from "./replay.js";

const calls: RecordedCall[] = [];

beforeAll(async () => {
  const path = fileURLToPath(new URL("../../fixtures/op-db.jsonl.gz", import.meta.url));
  for await (const call of readRecording(path)) calls.push(call);
});

/** How many calls there are in one way, and what differs from Python. */
function outcome(way: Way): { count: number; failures: string[] } {
  let count = 0;
  const failures: string[] = [];
  for (const call of calls) {
    const verdict = noGrad(() => replay(call, way));
    if (verdict !== undefined) count++;
    if (typeof verdict === "object") failures.push(`${call.op}: ${verdict.differs}`);
  }
  return { count, failures };
}

it.each([
  ["ops", 3900],
  ["function", 2800],
  ["method", 2300],
] as const)("PyTorch's sample calls give in Node what they give in Python: %s", (way, least) => {
  const { count, failures } = outcome(way);
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(least);
});
