/** What loss modules are made of: a function of `nn.functional`, its options, and those of them that are state. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import type { Concrete } from "../concrete.js";
import { Module } from "../module.js";
import { type Buffer, buffer } from "../parameter.js";

/** What the losses share: `(...inputs) -> loss`. */
export abstract class Loss<Options extends object, Inputs extends unknown[]> extends Module<Inputs, Tensor> {
  private given: Options;

  constructor(options: Options, keys: readonly string[]) {
    super();
    checkOptions(new.target.name, options, keys);
    this.given = { ...options };
  }

  /** The options given at construction. */
  get options(): Readonly<Options> {
    return this.given;
  }

  /** How the losses of the elements are combined; may be changed. Default "mean". */
  get reduction(): ReductionOf<Options> {
    return (
      (this.given as { reduction?: ReductionOf<Options> }).reduction ?? ("mean" as unknown as ReductionOf<Options>)
    ); // every loss knows "mean"
  }
  set reduction(reduction: ReductionOf<Options>) {
    this.given = { ...this.given, reduction };
  }
}

type ReductionOf<Options> = Options extends { reduction?: infer R } ? NonNullable<R> : never;

/** A loss class: constructed from options alone. */
export type LossClass<Options extends object, Inputs extends unknown[], Weights extends string> = new (
  options?: Options,
) => Concrete<Loss<Options, Inputs>, Inputs> & Record<Weights, Buffer | null>;

/**
 * The module of a loss function. `weights` names the options that are tensors by the buffers that hold them, as in PyTorch:
 * they are part of the state and move with the module.
 */
export function lossModule<Options extends object, Inputs extends unknown[], Weights extends string = never>(
  fn: (...args: [...Inputs, Options]) => Tensor,
  keys: readonly string[],
  weights: Partial<Record<Weights, keyof Options>> = {},
): LossClass<Options, Inputs, Weights> {
  const state = Object.entries(weights) as [Weights, keyof Options][];
  class FunctionLoss extends Loss<Options, Inputs> {
    constructor(options = {} as Options) {
      super(options, keys);
      for (const [field, option] of state) {
        const value = options[option] as Tensor | null | undefined; // the table names options that are tensors
        Reflect.set(this, field, value ? buffer(value) : null);
      }
    }

    forward(...inputs: Inputs): Tensor {
      if (state.length === 0) return fn(...inputs, this.options);
      const options: Options = { ...this.options };
      for (const [field, option] of state) options[option] = Reflect.get(this, field) as Options[keyof Options]; // set above
      return fn(...inputs, options);
    }
  }
  return FunctionLoss as unknown as LossClass<Options, Inputs, Weights>; // the constructor has set the buffers
}
