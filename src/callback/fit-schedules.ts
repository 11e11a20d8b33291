import { type Callbacks, callbackList, type FitOptions, lrFirst, type TrainingLoop } from "../learner/index.js";
import type { HyperValue } from "../optimizer/index.js";
import { checkOptions, slice } from "../torch/index.js";
import { ParamScheduler } from "./param-scheduler.js";
import { combinedCos, combineScheds, type Schedule, schedCos } from "./schedules.js";

/** Options of `fitOneCycle`. */
export interface FitOneCycleOptions extends Omit<FitOptions, "lr"> {
  /** The greatest learning rate. Default: the learner's. */
  lrMax?: HyperValue;
  /** The first learning rate is `lrMax / div`. Default: 25. */
  div?: number;
  /** The last learning rate is `lrMax / divFinal`. Default: 1e5. */
  divFinal?: number;
  /** Share of the fit in which the learning rate rises. Default: 0.25. */
  pctStart?: number;
  /** Momentum at the start, the middle and the end. Default: the learner's, [0.95, 0.85, 0.95]. */
  moms?: readonly [number, number, number];
}

/** Options of `fitFlatCos`. */
export interface FitFlatCosOptions extends FitOptions {
  /** The last learning rate is `lr / divFinal`. Default: 1e5. */
  divFinal?: number;
  /** Share of the fit with a flat learning rate. Default: 0.75. */
  pctStart?: number;
}

/** Options of `fitSgdr`. */
export interface FitSgdrOptions extends Omit<FitOptions, "lr"> {
  /** The learning rate each cycle starts from. Default: the learner's. */
  lrMax?: HyperValue;
  /** How many times longer each cycle is than the one before. Default: 2. */
  cycleMult?: number;
}

/** Options of `fineTune`. */
export interface FineTuneOptions extends Omit<FitOneCycleOptions, "lrMax"> {
  /** The learning rate of the frozen phase; half of it is the greatest afterwards. Default: 2e-3. */
  baseLr?: number;
  /** Epochs with all but the last layer group frozen. Default: 1. */
  freezeEpochs?: number;
  /** The first layer group learns so many times slower than the last. Default: 100. */
  lrMult?: number;
}

const fitKeys = ["wd", "cbs", "resetOpt", "startEpoch"] as const;
const oneCycleKeys = [...fitKeys, "lrMax", "div", "divFinal", "pctStart", "moms"];

/** The learning rate of each layer group after it has been set to `lr`. */
function groupLrs(learn: TrainingLoop, lr: HyperValue): number[] {
  const opt = learn.opt ?? learn.createOpt();
  opt.setHyper("lr", lr);
  return opt.hypers.map((hyper) => hyper.lr ?? Number.NaN);
}

function withSchedule(scheds: Record<string, Schedule>, cbs: Callbacks): Callbacks {
  return [new ParamScheduler(scheds), ...callbackList(cbs)];
}

/**
 * Trains by the one-cycle policy: the learning rate rises by a cosine from `lrMax / div` to `lrMax` and falls to
 * `lrMax / divFinal`, while the momentum (of optimizers that have one) falls and rises. Source: SCH-5.
 */
export async function fitOneCycle(
  learn: TrainingLoop,
  nEpoch: number,
  lrOrOptions?: HyperValue | FitOneCycleOptions,
  more?: FitOneCycleOptions,
): Promise<void> {
  const options = lrFirst<FitOneCycleOptions>("lrMax", lrOrOptions, more);
  checkOptions("fitOneCycle", options, oneCycleKeys);
  const { lrMax = learn.lr, div = 25, divFinal = 1e5, pctStart = 0.25, moms = learn.moms, cbs, ...rest } = options;
  const lrs = groupLrs(learn, lrMax);
  const scheds: Record<string, Schedule> = {
    lr: combinedCos(pctStart, divided(lrs, div), lrs, divided(lrs, divFinal)),
  };
  if ("mom" in (learn.opt?.hypers[0] ?? {})) scheds.mom = combinedCos(pctStart, ...moms);
  await learn.fit(nEpoch, { ...rest, cbs: withSchedule(scheds, cbs) });
}

/** Trains at a flat learning rate for `pctStart` of the fit, then down a cosine to `lr / divFinal`. Source: SCH-6, QRK-3. */
export async function fitFlatCos(
  learn: TrainingLoop,
  nEpoch: number,
  lrOrOptions?: HyperValue | FitFlatCosOptions,
  more?: FitFlatCosOptions,
): Promise<void> {
  const options = lrFirst<FitFlatCosOptions>("lr", lrOrOptions, more);
  checkOptions("fitFlatCos", options, [...fitKeys, "lr", "divFinal", "pctStart"]);
  const { lr = learn.lr, divFinal = 1e5, pctStart = 0.75, cbs, ...rest } = options;
  const lrs = groupLrs(learn, lr);
  const scheds = { lr: combinedCos(pctStart, lrs, lrs, divided(lrs, divFinal)) };
  await learn.fit(nEpoch, { ...rest, cbs: withSchedule(scheds, cbs) });
}

/** Trains in cycles, each a cosine from `lrMax` to 0, each `cycleMult` times as long as the one before. Source: SCH-7. */
export async function fitSgdr(
  learn: TrainingLoop,
  nCycles: number,
  cycleLen: number,
  lrOrOptions?: HyperValue | FitSgdrOptions,
  more?: FitSgdrOptions,
): Promise<void> {
  const options = lrFirst<FitSgdrOptions>("lrMax", lrOrOptions, more);
  checkOptions("fitSgdr", options, [...fitKeys, "lrMax", "cycleMult"]);
  const { lrMax = learn.lr, cycleMult = 2, cbs, ...rest } = options;
  const lengths = Array.from({ length: nCycles }, (_, i) => cycleLen * cycleMult ** i);
  const nEpoch = lengths.reduce((sum, length) => sum + length, 0);
  const lrs = groupLrs(learn, lrMax);
  const zeros = lrs.map(() => 0);
  const pcts = lengths.map((length) => length / nEpoch);
  const scheds = {
    lr: combineScheds(
      pcts,
      pcts.map(() => schedCos(lrs, zeros)),
    ),
  };
  await learn.fit(nEpoch, { ...rest, cbs: withSchedule(scheds, cbs) });
}

/**
 * Trains a pretrained model: first the last layer group alone, then all of it at half the learning rate, spread from
 * `baseLr / lrMult` for the first group to `baseLr` for the last. Source: SCH-8.
 */
export async function fineTune(
  learn: TrainingLoop,
  epochs: number,
  lrOrOptions?: number | FineTuneOptions,
  more?: FineTuneOptions,
): Promise<void> {
  const options = lrFirst<FineTuneOptions>("baseLr", lrOrOptions, more);
  checkOptions("fineTune", options, [
    ...oneCycleKeys.filter((key) => key !== "lrMax"),
    "baseLr",
    "freezeEpochs",
    "lrMult",
  ]);
  const { baseLr = 2e-3, freezeEpochs = 1, lrMult = 100, pctStart = 0.3, div = 5, ...rest } = options;
  learn.freeze();
  await fitOneCycle(learn, freezeEpochs, { ...rest, lrMax: slice(baseLr), pctStart: 0.99 });
  learn.unfreeze();
  await fitOneCycle(learn, epochs, { ...rest, lrMax: slice(baseLr / 2 / lrMult, baseLr / 2), pctStart, div });
}

function divided(values: readonly number[], by: number): number[] {
  return values.map((value) => value / by);
}
