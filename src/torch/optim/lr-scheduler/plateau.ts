/** Rates that drop when a metric stops getting better. */
import { isTensor } from "../../containers.js";
import { checkOptions, ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { checkChoice } from "../hyper-ranges.js";
import { recordOf } from "../state-dict.js";
import {
  forGroups,
  type SavedValue,
  type Schedule,
  type ScheduledOptimizer,
  type SchedulerState,
} from "./scheduler.js";

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether smaller or larger is better. Default `"min"`. */
  mode?: "min" | "max";
  /** Factor of each drop, below 1. Default 0.1. */
  factor?: number;
  /** Epochs without a better metric that are let pass. Default 10. */
  patience?: number;
  /** How much better counts. Default 1e-4. */
  threshold?: number;
  /** Whether `threshold` is a share of the best metric or a difference. Default `"rel"`. */
  thresholdMode?: "rel" | "abs";
  /** Epochs after a drop that do not count. Default 0. */
  cooldown?: number;
  /** Lowest rate, for all groups or each. Default 0. */
  minLr?: number | readonly number[];
  /** Drops below this are not made. Default 1e-8. */
  eps?: number;
}

const keys: readonly (keyof ReduceLROnPlateauOptions)[] = [
  "mode",
  "factor",
  "patience",
  "threshold",
  "thresholdMode",
  "cooldown",
  "minLr",
  "eps",
];

/** The rate times `factor` when the metric that `step(metric)` is given has not become better for `patience` epochs. */
export class ReduceLROnPlateau implements Schedule {
  /** The state, under the names that it is saved by. */
  readonly #fields: Record<string, SavedValue> & {
    factor: number;
    min_lrs: readonly number[];
    patience: number;
    cooldown: number;
    eps: number;
    last_epoch: number;
    mode: string;
    threshold: number;
    threshold_mode: string;
    best: number;
    cooldown_counter: number;
    num_bad_epochs: number;
    _last_lr: readonly number[];
  };

  constructor(
    readonly optimizer: ScheduledOptimizer,
    options: ReduceLROnPlateauOptions = {},
  ) {
    const where = "ReduceLROnPlateau";
    checkOptions(where, options, keys);
    const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = "rel" } = options;
    const { cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    if (!(factor < 1)) throw new ValueError(`${where}: expected factor below 1, got ${factor}.`);
    checkChoice(where, "mode", mode, ["min", "max"]);
    checkChoice(where, "thresholdMode", thresholdMode, ["rel", "abs"]);
    const worst = mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#fields = {
      factor,
      default_min_lr: typeof minLr === "number" ? minLr : null,
      min_lrs: forGroups(where, "minLr", optimizer, minLr),
      patience,
      cooldown,
      eps,
      last_epoch: 0,
      mode,
      threshold,
      threshold_mode: thresholdMode,
      mode_worse: worst,
      best: worst,
      cooldown_counter: 0,
      num_bad_epochs: 0,
      _last_lr: this.#lrs(),
    };
  }

  /** Steps so far. */
  get lastEpoch(): number {
    return this.#fields.last_epoch;
  }

  /** The best metric so far. */
  get best(): number {
    return this.#fields.best;
  }

  /** Takes the epoch's metric, a number or a tensor with one element. */
  step(metric: number | Tensor = Number.NaN): void {
    const fields = this.#fields;
    const current = isTensor(metric) ? Number(metric.item()) : metric;
    fields.last_epoch += 1;
    if (this.#isBetter(current)) {
      fields.best = current;
      fields.num_bad_epochs = 0;
    } else fields.num_bad_epochs += 1;
    if (fields.cooldown_counter > 0) {
      fields.cooldown_counter -= 1;
      fields.num_bad_epochs = 0;
    }
    if (fields.num_bad_epochs > fields.patience) {
      this.#reduce();
      fields.cooldown_counter = fields.cooldown;
      fields.num_bad_epochs = 0;
    }
    fields._last_lr = this.#lrs();
  }

  /** The rates in use, one for each group. */
  getLastLr(): number[] {
    return [...this.#fields._last_lr];
  }

  /** The state, under Python's keys, without the optimizer (save that too). */
  stateDict(): SchedulerState {
    return { ...this.#fields };
  }

  /** Takes a state, PyTorch's or ours, also as `load` gives it. */
  loadStateDict(state: object): void {
    const saved = Object.entries(recordOf("ReduceLROnPlateau.loadStateDict", state));
    Object.assign(this.#fields, Object.fromEntries(saved.filter(([name]) => name in this.#fields)));
  }

  #lrs(): number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  #isBetter(value: number): boolean {
    const { mode, threshold, threshold_mode, best } = this.#fields;
    const margin = threshold_mode === "abs" ? threshold : Number.isFinite(best) ? best * threshold : 0;
    return mode === "min" ? value < best - margin : value > best + margin;
  }

  #reduce(): void {
    const { factor, min_lrs, eps, default_min_lr } = this.#fields;
    this.optimizer.paramGroups.forEach((group, at) => {
      const lowest = min_lrs[at] ?? (typeof default_min_lr === "number" ? default_min_lr : 0);
      const next = Math.max(group.lr * factor, lowest);
      if (group.lr - next > eps) group.lr = next;
    });
  }
}
