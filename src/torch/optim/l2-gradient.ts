/** The gradient most rules start from. */
import type { BucketStep } from "./param-buckets.js";
import type { TensorList } from "./tensor-list.js";

/** g, or -g with `maximize`, plus the L2 penalty's gradient `weightDecay * p`. New tensors unless neither applies. */
export function l2Gradient(
  { bucket, grads }: BucketStep,
  { maximize, weightDecay = 0 }: { maximize: boolean; weightDecay?: number },
): TensorList {
  const g = maximize ? grads.neg() : grads;
  return weightDecay === 0 ? g : g.add(bucket.params, { alpha: weightDecay });
}
