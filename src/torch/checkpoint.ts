/** Trading time for memory: what a part of a network computes is not kept for backward but computed again there. */

import { autocast, autocastState } from "./autocast.js";
import { backward, enableGrad, isGradEnabled } from "./autograd.js";
import { checkArray, checkFunction } from "./checks.js";
import { empty } from "./creation.js";
import { checkOptions, ValueError } from "./errors.js";
import { Function, type FunctionContext } from "./function.js";
import { getRngState, setRngState } from "./random.js";
import { Tensor } from "./tensor.js";

/** Options of {@link checkpoint}. */
export interface CheckpointOptions {
  /** Whether the second run draws the random numbers of the first, as dropout needs. Default true. */
  preserveRngState?: boolean;
}

type Body<Args extends unknown[], Out extends Tensor | Tensor[]> = (...args: Args) => Out;
const kinds = ["cpu", "cuda"] as const;

/** Runs `body` in the precision that was set when this was called. */
function inPresentPrecision(): <T>(body: () => T) => T {
  const states = kinds.map((device) => ({ device, ...autocastState(device) })).filter(({ enabled }) => enabled);
  return (body) => states.reduce((inner, state) => () => autocast(state, inner), body)();
}

/** Runs `body` with the random numbers that `state` leads to, and puts the generator back. */
function withRngState<T>(state: Tensor | undefined, body: () => T): T {
  if (state === undefined) return body();
  const before = getRngState();
  setRngState(state);
  try {
    return body();
  } finally {
    setRngState(before);
    before.dispose();
  }
}

class Checkpoint extends Function {
  /** `_anchor` requires a gradient, so that backward comes here for the parameters that the body uses. */
  static override forward(
    ctx: FunctionContext,
    _anchor: Tensor,
    body: Body<unknown[], Tensor | Tensor[]>,
    preserveRngState: boolean,
    ...args: unknown[]
  ): Tensor | Tensor[] {
    const inPrecision = inPresentPrecision();
    const state = preserveRngState ? getRngState() : undefined;
    ctx.rngState = state;
    ctx.again = (inputs: unknown[]) => withRngState(state, () => enableGrad(() => inPrecision(() => body(...inputs))));
    ctx.args = args.map((arg) => (arg instanceof Tensor ? null : arg));
    ctx.saveForBackward(...args.filter((arg) => arg instanceof Tensor));
    return body(...args);
  }

  static override backward(ctx: FunctionContext, ...gradients: (Tensor | null)[]): (Tensor | null)[] {
    const saved = [...ctx.savedTensors];
    const inputs = (ctx.args as unknown[]).map((arg) => arg ?? detached(saved.shift()));
    const again = (ctx.again as (inputs: unknown[]) => Tensor | Tensor[])(inputs);
    const pairs = [again].flat().map((output, i) => ({ output, gradient: gradients[i] ?? null }));
    const used = pairs.filter(({ output, gradient }) => gradient !== null && output.requiresGrad);
    if (used.length > 0) {
      backward(
        used.map(({ output }) => output),
        { gradients: used.map(({ gradient }) => gradient) },
      );
    }
    return [null, null, null, ...inputs.map((input) => (input instanceof Tensor ? input.grad : null))];
  }
}

function detached(saved: Tensor | undefined): Tensor | null {
  if (saved === undefined) return null;
  const input = saved.detach();
  return saved.requiresGrad ? input.requiresGrad_() : input;
}

/**
 * Calls `body` without keeping what it computes on the way; `backward` calls it again, with the same random numbers and the
 * same mixed precision, and goes on from there. Gradients reach the inputs and the parameters that the body uses.
 * For `backward()`; with {@link grad} the parameters' gradients would go to their `grad` fields.
 * @throws ValueError when the body returns something other than tensors.
 *
 * @example
 * const y = checkpoint((x) => block(x), [x]);
 */
export function checkpoint<Args extends unknown[], Out extends Tensor | Tensor[]>(
  body: Body<Args, Out>,
  args: readonly [...Args],
  options: CheckpointOptions = {},
): Out {
  checkOptions("checkpoint", options, ["preserveRngState"]);
  checkFunction("checkpoint", body);
  checkArray("checkpoint", args);
  if (!isGradEnabled()) return body(...args);
  const checked = (...given: unknown[]): Tensor | Tensor[] => {
    const result = body(...(given as Args)); // the arguments themselves, or copies of the tensors
    if ([result].flat().every((output) => output instanceof Tensor)) return result;
    throw new ValueError("checkpoint: expected a function that returns a tensor or an array of tensors.");
  };
  const anchor = empty([0], { requiresGrad: true });
  return Checkpoint.apply(anchor, checked, options.preserveRngState ?? true, ...args) as Out; // what the body returned
}
