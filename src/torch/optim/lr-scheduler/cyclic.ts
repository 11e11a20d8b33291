/** Rates that go up and down between two bounds. */
import { checkOptions } from "../../errors.js";
import { checkChoice } from "../hyper-ranges.js";
import { setMomentum, usesBeta1 } from "./cycled-momentum.js";
import {
  forGroups,
  LRScheduler,
  type ScheduledOptimizer,
  type SchedulerOptions,
  type SchedulerState,
} from "./scheduler.js";

/** Options of `CyclicLR`. */
export interface CyclicLROptions extends SchedulerOptions {
  /** Steps from the base rate to the largest. Default 2000. */
  stepSizeUp?: number;
  /** Steps back. Default null: as many. */
  stepSizeDown?: number | null;
  /** Peaks stay (`"triangular"`), halve each cycle (`"triangular2"`), or shrink by gamma each step. Default `"triangular"`. */
  mode?: "triangular" | "triangular2" | "exp_range";
  /** For `"exp_range"`. Default 1. */
  gamma?: number;
  /** Height of the peaks by cycle or step, in place of `mode`. */
  scaleFn?: ((x: number) => number) | null;
  /** What `scaleFn` is given. Default `"cycle"`. */
  scaleMode?: "cycle" | "iterations";
  /** Moves momentum the other way. Default true. */
  cycleMomentum?: boolean;
  /** Momentum at the largest rate, for all groups or each. Default 0.8. */
  baseMomentum?: number | readonly number[];
  /** Momentum at the base rate. Default 0.9. */
  maxMomentum?: number | readonly number[];
}

const keys: readonly (keyof CyclicLROptions)[] = [
  "stepSizeUp",
  "stepSizeDown",
  "mode",
  "gamma",
  "scaleFn",
  "scaleMode",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
  "lastEpoch",
];

interface Fields {
  max_lrs: readonly number[];
  total_size: number;
  step_ratio: number;
  mode: string;
  gamma: number;
  scale_mode: string;
  cycle_momentum: boolean;
  use_beta1?: boolean;
  base_momentums: readonly number[];
  max_momentums: readonly number[];
}

/** From `baseLr` to `maxLr` and back, for batches. Each bound is one for all groups or a list. Source: Smith 2017. */
export class CyclicLR extends LRScheduler<Fields> {
  readonly #scaleFn: ((x: number) => number) | null;

  constructor(
    optimizer: ScheduledOptimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options: CyclicLROptions = {},
  ) {
    checkOptions("CyclicLR", options, keys);
    const { stepSizeUp = 2000, stepSizeDown, mode = "triangular", gamma = 1, scaleFn = null, lastEpoch = -1 } = options;
    const { scaleMode = "cycle", cycleMomentum = true, baseMomentum = 0.8, maxMomentum = 0.9 } = options;
    if (scaleFn === null) checkChoice("CyclicLR", "mode", mode, ["triangular", "triangular2", "exp_range"]);
    const each = <T>(name: string, value: T | readonly T[]): T[] => forGroups("CyclicLR", name, optimizer, value);
    const beta1 = cycleMomentum && usesBeta1("CyclicLR", optimizer);
    const baseLrs = each("baseLr", baseLr);
    const total = stepSizeUp + (stepSizeDown ?? stepSizeUp);
    const fields: Fields = {
      max_lrs: each("maxLr", maxLr),
      total_size: total,
      step_ratio: stepSizeUp / total,
      mode,
      gamma,
      scale_mode: scaleFn ? scaleMode : mode === "exp_range" ? "iterations" : "cycle",
      cycle_momentum: cycleMomentum,
      ...(cycleMomentum ? { use_beta1: beta1 } : {}),
      base_momentums: each("baseMomentum", baseMomentum),
      max_momentums: each("maxMomentum", maxMomentum),
    };
    if (lastEpoch === -1) {
      optimizer.paramGroups.forEach((group, at) => {
        group.lr = baseLrs[at] as number; // one for each group, as below
        if (!cycleMomentum) return;
        setMomentum(group, fields.max_momentums[at] as number);
        group.maxMomentum = fields.max_momentums[at] as number;
        group.baseMomentum = fields.base_momentums[at] as number;
      });
    }
    super(optimizer, options, fields);
    this.#scaleFn = scaleFn;
    this.start();
    this.baseLrs = baseLrs;
  }

  protected override getLr(): number[] {
    const { max_lrs, total_size, step_ratio, scale_mode, cycle_momentum, base_momentums, max_momentums } = this.fields;
    const cycle = Math.floor(1 + this.lastEpoch / total_size);
    const x = 1 + this.lastEpoch / total_size - cycle;
    const height = x <= step_ratio ? x / step_ratio : (x - 1) / (step_ratio - 1);
    const scale = height * this.#scale(scale_mode === "cycle" ? cycle : this.lastEpoch);
    if (cycle_momentum) {
      this.optimizer.paramGroups.forEach((group, at) => {
        const [low, high] = [base_momentums[at] as number, max_momentums[at] as number];
        setMomentum(group, high - (high - low) * scale);
      });
    }
    return this.baseLrs.map((base, at) => base + ((max_lrs[at] as number) - base) * scale);
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), _scale_fn_custom: null };
  }

  #scale(x: number): number {
    const { mode, gamma } = this.fields;
    if (this.#scaleFn) return this.#scaleFn(x);
    if (mode === "triangular") return 1;
    return mode === "triangular2" ? 2 ** (1 - x) : gamma ** x;
  }
}
