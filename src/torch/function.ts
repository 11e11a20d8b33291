/** Differentiable functions with a hand-written backward. */
import { native } from "../native.js";
import { noGrad, packLists, unpackList } from "./autograd.js";
import { NotImplementedError } from "./errors.js";
import { check } from "./native-call.js";
import { shown } from "./op-call.js";
import { keep, scope } from "./scope.js";
import { Tensor } from "./tensor.js";

/** What forward leaves for backward. */
export class FunctionContext {
  /** @internal */
  _toSave: Tensor[] = [];
  /** The tensors given to {@link saveForBackward}, inside `backward`. */
  savedTensors: Tensor[] = [];
  /** Whether each tensor argument needs a gradient. */
  needsInputGrad: boolean[] = [];
  [key: string]: unknown;

  /** Keeps inputs or outputs for `backward`; other tensors may be kept as fields of the context. */
  saveForBackward(...tensors: Tensor[]): void {
    this._toSave = tensors;
  }
}

type Results = Tensor | Tensor[];
type Gradients = Tensor | null | undefined | (Tensor | null | undefined)[];

/** A class with a differentiable `forward` and its `backward`. */
interface Differentiable<Args extends unknown[], Out extends Results> {
  readonly name: string;
  forward(ctx: FunctionContext, ...args: Args): Out;
  // A method, so that a backward that takes only tensors fits: nulls come only for outputs that were not used.
  backward(ctx: FunctionContext, ...gradients: (Tensor | null)[]): Gradients;
}

function tensorsIn(args: readonly unknown[]): Tensor[] {
  return args.filter((arg): arg is Tensor => arg instanceof Tensor);
}

/** Runs a class's backward on what the engine left in the packed buffer; one gradient for each tensor argument. */
function runBackward(
  cls: Pick<Differentiable<never, Results>, "backward">,
  ctx: FunctionContext,
  args: readonly unknown[],
): (Tensor | null)[] {
  const gradients = unpackList();
  const saved = unpackList(gradients.length + 1);
  ctx.savedTensors = saved.filter((tensor): tensor is Tensor => tensor !== null);
  const returned = cls.backward(ctx, ...gradients);
  ctx.savedTensors = [];
  const all = Array.isArray(returned) ? returned : [returned];
  // One gradient per argument, or per tensor argument when there are just so many.
  const byArgument = all.length === args.length ? all.filter((_, i) => args[i] instanceof Tensor) : all;
  return byArgument.map((gradient) => gradient ?? null);
}

/**
 * A differentiable function with its own backward; subclass it and give `forward` and `backward`.
 *
 * @example
 * class Exp extends Function {
 *   static forward(ctx: FunctionContext, x: Tensor) { const y = x.exp(); ctx.saveForBackward(y); return y; }
 *   static backward(ctx: FunctionContext, dy: Tensor) { return dy.mul(ctx.savedTensors[0]!); }
 * }
 * Exp.apply(x);
 */
export class Function {
  /** Computes the result; arguments may be tensors or anything else. */
  static forward(_ctx: FunctionContext, ..._args: never[]): Results {
    throw new NotImplementedError("Function.forward: expected a static forward method in the subclass.");
  }

  /** One gradient for each argument of forward (null for arguments that are no tensors). */
  static backward(_ctx: FunctionContext, ..._gradients: never[]): Gradients {
    throw new NotImplementedError("Function.backward: expected a static backward method in the subclass.");
  }

  /** Runs the function on arguments and records it for `backward`; the types are those of the subclass's `forward`. */
  static apply<Args extends unknown[], Out extends Results>(this: Differentiable<Args, Out>, ...args: Args): Out {
    const ctx = new FunctionContext();
    const inputs = tensorsIn(args);
    ctx.needsInputGrad = inputs.map((input) => input.requiresGrad);
    const computed: Results = noGrad(() => this.forward(ctx, ...args));
    const outputs = Array.isArray(computed) ? computed : [computed];
    for (const value of Object.values(ctx)) keep(value);
    packLists(inputs, outputs, ctx._toSave);
    ctx._toSave = [];
    native.attach(this.name, () => {
      packLists(scope(() => runBackward(this, ctx, args)));
    });
    check(this.name, args);
    const results = shown(this.name, unpackList() as Tensor[]); // outputs are never undefined
    return (Array.isArray(computed) ? results : results[0]) as Out; // the same tensors, recorded
  }
}
