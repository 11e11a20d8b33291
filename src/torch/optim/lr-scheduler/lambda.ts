/** Rates by functions of the epoch. */
import { checkOptions } from "../../errors.js";
import {
  forGroups,
  LRScheduler,
  type ScheduledOptimizer,
  type SchedulerOptions,
  type SchedulerState,
  schedulerKeys,
} from "./scheduler.js";

/** A factor by epoch. */
export type LrLambda = (epoch: number) => number;

/** What both have in common. Functions are not saved. */
abstract class FunctionLR extends LRScheduler {
  protected readonly lambdas: readonly LrLambda[];

  /** `lrLambda`: one function for all groups, or one for each. */
  constructor(optimizer: ScheduledOptimizer, lrLambda: LrLambda | readonly LrLambda[], options: SchedulerOptions = {}) {
    checkOptions(new.target.name, options, schedulerKeys);
    super(optimizer, options, {});
    this.lambdas = forGroups(new.target.name, "lrLambda", optimizer, lrLambda);
    this.start();
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), lr_lambdas: this.lambdas.map(() => null) };
  }
}

/** The base rate times `lrLambda(epoch)`. */
export class LambdaLR extends FunctionLR {
  protected override getLr(): number[] {
    return this.baseLrs.map((lr, at) => lr * (this.lambdas[at]?.(this.lastEpoch) ?? 1));
  }
}

/** The present rate times `lrLambda(epoch)`, from epoch 1 on. */
export class MultiplicativeLR extends FunctionLR {
  protected override getLr(): number[] {
    if (this.isInitial) return this.groupLrs();
    return this.groupLrs().map((lr, at) => lr * (this.lambdas[at]?.(this.lastEpoch) ?? 1));
  }
}
