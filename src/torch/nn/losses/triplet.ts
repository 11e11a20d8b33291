/** The triplet loss with a distance of one's own. */
import { checkOptions } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { PairwiseDistance } from "../distance.js";
import {
  type TripletDistanceOptions,
  tripletDistanceKeys,
  tripletMarginWithDistanceLoss,
} from "../functional/margin-losses.js";
import type { Reduction } from "../functional/reduction.js";
import { Module } from "../module.js";

/**
 * max(0, d(anchor, positive) - d(anchor, negative) + margin) for a distance d, which is part of the module when it is a
 * module itself.
 */
export class TripletMarginWithDistanceLoss extends Module<
  [anchor: Tensor, positive: Tensor, negative: Tensor],
  Tensor
> {
  distance_function: (a: Tensor, b: Tensor) => Tensor;
  readonly margin: number;
  readonly swap: boolean;
  readonly reduction: Reduction;

  constructor(options: TripletDistanceOptions = {}) {
    super();
    checkOptions("TripletMarginWithDistanceLoss", options, tripletDistanceKeys);
    this.distance_function = options.distanceFunction ?? new PairwiseDistance();
    this.margin = options.margin ?? 1;
    this.swap = options.swap ?? false;
    this.reduction = options.reduction ?? "mean";
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distance_function: distanceFunction, margin, swap, reduction } = this;
    return tripletMarginWithDistanceLoss(anchor, positive, negative, { distanceFunction, margin, swap, reduction });
  }
}
