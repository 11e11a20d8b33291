/** How weights are averaged: parameter by parameter, or as lists by one kernel. */
import { noGrad } from "../../autograd.js";
import { isFloatingPoint } from "../../dtype.js";
import { ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { kernel } from "../foreach.js";

/** The new average of one parameter. `numAveraged`: how many models are in `averaged`. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: number) => Tensor;

/** Updates averages in place: lists of one dtype and device. */
export type MultiAvgFn = (averaged: readonly Tensor[], current: readonly Tensor[], numAveraged: number) => void;

/** The mean of all models, as {@link AvgFn}. */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, numAveraged) => averaged.add(current.sub(averaged).div(numAveraged + 1));
}

/** decay * average + (1 - decay) * current, as {@link AvgFn}. Default decay 0.999. */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  checkDecay("getEmaAvgFn", decay);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** The mean of all models, as {@link MultiAvgFn}. */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return (averaged, current, numAveraged) => moveTowards(averaged, current, 1 / (numAveraged + 1));
}

/** decay * average + (1 - decay) * current, as {@link MultiAvgFn}. Default decay 0.999. */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  checkDecay("getEmaMultiAvgFn", decay);
  return (averaged, current) => moveTowards(averaged, current, 1 - decay);
}

function moveTowards(averaged: readonly Tensor[], current: readonly Tensor[], weight: number): void {
  noGrad(() => {
    const [first] = averaged;
    if (first && isFloatingPoint(first.dtype)) kernel("_foreach_lerp_", "Scalar")(averaged, current, weight);
    else
      for (const [at, own] of averaged.entries()) own.copy_(own.mul(1 - weight).add((current[at] ?? own).mul(weight)));
  });
}

function checkDecay(where: string, decay: number): void {
  if (!(decay >= 0 && decay <= 1)) throw new ValueError(`${where}: expected a decay from 0 to 1, got ${decay}.`);
}
