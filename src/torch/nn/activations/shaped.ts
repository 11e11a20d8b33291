/** Elementwise nonlinearities with constants or learned slopes. */
import { checkOptions } from "../../errors.js";
import {
  celu,
  elu,
  hardshrink,
  hardtanh,
  leakyRelu,
  prelu,
  rrelu,
  softplus,
  softshrink,
  threshold,
} from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { type FactoryOptions, factoryKeys, fullParameter } from "../factory.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { pythonFloat, pythonText } from "../python-text.js";
import type { InplaceOptions } from "./simple.js";

const inplaceText = (inplace: boolean) => (inplace ? ", inplace=True" : "");

/** x where positive, `negativeSlope` x (default 0.01) elsewhere. */
export class LeakyReLU extends Module<[Tensor], Tensor> {
  readonly inplace: boolean;

  constructor(
    readonly negativeSlope = 0.01,
    options: InplaceOptions = {},
  ) {
    super();
    checkOptions("LeakyReLU", options, ["inplace"]);
    this.inplace = options.inplace ?? false;
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? x.leakyRelu_(this.negativeSlope) : leakyRelu(x, this.negativeSlope);
  }

  override extraRepr(): string {
    return `negative_slope=${pythonText(this.negativeSlope)}${inplaceText(this.inplace)}`;
  }
}

/** x where positive, `alpha` (exp(x) - 1) elsewhere; alpha defaults to 1. */
export class ELU extends Module<[Tensor], Tensor> {
  readonly inplace: boolean;

  constructor(
    readonly alpha = 1,
    options: InplaceOptions = {},
  ) {
    super();
    checkOptions("ELU", options, ["inplace"]);
    this.inplace = options.inplace ?? false;
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? x.elu_(this.alpha) : elu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}${inplaceText(this.inplace)}`;
  }
}

/** max(0, x) + min(0, `alpha` (exp(x / alpha) - 1)); alpha defaults to 1. */
export class CELU extends Module<[Tensor], Tensor> {
  readonly inplace: boolean;

  constructor(
    readonly alpha = 1,
    options: InplaceOptions = {},
  ) {
    super();
    checkOptions("CELU", options, ["inplace"]);
    this.inplace = options.inplace ?? false;
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? x.celu_(this.alpha) : celu(x, this.alpha);
  }

  override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}${inplaceText(this.inplace)}`;
  }
}

/** Options of `Hardtanh`. */
export interface HardtanhOptions extends InplaceOptions {
  /** Default -1. */
  minVal?: number;
  /** Default 1. */
  maxVal?: number;
}

/** x cut off at both ends. */
export class Hardtanh extends Module<[Tensor], Tensor> {
  readonly minVal: number;
  readonly maxVal: number;
  readonly inplace: boolean;

  constructor(options: HardtanhOptions = {}) {
    super();
    checkOptions("Hardtanh", options, ["minVal", "maxVal", "inplace"]);
    this.minVal = options.minVal ?? -1;
    this.maxVal = options.maxVal ?? 1;
    this.inplace = options.inplace ?? false;
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? x.hardtanh_(this.minVal, this.maxVal) : hardtanh(x, this.minVal, this.maxVal);
  }

  override extraRepr(): string {
    const { minVal, maxVal, inplace } = this;
    return `min_val=${pythonFloat(minVal)}, max_val=${pythonFloat(maxVal)}${inplaceText(inplace)}`;
  }
}

/** Options of `Softplus`. */
export interface SoftplusOptions {
  /** Sharpness. Default 1. */
  beta?: number;
  /** Above this value of beta x the result is x. Default 20. */
  threshold?: number;
}

/** log(1 + exp(beta x)) / beta. */
export class Softplus extends Module<[Tensor], Tensor> {
  readonly beta: number;
  readonly threshold: number;

  constructor(options: SoftplusOptions = {}) {
    super();
    checkOptions("Softplus", options, ["beta", "threshold"]);
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
  }

  forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return `beta=${pythonFloat(this.beta)}, threshold=${pythonFloat(this.threshold)}`;
  }
}

/** x where |x| exceeds `lambd` (default 0.5), 0 elsewhere. */
export class Hardshrink extends Module<[Tensor], Tensor> {
  constructor(readonly lambd = 0.5) {
    super();
  }

  forward(x: Tensor): Tensor {
    return hardshrink(x, this.lambd);
  }

  override extraRepr(): string {
    return pythonText(this.lambd);
  }
}

/** x moved towards 0 by `lambd` (default 0.5). */
export class Softshrink extends Module<[Tensor], Tensor> {
  constructor(readonly lambd = 0.5) {
    super();
  }

  forward(x: Tensor): Tensor {
    return softshrink(x, this.lambd);
  }

  override extraRepr(): string {
    return pythonText(this.lambd);
  }
}

/** x where it exceeds `threshold`, `value` elsewhere. */
export class Threshold extends Module<[Tensor], Tensor> {
  readonly inplace: boolean;

  constructor(
    readonly threshold: number,
    readonly value: number,
    options: InplaceOptions = {},
  ) {
    super();
    checkOptions("Threshold", options, ["inplace"]);
    this.inplace = options.inplace ?? false;
  }

  forward(x: Tensor): Tensor {
    return this.inplace ? x.threshold_(this.threshold, this.value) : threshold(x, this.threshold, this.value);
  }

  override extraRepr(): string {
    return `threshold=${pythonText(this.threshold)}, value=${pythonText(this.value)}${inplaceText(this.inplace)}`;
  }
}

/** Options of `RReLU`. */
export interface RReLUOptions extends InplaceOptions {
  /** Default 1/8. */
  lower?: number;
  /** Default 1/3. */
  upper?: number;
}

/** Leaky ReLU whose slope is drawn from U(lower, upper) while training. */
export class RReLU extends Module<[Tensor], Tensor> {
  readonly lower: number;
  readonly upper: number;
  readonly inplace: boolean;

  constructor(options: RReLUOptions = {}) {
    super();
    checkOptions("RReLU", options, ["lower", "upper", "inplace"]);
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
    this.inplace = options.inplace ?? false;
  }

  forward(x: Tensor): Tensor {
    const { lower, upper, training } = this;
    return this.inplace ? x.rrelu_(lower, upper, training) : rrelu(x, lower, upper, training);
  }

  override extraRepr(): string {
    return `lower=${pythonText(this.lower)}, upper=${pythonText(this.upper)}${inplaceText(this.inplace)}`;
  }
}

/** Options of `PReLU`. */
export interface PReLUOptions extends FactoryOptions {
  /** Starting slope. Default 0.25. */
  init?: number;
}

/** Leaky ReLU with a learned slope, one for all channels or one for each. Source: He et al. 2015. */
export class PReLU extends Module<[Tensor], Tensor> {
  weight: Parameter;

  constructor(
    readonly numParameters = 1,
    options: PReLUOptions = {},
  ) {
    super();
    checkOptions("PReLU", options, ["init", ...factoryKeys]);
    this.weight = fullParameter([numParameters], options.init ?? 0.25, options);
  }

  forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

declareSingleOp(LeakyReLU, ELU, CELU, Hardtanh, Softplus, Hardshrink, Softshrink, Threshold, RReLU, PReLU);
