/** Random zeros while training. */
import { checkTensor } from "../checks.js";
import { checkOptions, ValueError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { declareSingleOp } from "./callable.js";
import { Module } from "./module.js";
import { PreparedOp } from "./prepared-op.js";
import { pythonText } from "./python-text.js";

/** Options of the dropout layers. */
export interface DropoutOptions {
  /** Whether to change the input instead of returning a new tensor. Default false. */
  inplace?: boolean;
}

/** What the dropout layers share. */
export abstract class DropoutBase extends Module<[Tensor], Tensor> {
  readonly inplace: boolean;

  constructor(
    public p = 0.5,
    options: DropoutOptions = {},
  ) {
    super();
    checkOptions(new.target.name, options, ["inplace"]);
    if (!(p >= 0 && p <= 1)) throw new ValueError(`${new.target.name}: expected a probability from 0 to 1, got ${p}.`);
    this.inplace = options.inplace ?? false;
  }

  /** Calls the kernel, which takes the input, the probability and whether this is training. */
  protected drop(op: PreparedOp, x: Tensor): Tensor {
    op.begin(3);
    op.tensor(x);
    op.float(this.p);
    op.bool(this.training);
    return op.run(x);
  }

  override extraRepr(): string {
    return `p=${pythonText(this.p)}, inplace=${pythonText(this.inplace)}`;
  }
}

const dropoutOp = new PreparedOp("dropout");
const featureDropoutOp = new PreparedOp("feature_dropout");
const alphaDropoutOp = new PreparedOp("alpha_dropout");
const featureAlphaDropoutOp = new PreparedOp("feature_alpha_dropout");

/** While training, zeroes each element with probability p and scales the rest by 1/(1-p). */
export class Dropout extends DropoutBase {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.dropout_(this.p, this.training) : this.drop(dropoutOp, x);
  }
}

/** Zeroes whole channels of [N, C, L]. */
export class Dropout1d extends DropoutBase {
  forward(x: Tensor): Tensor {
    checkTensor("Dropout1d.forward", x);
    const batch = x.ndim < 3 ? x.unsqueeze(0) : x;
    const out = this.inplace ? batch.featureDropout_(this.p, this.training) : this.drop(featureDropoutOp, batch);
    return batch === x ? out : out.squeeze(0);
  }
}

/** Zeroes whole channels of [N, C, H, W]. */
export class Dropout2d extends DropoutBase {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.featureDropout_(this.p, this.training) : this.drop(featureDropoutOp, x);
  }
}

/** Zeroes whole channels of [N, C, D, H, W]. */
export class Dropout3d extends DropoutBase {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.featureDropout_(this.p, this.training) : this.drop(featureDropoutOp, x);
  }
}

/** Dropout that keeps mean and variance of SELU activations. */
export class AlphaDropout extends DropoutBase {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.alphaDropout_(this.p, this.training) : this.drop(alphaDropoutOp, x);
  }
}

/** `AlphaDropout` of whole channels. */
export class FeatureAlphaDropout extends DropoutBase {
  forward(x: Tensor): Tensor {
    return this.inplace ? x.featureAlphaDropout_(this.p, this.training) : this.drop(featureAlphaDropoutOp, x);
  }
}

declareSingleOp(Dropout, Dropout2d, Dropout3d, AlphaDropout, FeatureAlphaDropout);
