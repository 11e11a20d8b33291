/** Rates times a factor that holds, rises, falls or shrinks from epoch to epoch. */
import { checkOptions, ValueError } from "../../errors.js";
import { LRScheduler, type ScheduledOptimizer, type SchedulerOptions, schedulerKeys } from "./scheduler.js";

/** Options of `ConstantLR`. */
export interface ConstantLROptions extends SchedulerOptions {
  /** The factor at first, 0..1. Default 1/3. */
  factor?: number;
  /** Epoch from which on the rate is whole. Default 5. */
  totalIters?: number;
}

/** Options of `LinearLR`. */
export interface LinearLROptions extends SchedulerOptions {
  /** Factor at epoch 0, above 0, at most 1. Default 1/3. */
  startFactor?: number;
  /** Factor from epoch `totalIters` on, 0..1. Default 1. */
  endFactor?: number;
  /** Default 5. */
  totalIters?: number;
}

/** Options of `PolynomialLR`. */
export interface PolynomialLROptions extends SchedulerOptions {
  /** Epoch at which the rate is 0. Default 5. */
  totalIters?: number;
  /** Default 1: a line. */
  power?: number;
}

/** The rate times `factor` until epoch `totalIters`. */
export class ConstantLR extends LRScheduler<{ factor: number; total_iters: number }> {
  constructor(optimizer: ScheduledOptimizer, options: ConstantLROptions = {}) {
    checkOptions("ConstantLR", options, ["factor", "totalIters", ...schedulerKeys]);
    const { factor = 1 / 3, totalIters = 5 } = options;
    checkFactor("ConstantLR", "factor", factor);
    super(optimizer, options, { factor, total_iters: totalIters });
    this.start();
  }

  protected override getLr(): number[] {
    const { factor, total_iters: totalIters } = this.fields;
    if (this.lastEpoch === 0) return this.scaled(factor);
    return this.lastEpoch === totalIters ? this.scaled(1 / factor) : this.groupLrs();
  }

  protected override closedForm(): number[] {
    const { factor, total_iters: totalIters } = this.fields;
    return this.baseLrs.map((lr) => (this.lastEpoch >= totalIters ? lr : lr * factor));
  }
}

/** The rate times a factor on a line from `startFactor` to `endFactor`. */
export class LinearLR extends LRScheduler<{ start_factor: number; end_factor: number; total_iters: number }> {
  constructor(optimizer: ScheduledOptimizer, options: LinearLROptions = {}) {
    checkOptions("LinearLR", options, ["startFactor", "endFactor", "totalIters", ...schedulerKeys]);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    checkFactor("LinearLR", "startFactor", startFactor);
    if (startFactor === 0) throw new ValueError("LinearLR: expected startFactor above 0, got 0.");
    checkFactor("LinearLR", "endFactor", endFactor);
    super(optimizer, options, { start_factor: startFactor, end_factor: endFactor, total_iters: totalIters });
    this.start();
  }

  protected override getLr(): number[] {
    const { start_factor: startFactor, end_factor: endFactor, total_iters: totalIters } = this.fields;
    if (this.lastEpoch === 0) return this.scaled(startFactor);
    if (this.isInitial || this.lastEpoch > totalIters) return this.groupLrs();
    const rise = endFactor - startFactor;
    return this.scaled(1 + rise / (totalIters * startFactor + (this.lastEpoch - 1) * rise));
  }

  protected override closedForm(): number[] {
    const { start_factor: startFactor, end_factor: endFactor, total_iters: totalIters } = this.fields;
    const share = Math.min(totalIters, this.lastEpoch) / totalIters;
    return this.baseLrs.map((lr) => lr * (startFactor + (endFactor - startFactor) * share));
  }
}

/** The rate times `gamma` every epoch. */
export class ExponentialLR extends LRScheduler<{ gamma: number }> {
  constructor(optimizer: ScheduledOptimizer, gamma: number, options: SchedulerOptions = {}) {
    checkOptions("ExponentialLR", options, schedulerKeys);
    super(optimizer, options, { gamma });
    this.start();
  }

  protected override getLr(): number[] {
    return this.isInitial ? this.groupLrs() : this.scaled(this.fields.gamma);
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * this.fields.gamma ** this.lastEpoch);
  }
}

/** The rate times (1 - epoch / totalIters) ** power. */
export class PolynomialLR extends LRScheduler<{ total_iters: number; power: number }> {
  constructor(optimizer: ScheduledOptimizer, options: PolynomialLROptions = {}) {
    checkOptions("PolynomialLR", options, ["totalIters", "power", ...schedulerKeys]);
    super(optimizer, options, { total_iters: options.totalIters ?? 5, power: options.power ?? 1 });
    this.start();
  }

  protected override getLr(): number[] {
    const { total_iters: totalIters, power } = this.fields;
    if (this.isInitial || this.lastEpoch > totalIters) return this.groupLrs();
    const left = (epoch: number): number => 1 - epoch / totalIters;
    return this.scaled((left(this.lastEpoch) / left(this.lastEpoch - 1)) ** power);
  }

  protected override closedForm(): number[] {
    const { total_iters: totalIters, power } = this.fields;
    return this.baseLrs.map((lr) => lr * (1 - Math.min(totalIters, this.lastEpoch) / totalIters) ** power);
  }
}

function checkFactor(where: string, name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new ValueError(`${where}: expected ${name} from 0 to 1, got ${value}.`);
}
