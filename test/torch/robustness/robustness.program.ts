/**
 * Calls random operators with random arguments. Of a call may come a result, a TorchError, or what a hostile argument
 * throws; afterwards as many tensors live as before. Each call is in the log before it is made, for when the process dies
 * in it. What else came of a call is one line of JSON each, and so is the summary at the end.
 *
 * usage: node --expose-gc --import tsx robustness.program.ts LOG SEED CALLS
 */
import { openSync, writeSync } from "node:fs";
import fc from "fast-check";
import * as torch from "../../../src/torch/index.js";
import { tampering } from "./tampering.js";
import { anyTarget } from "./targets.js";
import { HostileError } from "./values.js";

const { scope, TorchError } = torch;
const [log = "robustness.log", seed = "1", wanted = "5000"] = process.argv.slice(2);
const file = openSync(log, "w");
torch.setNumThreads(1);

const call = anyTarget.chain((target) =>
  fc.record({ target: fc.constant(target), args: target.args, tamper: tampering }),
);

const counts = { calls: 0, returned: 0, refused: 0, failures: 0 };
const canary = torch.tensor([1, 2, 3]);

function report(text: string, problem: string): void {
  counts.failures++;
  writeSync(1, `${JSON.stringify({ call: text, problem })}\n`);
}

/** Looks at everything that a call returned. */
function look(result: unknown): void {
  if (result instanceof Promise) result.catch(() => undefined);
  for (const tensor of torch.collectTensors(result)) {
    if (!(tensor instanceof torch.Tensor)) continue;
    void [tensor.shape, tensor.dtype, tensor.device, tensor.requiresGrad];
    if (tensor.numel() < 200) String(tensor);
  }
}

/** What is wrong with the process after a call: nothing, as a rule. */
function damage(tensors: number): string | undefined {
  if (torch.memory().tensors > tensors) {
    torch.emptyCache();
    const left = torch.memory().tensors - tensors;
    if (left > 0) return `${left} tensors leaked`;
  }
  if (!torch.isGradEnabled()) return "gradients are off";
  return undefined;
}

/** What an argument throws when somebody looks at it: of a revoked proxy that is the engine's own error. */
function isHostile(error: unknown): boolean {
  if (error instanceof HostileError) return true;
  return error instanceof TypeError && /revoked|^Class constructor \w+ cannot be invoked/.test(error.message);
}

/** Makes a call. On changed prototypes any error will do, and tensors may be left: no code can rely on anything there. */
function make(text: string, tampered: boolean, run: () => unknown): void {
  const before = torch.memory().tensors;
  try {
    scope(() => look(run()));
    counts.returned++;
  } catch (error) {
    if (error instanceof TorchError || isHostile(error) || (tampered && error instanceof Error)) counts.refused++;
    else report(text, String((error as Error)?.stack ?? error));
  }
  const problem = damage(tampered ? Number.POSITIVE_INFINITY : before);
  if (problem !== undefined) report(text, problem);
}

fc.assert(
  fc.property(call, ({ target, args, tamper }) => {
    const text = `${target.label}(${args.map((arg) => arg.text).join("; ")})${tamper.text}`;
    writeSync(file, `${text}\n`);
    counts.calls++;
    make(text, tamper.text !== "", () => {
      const made = args.map((arg) => arg.make());
      const undo = tamper.apply();
      try {
        return target.run(...made);
      } finally {
        undo();
      }
    });
    if (counts.calls % 1000 === 0 && canary.add(1).toArray().toString() !== "2,3,4") report(text, "1 + 1 is not 2");
  }),
  { seed: Number(seed), numRuns: Number(wanted) },
);
torch.emptyCache();
writeSync(1, `${JSON.stringify({ ...counts, megabytes: Math.round(process.memoryUsage.rss() / 2 ** 20) })}\n`);
