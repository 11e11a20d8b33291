/** Finding where the NaN of a backward pass comes from. */

import { join, sep } from "node:path";
import { native } from "../native.js";
import { packageRoot } from "../package-root.js";
import { noGrad, unpackList } from "./autograd.js";
import { checkFunction } from "./checks.js";
import { collectTensors } from "./containers.js";
import { TorchError } from "./errors.js";
import { check } from "./native-call.js";
import { watchResults } from "./op-call.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

const library = ["src", "dist"].map((folder) => join(packageRoot, folder) + sep);
const ownFrame = (frame: string) => library.some((folder) => frame.includes(folder)) && !frame.includes(".test.");

/** The line of a stack that called the library, such as `forward (/home/me/net.ts:12:20)`. */
function callerIn(stack: string): string {
  const frames = stack.split("\n").filter((line) => line.trimStart().startsWith("at "));
  const frame = frames.find((line) => !ownFrame(line)) ?? frames[0] ?? "unknown";
  return frame.trim().replace(/^at /, "");
}

function hasNan(gradient: Tensor): boolean {
  return noGrad(() => scope(() => gradient.isnan().any().item() === 1));
}

function watch(op: string, result: unknown): void {
  const recorded = collectTensors(result).find((tensor) => tensor.isAlive && tensor.gradFn !== null);
  if (recorded === undefined) return;
  const node = String(recorded.gradFn);
  const cause = new Error(`forward call of ${op}`);
  native.registerNodeHook(recorded._h, () => {
    const found = scope(() => {
      const computed = unpackList();
      unpackList(computed.length + 1); // the gradients that the node was given: read, so that they are freed
      return computed.findIndex((gradient) => gradient !== null && hasNan(gradient));
    });
    if (found < 0) return;
    const where = callerIn(String(cause.stack));
    throw new TorchError(
      `backward: ${node} gave NaN for its input ${found}. Its forward call, ${op}, is at ${where}.`,
      {
        op,
        cause,
      },
    );
  });
  check("detectAnomaly", [recorded]);
}

let on = false;

/** Switches {@link detectAnomaly} on or off until it is switched again. Returns whether it was on. */
export function setDetectAnomaly(value: boolean): boolean {
  const before = on;
  on = value;
  watchResults(on ? watch : null);
  return before;
}

/**
 * Runs `body`; a NaN that a later backward pass computes for one of the operations recorded in it is an error that names the
 * line of the forward call (and has its stack as `cause`). Everything becomes slower: for finding mistakes only.
 *
 * @example
 * detectAnomaly(() => lossOf(model(x)).backward());
 */
export function detectAnomaly<T>(body: () => T): T {
  checkFunction("detectAnomaly", body);
  const before = setDetectAnomaly(true);
  try {
    return body();
  } finally {
    setDetectAnomaly(before);
  }
}
