/** Rates that drop at given epochs. */
import { checkOptions } from "../../errors.js";
import { recordOf } from "../state-dict.js";
import { LRScheduler, type ScheduledOptimizer, type SchedulerOptions, schedulerKeys } from "./scheduler.js";

/** Options of `StepLR` and `MultiStepLR`. */
export interface StepLROptions extends SchedulerOptions {
  /** Factor of each drop. Default 0.1. */
  gamma?: number;
}

const keys = ["gamma", ...schedulerKeys];

/** The rate times `gamma` every `stepSize` epochs. */
export class StepLR extends LRScheduler<{ step_size: number; gamma: number }> {
  constructor(optimizer: ScheduledOptimizer, stepSize: number, options: StepLROptions = {}) {
    checkOptions("StepLR", options, keys);
    super(optimizer, options, { step_size: stepSize, gamma: options.gamma ?? 0.1 });
    this.start();
  }

  protected override getLr(): number[] {
    const { step_size: stepSize, gamma } = this.fields;
    return this.lastEpoch === 0 || this.lastEpoch % stepSize !== 0 ? this.groupLrs() : this.scaled(gamma);
  }

  protected override closedForm(): number[] {
    const { step_size: stepSize, gamma } = this.fields;
    return this.baseLrs.map((lr) => lr * gamma ** Math.floor(this.lastEpoch / stepSize));
  }
}

/** The rate times `gamma` at each milestone; an epoch given twice counts twice. */
export class MultiStepLR extends LRScheduler<{ milestones: ReadonlyMap<number, number>; gamma: number }> {
  constructor(optimizer: ScheduledOptimizer, milestones: Iterable<number>, options: StepLROptions = {}) {
    checkOptions("MultiStepLR", options, keys);
    super(optimizer, options, { milestones: countsOf(milestones), gamma: options.gamma ?? 0.1 });
    this.start();
  }

  protected override getLr(): number[] {
    const drops = this.fields.milestones.get(this.lastEpoch) ?? 0;
    return drops === 0 ? this.groupLrs() : this.scaled(this.fields.gamma ** drops);
  }

  protected override closedForm(): number[] {
    const passed = [...this.fields.milestones].filter(([epoch]) => epoch <= this.lastEpoch);
    const drops = passed.reduce((sum, [, count]) => sum + count, 0);
    return this.baseLrs.map((lr) => lr * this.fields.gamma ** drops);
  }

  override loadStateDict(state: object): void {
    super.loadStateDict(state);
    this.fields.milestones = asCounts(this.fields.milestones);
  }
}

function countsOf(epochs: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const epoch of epochs) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  return counts;
}

// What JSON made of a Map has text keys.
function asCounts(value: unknown): Map<number, number> {
  const counts = Object.entries(recordOf("MultiStepLR.loadStateDict", value));
  return new Map(counts.map(([epoch, count]) => [Number(epoch), Number(count)]));
}
