/** Rates on a cosine. */
import { checkOptions, ValueError } from "../../errors.js";
import { LRScheduler, type ScheduledOptimizer, type SchedulerOptions, schedulerKeys } from "./scheduler.js";

/** Options of `CosineAnnealingLR`. */
export interface CosineAnnealingLROptions extends SchedulerOptions {
  /** Lowest rate. Default 0. */
  etaMin?: number;
}

/** Options of `CosineAnnealingWarmRestarts`. */
export interface WarmRestartsOptions extends CosineAnnealingLROptions {
  /** Factor of the length of each further cycle, a whole number. Default 1. */
  TMult?: number;
}

/** Half a cosine: 1 at 0, 0 at 1. */
function fall(share: number): number {
  return (1 + Math.cos(Math.PI * share)) / 2;
}

/**
 * From the base rate to `etaMin` in `TMax` epochs on half a cosine (then up again). Source: Loshchilov and Hutter 2017,
 * without restarts.
 */
export class CosineAnnealingLR extends LRScheduler<{ T_max: number; eta_min: number }> {
  constructor(optimizer: ScheduledOptimizer, TMax: number, options: CosineAnnealingLROptions = {}) {
    checkOptions("CosineAnnealingLR", options, ["etaMin", ...schedulerKeys]);
    super(optimizer, options, { T_max: TMax, eta_min: options.etaMin ?? 0 });
    this.start();
  }

  protected override getLr(): number[] {
    const { T_max: TMax, eta_min: etaMin } = this.fields;
    const { lastEpoch } = this;
    if (this.isInitial) return this.groupLrs();
    if (this.stepCount === 1 && lastEpoch > 0) return this.closedForm();
    // At the bottom of the curve the quotient below has no value.
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0) {
      const rise = 1 - fall(1 / TMax);
      return this.groupLrs().map((lr, at) => lr + ((this.baseLrs[at] as number) - etaMin) * rise);
    }
    const quotient = fall(lastEpoch / TMax) / fall((lastEpoch - 1) / TMax);
    return this.groupLrs().map((lr) => quotient * (lr - etaMin) + etaMin);
  }

  protected override closedForm(): number[] {
    const { T_max: TMax, eta_min: etaMin } = this.fields;
    return this.baseLrs.map((lr) => etaMin + (lr - etaMin) * fall(this.lastEpoch / TMax));
  }
}

/**
 * From the base rate to `etaMin` on half a cosine, again and again: the first time in `T0` epochs. `step(epoch)` takes
 * fractions too, such as `epoch + i / batches`. Source: Loshchilov and Hutter 2017.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler<{
  T_0: number;
  T_i: number;
  T_mult: number;
  eta_min: number;
  T_cur: number;
}> {
  constructor(optimizer: ScheduledOptimizer, T0: number, options: WarmRestartsOptions = {}) {
    const where = "CosineAnnealingWarmRestarts";
    checkOptions(where, options, ["TMult", "etaMin", ...schedulerKeys]);
    const { TMult = 1, etaMin = 0, lastEpoch = -1 } = options;
    if (!(Number.isInteger(T0) && T0 > 0))
      throw new ValueError(`${where}: expected T0 a whole number from 1, got ${T0}.`);
    if (!(Number.isInteger(TMult) && TMult > 0)) {
      throw new ValueError(`${where}: expected TMult a whole number from 1, got ${TMult}.`);
    }
    super(optimizer, options, { T_0: T0, T_i: T0, T_mult: TMult, eta_min: etaMin, T_cur: lastEpoch });
    this.start();
  }

  override step(epoch?: number): void {
    if (epoch !== undefined && epoch < 0) {
      throw new ValueError(`CosineAnnealingWarmRestarts.step: expected an epoch from 0, got ${epoch}.`);
    }
    if (epoch !== undefined) this.#jump(epoch);
    else if (this.lastEpoch < 0) this.#jump(0);
    else this.#advance();
    this.apply(this.getLr());
  }

  override begin(): void {
    this.step(0);
  }

  protected override getLr(): number[] {
    const { eta_min: etaMin, T_cur, T_i } = this.fields;
    return this.baseLrs.map((lr) => etaMin + (lr - etaMin) * fall(T_cur / T_i));
  }

  #advance(): void {
    const { fields } = this;
    this.lastEpoch += 1;
    fields.T_cur += 1;
    if (fields.T_cur < fields.T_i) return;
    fields.T_cur %= fields.T_i;
    fields.T_i *= fields.T_mult;
  }

  #jump(epoch: number): void {
    const { fields } = this;
    const { T_0, T_mult } = fields;
    this.lastEpoch = Math.floor(epoch);
    // Cycles that are over: their lengths form a geometric series.
    const done = Math.floor(T_mult === 1 ? epoch / T_0 : Math.log((epoch / T_0) * (T_mult - 1) + 1) / Math.log(T_mult));
    fields.T_i = T_0 * T_mult ** done;
    fields.T_cur = epoch - (T_mult === 1 ? done * T_0 : (T_0 * (T_mult ** done - 1)) / (T_mult - 1));
  }
}
