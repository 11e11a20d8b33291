/** The schedule of stochastic weight averaging: to one rate, and on at it. */
import { checkOptions, ValueError } from "../../errors.js";
import { checkChoice } from "../hyper-ranges.js";
import { forGroups, LRScheduler, type ScheduledOptimizer, type SchedulerOptions } from "../lr-scheduler/scheduler.js";

/** Options of `SWALR`. */
export interface SWALROptions extends SchedulerOptions {
  /** Epochs on the way to the rate. Default 10. */
  annealEpochs?: number;
  /** Shape of the way. Default `"cos"`. */
  annealStrategy?: "cos" | "linear";
}

/** From the present rate to `swaLr` (one for all groups or a list), where it stays. Source: Izmailov et al. 2018. */
export class SWALR extends LRScheduler<{ _anneal_strategy: string; anneal_epochs: number }> {
  constructor(optimizer: ScheduledOptimizer, swaLr: number | readonly number[], options: SWALROptions = {}) {
    checkOptions("SWALR", options, ["annealEpochs", "annealStrategy", "lastEpoch"]);
    const { annealEpochs = 10, annealStrategy = "cos" } = options;
    checkChoice("SWALR", "annealStrategy", annealStrategy, ["cos", "linear"]);
    if (!(Number.isInteger(annealEpochs) && annealEpochs >= 0)) {
      throw new ValueError(`SWALR: expected annealEpochs a whole number from 0, got ${annealEpochs}.`);
    }
    const rates = forGroups("SWALR", "swaLr", optimizer, swaLr);
    optimizer.paramGroups.forEach((group, at) => {
      group.swaLr = rates[at] as number; // one for each group
    });
    super(optimizer, options, { _anneal_strategy: annealStrategy, anneal_epochs: annealEpochs });
    this.start();
  }

  protected override getLr(): number[] {
    const { anneal_epochs } = this.fields;
    const step = anneal_epochs === 0 ? Math.max(1, this.stepCount - 1) : this.stepCount - 1;
    const [before, now] = [this.#share(step - 1), this.#share(step)];
    return this.optimizer.paramGroups.map(({ lr, swaLr = lr }) => {
      // Where the way began: the rate that `before` of the way has led from.
      const start = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + start * (1 - now);
    });
  }

  #share(step: number): number {
    const { anneal_epochs, _anneal_strategy } = this.fields;
    const t = Math.max(0, Math.min(1, step / Math.max(1, anneal_epochs)));
    return _anneal_strategy === "cos" ? (1 - Math.cos(Math.PI * t)) / 2 : t;
  }
}
