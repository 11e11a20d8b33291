import { mapTensors } from "../data/index.js";
import { CancelFit, CancelValid, type TrainingLoop, type Undo } from "../learner/index.js";
import { type Figure, lineChart } from "../show/index.js";
import { checkOptions, getRngState, keep, noGrad, OptionError, setRngState, type Tensor } from "../torch/index.js";
import { type SuggestFunc, type Suggestion, valley } from "./lr-suggestions.js";
import { ParamScheduler } from "./param-scheduler.js";
import { schedExp } from "./schedules.js";

/** Options of `lrFind`. */
export interface LrFindOptions<Name extends string = string> {
  /** The first learning rate: one, or one for each layer group. Default: 1e-7. */
  startLr?: number | readonly number[];
  /** The last learning rate. Default: 10. */
  endLr?: number | readonly number[];
  /** How many iterations there are, at least 6. Default: 100. */
  numIt?: number;
  /** Whether to stop when the loss is four times its best. Default: true. */
  stopDiv?: boolean;
  /** What suggests a learning rate. Default: `valley`; an empty list suggests none. */
  suggestFuncs?: SuggestFunc<Name> | readonly SuggestFunc<Name>[];
}

/** The suggested learning rates by the names of what suggested them, and the chart of the search. */
export type LrFindResult<Name extends string> = Readonly<Record<Name, number>> & { readonly figure: Figure };

/**
 * Trains with an exponentially growing learning rate. Afterwards model, optimizer and random numbers are as they were.
 * Source: SCH-9.
 */
export class LRFinder extends ParamScheduler {
  override readonly name = "lrFinder";
  readonly #numIt: number;
  readonly #stopDiv: boolean;
  #best = Number.POSITIVE_INFINITY;

  constructor(options: Omit<LrFindOptions, "suggestFuncs"> = {}) {
    const { startLr = 1e-7, endLr = 10, numIt = 100, stopDiv = true } = options;
    super({ lr: schedExp(startLr, endLr) });
    this.#numIt = Math.max(6, numIt);
    this.#stopDiv = stopDiv;
  }

  override async beforeFit(learn: TrainingLoop): Promise<Undo> {
    await super.beforeFit(learn);
    this.#best = Number.POSITIVE_INFINITY;
    return remember(learn);
  }

  protected override position(learn: TrainingLoop): number {
    return learn.trainIter / this.#numIt;
  }

  override afterBatch(learn: TrainingLoop): void {
    super.afterBatch(learn);
    const loss = learn.smoothLoss;
    if (loss < this.#best) this.#best = loss;
    if (this.#stopDiv && loss > 4 * this.#best) throw new CancelFit("the loss diverges");
    if (learn.trainIter >= this.#numIt) throw new CancelFit("all learning rates are tried");
  }

  override beforeValidate(): void {
    throw new CancelValid("a search for a learning rate does not validate");
  }
}

/** Copies everything that training changes; returns what puts it back. */
function remember(learn: TrainingLoop): Undo {
  const { model, opt } = learn;
  const copy = <T>(state: T): T => keep(mapTensors(state, (t: Tensor) => t.detach().clone()));
  const weights = copy(model.stateDict());
  const state = opt && copy(opt.stateDict());
  const random = getRngState();
  return () => {
    noGrad(() => model.loadStateDict(weights));
    opt?.zeroGrad();
    if (opt && state) opt.loadStateDict(state);
    setRngState(random);
    for (const tensor of weights.values()) tensor.dispose();
  };
}

/**
 * Searches for a good learning rate by a mock training, which leaves no trace. Returns the suggestions by name and the
 * chart of losses over learning rates. Throws `OptionError` when the loss diverges before there is enough to see.
 * Source: SCH-10.
 *
 * @example
 * const { valley } = await learn.lrFind();
 * await learn.fitOneCycle(3, valley);
 */
export async function lrFind<Name extends string = "valley">(
  learn: TrainingLoop,
  options: LrFindOptions<Name> = {},
): Promise<LrFindResult<Name>> {
  checkOptions("lrFind", options, ["startLr", "endLr", "numIt", "stopDiv", "suggestFuncs"]);
  const { suggestFuncs = valley as SuggestFunc<string> as SuggestFunc<Name>, ...search } = options;
  const numIt = search.numIt ?? 100;
  const nEpoch = Math.floor(numIt / (await learn.countBatches(learn.dls.train))) + 1;
  const trainOnly = learn.cbs.filter((cb) => cb.onlyTrainLoop);
  await learn.removedCbs(trainOnly, () => learn.noLogging(() => learn.fit(nEpoch, { cbs: new LRFinder(search) })));

  const { lrs, losses } = learn.recorder;
  const funcs = [suggestFuncs].flat() as SuggestFunc<Name>[];
  const suggestions = suggest(lrs, losses, numIt, funcs);
  const figure = plotLrFind(learn.recorder, { suggestions });
  const values = Object.fromEntries(suggestions.map(([name, { lr }]) => [name, lr]));
  return { ...values, figure } as LrFindResult<Name>; // the names are those of the functions given
}

function suggest(
  lrs: readonly number[],
  losses: readonly number[],
  numIt: number,
  funcs: readonly SuggestFunc[],
): [name: string, suggestion: Suggestion][] {
  const from = Math.floor(numIt / 10);
  const seen = losses.slice(from, -5);
  const firstNaN = seen.findIndex(Number.isNaN);
  const end = firstNaN === -1 ? seen.length : firstNaN;
  if (end < 2 && funcs.length > 0) {
    throw new OptionError(
      `lrFind: expected more than ${from + 6} iterations before the loss diverges, got ${losses.length}. ` +
        "Pass a smaller startLr, a greater numIt, or { stopDiv: false }.",
    );
  }
  const tried = lrs.slice(from, from + end);
  return funcs.map((func) => [func.suggests ?? func.name, func(tried, seen.slice(0, end), numIt)]);
}

/** Options of `plotLrFind`. */
export interface PlotLrFindOptions {
  /** How many iterations at the end are left out. Default: 5. */
  skipEnd?: number;
  /** Suggestions to mark, by name. */
  suggestions?: readonly (readonly [name: string, suggestion: Suggestion])[];
}

/** The chart of a search: smoothed loss over learning rate. Source: LRN-29. */
export function plotLrFind(
  recorder: { readonly lrs: readonly number[]; readonly losses: readonly number[] },
  options: PlotLrFindOptions = {},
): Figure {
  const { skipEnd = 5, suggestions = [] } = options;
  const end = recorder.lrs.length - skipEnd;
  const series = [{ x: recorder.lrs.slice(0, end), y: recorder.losses.slice(0, end), dots: false }];
  const markers = suggestions.map(([name, { lr }]) => ({ x: lr, label: `${name} ${lr.toExponential(2)}` }));
  return lineChart({
    title: "Learning rate search",
    series,
    xLabel: "Learning rate",
    yLabel: "Loss",
    logX: true,
    markers,
  });
}
