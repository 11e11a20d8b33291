import { Callback, type TrainingLoop } from "../learner/index.js";
import { nn, OptionError } from "../torch/index.js";

/** Scales gradients so that their common norm is at most `maxNorm` before each step. Source: CBK-13. */
export class GradientClip extends Callback {
  override readonly name = "gradientClip";
  override readonly order = 11; // after mixed precision, which un-scales gradients

  /**
   * @param maxNorm the greatest norm. Default: 1.
   * @param normType which norm; 2 is the Euclidean one. Default: 2.
   */
  constructor(
    readonly maxNorm = 1,
    readonly normType = 2,
  ) {
    super();
    if (!(maxNorm > 0)) throw new OptionError(`GradientClip: expected a norm above 0, got ${maxNorm}.`);
  }

  override beforeStep(learn: TrainingLoop): void {
    nn.utils.clipGradNorm_(learn.model.parameters(), this.maxNorm, { normType: this.normType });
  }
}
