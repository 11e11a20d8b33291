/** What the rules of Adam's family share: running averages of the gradient and of its square. */
import { decayFactor, notNegative } from "./hyper-ranges.js";
import { l2Gradient } from "./l2-gradient.js";
import type { BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** Hyper-parameters of the family. Defaults of `lr` and `weightDecay` are each rule's. */
export interface MomentHypers {
  /** Learning rate. */
  lr: number;
  /** Decay of the averages of gradient and squared gradient. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the denominator, after the square root. Default 1e-8. */
  eps: number;
  /** L2 penalty: `weightDecay * p` is added to the gradient; or decoupled decay, where the rule says so. */
  weightDecay: number;
  /** Go up the gradient. Default false. */
  maximize: boolean;
}

/** The same with a choice of the place of weight decay. */
export interface DecoupledHypers extends MomentHypers {
  /** Shrink the parameters by lr * weightDecay instead of adding the penalty to the gradient. Default false. */
  decoupledWeightDecay: boolean;
}

/** Defaults that all share; no rule's `lr`. */
export const momentDefaults = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false } as const;

/** Their bounds. */
export const momentRanges = {
  lr: notNegative,
  betas: decayFactor,
  eps: notNegative,
  weightDecay: notNegative,
} as const;

/** Statistics and counter. */
export type Moments = { step: number; expAvg: TensorList; expAvgSq: TensorList };

/** Both averages at zero. */
export function zeroMoments(params: TensorList): Moments {
  return { step: 0, expAvg: params.zerosLike(), expAvgSq: params.zerosLike() };
}

/** Counts a step, decays the parameters, and takes the gradient into both averages. Returns the gradient. */
export function takeMoments(step: BucketStep, hypers: DecoupledHypers): TensorList {
  const { lr, betas, weightDecay, decoupledWeightDecay, maximize } = hypers;
  const [beta1, beta2] = betas;
  const state = step.bucket.state as Moments; // what `zeroMoments` made
  const g = l2Gradient(step, { maximize, weightDecay: decoupledWeightDecay ? 0 : weightDecay });
  if (decoupledWeightDecay) step.bucket.params.mul_(1 - lr * weightDecay);
  state.step += 1;
  state.expAvg.lerp_(g, 1 - beta1);
  state.expAvgSq.mul_(beta2).addcmul_(g, g, 1 - beta2);
  return g;
}
