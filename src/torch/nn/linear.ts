/** Affine maps. */
import { checkOptions } from "../errors.js";
import { bilinear } from "../generated/functions.js";
import type { Tensor } from "../tensor.js";
import { declareSingleOp } from "./callable.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "./factory.js";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import type { Parameter } from "./parameter.js";
import { PreparedOp } from "./prepared-op.js";
import { pythonText } from "./python-text.js";

const linearOp = new PreparedOp("linear");

/** Options of `Linear` and `Bilinear`. */
export interface LinearOptions extends FactoryOptions {
  /** Whether to add a learned bias. Default true. */
  bias?: boolean;
}

/**
 * `y = x W^T + b`.
 * Shapes: x [*, inFeatures] -> [*, outFeatures]; weight [outFeatures, inFeatures].
 * Starts uniform in +-1/sqrt(inFeatures), as in PyTorch.
 */
export class Linear extends Module<[Tensor], Tensor> {
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super();
    checkOptions("Linear", options, ["bias", ...factoryKeys]);
    this.weight = emptyParameter([outFeatures, inFeatures], options);
    this.bias = (options.bias ?? true) ? emptyParameter([outFeatures], options) : null;
    this.resetParameters();
  }

  /** Draws new starting values. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (!this.bias) return;
    const [fanIn] = calculateFanInAndFanOut(this.weight);
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
    uniform_(this.bias, -bound, bound);
  }

  forward(x: Tensor): Tensor {
    const { weight, bias } = this; // read first: a parametrized one makes calls of its own
    linearOp.begin(3);
    linearOp.tensor(x);
    linearOp.tensor(weight);
    linearOp.tensor(bias);
    return linearOp.run(x, weight, bias);
  }

  override extraRepr(): string {
    const bias = pythonText(this.bias !== null);
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}

/**
 * `y = x1^T A x2 + b`.
 * Shapes: x1 [*, in1Features], x2 [*, in2Features] -> [*, outFeatures].
 */
export class Bilinear extends Module<[Tensor, Tensor], Tensor> {
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    readonly in1Features: number,
    readonly in2Features: number,
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super();
    checkOptions("Bilinear", options, ["bias", ...factoryKeys]);
    this.weight = emptyParameter([outFeatures, in1Features, in2Features], options);
    this.bias = (options.bias ?? true) ? emptyParameter([outFeatures], options) : null;
    const bound = 1 / Math.sqrt(in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias) uniform_(this.bias, -bound, bound);
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight, this.bias);
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures, bias } = this;
    return (
      `in1_features=${in1Features}, in2_features=${in2Features}, ` +
      `out_features=${outFeatures}, bias=${pythonText(bias !== null)}`
    );
  }
}

/** Returns what it gets. Accepts and ignores any constructor arguments, so that it can stand in for any layer. */
export class Identity extends Module<[Tensor], Tensor> {
  constructor(..._ignored: unknown[]) {
    super();
  }

  forward(x: Tensor): Tensor {
    return x;
  }
}

declareSingleOp(Linear, Bilinear, Identity);
