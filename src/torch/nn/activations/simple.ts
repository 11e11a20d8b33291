/** Elementwise nonlinearities without a parameter of their own; softmax and its relatives are in softmax.ts. */
import { checkOptions } from "../../errors.js";
import {
  gelu,
  hardsigmoid,
  hardswish,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  tanh,
} from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { softsign, tanhshrink } from "../functional/activations.js";
import { Module } from "../module.js";

/** Options of activations that can change their input. */
export interface InplaceOptions {
  /** Whether to change the input instead of returning a new tensor. Default false. */
  inplace?: boolean;
}

/** What the activations with an `inplace` option and nothing else share. */
abstract class InplaceActivation extends Module<[Tensor], Tensor> {
  readonly inplace: boolean;

  constructor(options: InplaceOptions = {}) {
    super();
    checkOptions(new.target.name, options, ["inplace"]);
    this.inplace = options.inplace ?? false;
  }

  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** max(x, 0). */
export class ReLU extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.relu_() : relu(x);
  }
}

/** min(max(x, 0), 6). */
export class ReLU6 extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.relu6_() : relu6(x);
  }
}

/** x sigmoid(x), also called swish. */
export class SiLU extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.silu_() : silu(x);
  }
}

/** x tanh(softplus(x)). Source: Misra 2019. */
export class Mish extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.mish_() : mish(x);
  }
}

/** Scaled exponential linear unit. Source: Klambauer et al. 2017. */
export class SELU extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.selu_() : selu(x);
  }
}

/** x relu6(x + 3) / 6. */
export class Hardswish extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.hardswish_() : hardswish(x);
  }

  override extraRepr(): string {
    return "";
  }
}

/** relu6(x + 3) / 6. */
export class Hardsigmoid extends InplaceActivation {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.hardsigmoid_() : hardsigmoid(x);
  }

  override extraRepr(): string {
    return "";
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** log(sigmoid(x)). */
export class LogSigmoid extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

/** x / (1 + |x|). */
export class Softsign extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x - tanh(x). */
export class Tanhshrink extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

/** Options of `GELU`. */
export interface GELUOptions {
  /** "tanh" uses the approximation by tanh. Default "none". */
  approximate?: "none" | "tanh";
}

/** x times the normal distribution function of x. */
export class GELU extends Module<[Tensor], Tensor> {
  readonly approximate: "none" | "tanh";

  constructor(options: GELUOptions = {}) {
    super();
    checkOptions("GELU", options, ["approximate"]);
    this.approximate = options.approximate ?? "none";
  }

  forward(x: Tensor): Tensor {
    return this.approximate === "none" ? gelu(x) : gelu(x, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

declareSingleOp(ReLU, ReLU6, SiLU, Mish, SELU, Hardswish, Hardsigmoid, Sigmoid, Tanh, LogSigmoid, GELU);
