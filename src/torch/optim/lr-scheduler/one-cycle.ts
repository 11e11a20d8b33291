/** The one-cycle policy: up to a large rate, down to a tiny one. */
import { checkOptions, ValueError } from "../../errors.js";
import { checkChoice } from "../hyper-ranges.js";
import { recordsOf } from "../state-dict.js";
import { setMomentum, usesBeta1 } from "./cycled-momentum.js";
import {
  forGroups,
  LRScheduler,
  type ScheduledGroup,
  type ScheduledOptimizer,
  type SchedulerOptions,
} from "./scheduler.js";

/** Options of `OneCycleLR`: `totalSteps`, or `epochs` and `stepsPerEpoch`, must be there. */
export interface OneCycleLROptions extends SchedulerOptions {
  totalSteps?: number;
  epochs?: number;
  stepsPerEpoch?: number;
  /** Share of the steps that go up, 0..1. Default 0.3. */
  pctStart?: number;
  /** Shape of the ways up and down. Default `"cos"`. */
  annealStrategy?: "cos" | "linear";
  /** Moves momentum the other way. Default true. */
  cycleMomentum?: boolean;
  /** Momentum at the largest rate, for all groups or each. Default 0.85. */
  baseMomentum?: number | readonly number[];
  /** Momentum at both ends. Default 0.95. */
  maxMomentum?: number | readonly number[];
  /** The first rate is maxLr / divFactor. Default 25. */
  divFactor?: number;
  /** The last rate is the first / finalDivFactor. Default 1e4. */
  finalDivFactor?: number;
  /** First back to the first rate, then down. Default false. */
  threePhase?: boolean;
}

const keys: readonly (keyof OneCycleLROptions)[] = [
  "totalSteps",
  "epochs",
  "stepsPerEpoch",
  "pctStart",
  "annealStrategy",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
  "divFactor",
  "finalDivFactor",
  "threePhase",
  "lastEpoch",
];

type LrBound = "initial_lr" | "max_lr" | "min_lr";
type MomentumBound = "max_momentum" | "base_momentum";

type Phase = {
  end_step: number;
  start_lr: LrBound;
  end_lr: LrBound;
  start_momentum: MomentumBound;
  end_momentum: MomentumBound;
};

interface Fields {
  total_steps: number;
  _schedule_phases: readonly Phase[];
  _anneal_func_type: string;
  cycle_momentum: boolean;
  use_beta1?: boolean;
}

/** The rates of one training run, for batches. `maxLr`: one for all groups or a list. Source: Smith and Topin 2019. */
export class OneCycleLR extends LRScheduler<Fields> {
  constructor(optimizer: ScheduledOptimizer, maxLr: number | readonly number[], options: OneCycleLROptions = {}) {
    checkOptions("OneCycleLR", options, keys);
    const {
      pctStart = 0.3,
      annealStrategy = "cos",
      cycleMomentum = true,
      threePhase = false,
      lastEpoch = -1,
    } = options;
    const totalSteps = stepsOf(options);
    if (!(pctStart >= 0 && pctStart <= 1)) {
      throw new ValueError(`OneCycleLR: expected pctStart from 0 to 1, got ${pctStart}.`);
    }
    checkChoice("OneCycleLR", "annealStrategy", annealStrategy, ["cos", "linear"]);
    const beta1 = cycleMomentum && usesBeta1("OneCycleLR", optimizer);
    if (lastEpoch === -1) setBounds(optimizer, maxLr, cycleMomentum, options);
    super(optimizer, options, {
      total_steps: totalSteps,
      _schedule_phases: phases(totalSteps, pctStart, threePhase),
      _anneal_func_type: annealStrategy,
      cycle_momentum: cycleMomentum,
      ...(cycleMomentum ? { use_beta1: beta1 } : {}),
    });
    this.start();
  }

  protected override getLr(): number[] {
    const { total_steps, _schedule_phases, cycle_momentum } = this.fields;
    const step = this.lastEpoch;
    if (step > total_steps) {
      throw new ValueError(`OneCycleLR.step: expected at most ${total_steps} steps, got step ${step}.`);
    }
    const last = _schedule_phases.length - 1;
    const at = _schedule_phases.findIndex(({ end_step }, i) => step <= end_step || i === last);
    const phase = _schedule_phases[at] as Phase; // the last one always fits
    const from = _schedule_phases[at - 1]?.end_step ?? 0;
    const pct = (step - from) / (phase.end_step - from);
    return this.optimizer.paramGroups.map((group) => {
      const bounds = boundsOf(group);
      if (cycle_momentum) {
        setMomentum(group, this.#anneal(bounds[phase.start_momentum], bounds[phase.end_momentum], pct));
      }
      return this.#anneal(bounds[phase.start_lr], bounds[phase.end_lr], pct);
    });
  }

  override loadStateDict(state: object): void {
    super.loadStateDict(state);
    // In a file each phase is a dictionary.
    this.fields._schedule_phases = recordsOf("OneCycleLR.loadStateDict", this.fields._schedule_phases) as Phase[];
  }

  #anneal(start: number, end: number, pct: number): number {
    if (this.fields._anneal_func_type === "linear") return (end - start) * pct + start;
    return end + ((start - end) / 2) * (Math.cos(Math.PI * pct) + 1);
  }
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  const steps = totalSteps ?? (epochs ?? Number.NaN) * (stepsPerEpoch ?? Number.NaN);
  if (Number.isInteger(steps) && steps > 0) return steps;
  throw new ValueError(
    "OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch, whole numbers from 1, got " +
      `${totalSteps}, ${epochs} and ${stepsPerEpoch}.`,
  );
}

/** Leaves the bounds in the groups, where they are saved with the optimizer. */
function setBounds(
  optimizer: ScheduledOptimizer,
  maxLr: number | readonly number[],
  cycleMomentum: boolean,
  { baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4 }: OneCycleLROptions,
): void {
  const each = (name: string, value: number | readonly number[]) => forGroups("OneCycleLR", name, optimizer, value);
  const [lrs, low, high] = [each("maxLr", maxLr), each("baseMomentum", baseMomentum), each("maxMomentum", maxMomentum)];
  optimizer.paramGroups.forEach((group, at) => {
    const lr = lrs[at] as number; // one for each group, as below
    const initialLr = lr / divFactor;
    Object.assign(group, { initialLr, maxLr: lr, minLr: initialLr / finalDivFactor });
    if (!cycleMomentum) return;
    const [baseMomentum, maxMomentum] = [low[at] as number, high[at] as number];
    Object.assign(group, { baseMomentum, maxMomentum });
    setMomentum(group, maxMomentum);
  });
}

function boundsOf(group: ScheduledGroup): Record<LrBound | MomentumBound, number> {
  const { initialLr = group.lr, maxLr = group.lr, minLr = group.lr, baseMomentum = 0, maxMomentum = 0 } = group;
  const momentum = { base_momentum: baseMomentum, max_momentum: maxMomentum };
  return { initial_lr: initialLr, max_lr: maxLr, min_lr: minLr, ...momentum };
}

function phases(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const momentum = (start_momentum: MomentumBound, end_momentum: MomentumBound) => ({ start_momentum, end_momentum });
  const [falling, rising] = [momentum("max_momentum", "base_momentum"), momentum("base_momentum", "max_momentum")];
  const top = pctStart * totalSteps;
  const up: Phase = { end_step: top - 1, start_lr: "initial_lr", end_lr: "max_lr", ...falling };
  const end_step = totalSteps - 1;
  if (!threePhase) return [up, { end_step, start_lr: "max_lr", end_lr: "min_lr", ...rising }];
  return [
    up,
    { end_step: 2 * top - 2, start_lr: "max_lr", end_lr: "initial_lr", ...rising },
    { end_step, start_lr: "initial_lr", end_lr: "min_lr", ...momentum("max_momentum", "max_momentum") },
  ];
}
