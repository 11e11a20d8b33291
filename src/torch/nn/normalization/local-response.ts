/** Normalisation by what neighbouring channels do. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { type LocalResponseOptions, localResponseKeys, localResponseNorm } from "../functional/local-response.js";
import { Module } from "../module.js";
import { pythonFloat, pythonText } from "../python-text.js";

/** x / (k + alpha m)^beta, where m is the mean of x^2 over `size` neighbouring channels. Shapes: x [N, C, *], kept. */
export class LocalResponseNorm extends Module<[Tensor], Tensor> {
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(
    readonly size: number,
    options: LocalResponseOptions = {},
  ) {
    super();
    checkOptions(new.target.name, options, localResponseKeys);
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }

  forward(x: Tensor): Tensor {
    const { size, alpha, beta, k } = this;
    return localResponseNorm(x, size, { alpha, beta, k });
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${pythonText(this.alpha)}, beta=${pythonText(this.beta)}, k=${pythonFloat(this.k)}`;
  }
}

/** `LocalResponseNorm` over as many channels before as after: an even `size` counts one less. Shapes: x [N, C, H, W]. */
export class CrossMapLRN2d extends LocalResponseNorm {
  override forward(x: Tensor): Tensor {
    const { size, alpha, beta, k } = this;
    const odd = 2 * Math.floor((size - 1) / 2) + 1;
    return localResponseNorm(x, odd, { alpha: (alpha * odd) / size, beta, k });
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${pythonText(this.alpha)}, beta=${pythonText(this.beta)}, k=${pythonText(this.k)}`;
  }
}
