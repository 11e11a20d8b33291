/** Activations over a dimension. */
import { checkOptions } from "../../errors.js";
import { glu, logSoftmax, softmax } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { softmin } from "../functional/activations.js";
import { Module } from "../module.js";

/** exp(x) / sum(exp(x)) over dimension `dim`. */
export class Softmax extends Module<[Tensor], Tensor> {
  constructor(readonly dim: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** log(softmax(x)) over dimension `dim`. */
export class LogSoftmax extends Module<[Tensor], Tensor> {
  constructor(readonly dim: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** softmax(-x) over dimension `dim`. */
export class Softmin extends Module<[Tensor], Tensor> {
  constructor(readonly dim: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** Softmax over the channels of [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return softmax(x, -3);
  }
}

/** Options of `GLU`. */
export interface GLUOptions {
  /** The dimension that is halved. Default -1. */
  dim?: number;
}

/** First half times sigmoid of the second half. */
export class GLU extends Module<[Tensor], Tensor> {
  readonly dim: number;

  constructor(options: GLUOptions = {}) {
    super();
    checkOptions("GLU", options, ["dim"]);
    this.dim = options.dim ?? -1;
  }

  forward(x: Tensor): Tensor {
    return glu(x, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

declareSingleOp(Softmax, LogSoftmax, Softmax2d, GLU);
