/** fastai's optimizer: steppers over layer groups, with state by parameter. */
import { keep, noGrad, scope, Tensor, ValueError, zeroGrads } from "../torch/index.js";
import {
  counterOf,
  ourKeys,
  ParamBuckets,
  type ParamState,
  pythonKeys,
  recordOf,
  recordsOf,
  TensorList,
} from "../torch/optim/index.js";
import { BaseOptimizer, type LayerGroups, layerGroups, type ParamFlags } from "./base-optimizer.js";
import { type HyperValue, spreadHyper } from "./hypers.js";
import type { AnyStepper, StepContext, StepHypers, StepState } from "./stepper.js";

/** State of one parameter in a file, keys in Python's spelling (`grad_avg`, `sqr_avg`, `step`, `do_wd`, `force_train`). */
export type SavedParamState = Record<string, Tensor | number | boolean>;

/** An optimizer's state as fastai lays it out: one record for each parameter, one for each group. Source: OPT-5. */
export interface OptimizerStateDict {
  state: SavedParamState[];
  hypers: Record<string, number>[];
}

/**
 * A list of steppers over layer groups: each step runs every stepper over every list of parameters that have gradients.
 * Groups with equal hyper-parameters and flags are stepped as one list. Parameters without a gradient are left alone.
 * Every optimizer has `lr`, `mom` and `wd`, which schedules set (1e-3, 0 and 0 unless given), whether a stepper reads them
 * or not. The first step warns of other hyper-parameters that no stepper declares and none read. Source: OPT-1 to OPT-6.
 *
 * @example
 * const adamw = (params: LayerGroups, hypers: Record<string, HyperValue>) =>
 *   new Optimizer(params, [weightDecay, averageGrad({ dampening: true }), averageSqrGrad(), stepStat, adamStep], hypers);
 */
export class Optimizer extends BaseOptimizer {
  readonly paramLists: readonly (readonly Tensor[])[];
  readonly steppers: readonly AnyStepper[];
  readonly #hypers: StepHypers[];
  readonly #params: readonly Tensor[];
  readonly #groupOf: readonly number[];
  readonly #buckets: ParamBuckets;
  #flagChanges = 0;
  /** Hyper-parameters of the constructor that no stepper declares, until the first step shows which are read. */
  #undeclared: Set<string>;

  constructor(
    params: LayerGroups,
    steppers: AnyStepper | readonly AnyStepper[],
    hypers: Readonly<Record<string, HyperValue | undefined>> = {},
  ) {
    super();
    this.paramLists = layerGroups("Optimizer", params);
    this.steppers = Array.isArray(steppers) ? steppers : [steppers as AnyStepper];
    this.#params = this.paramLists.flat();
    this.#groupOf = this.paramLists.flatMap((group, at) => group.map(() => at));
    this.#buckets = new ParamBuckets(this.#params);
    this.#hypers = this.paramLists.map(() => ({}));
    this.#checkNeeds();
    const declared = [{ lr: 1e-3, mom: 0, wd: 0 }, ...this.steppers.map((stepper) => stepper.defaults ?? {})];
    const known = new Set(declared.flatMap(Object.keys));
    const given = Object.keys(hypers).filter((name) => hypers[name] !== undefined);
    this.#undeclared = new Set(given.filter((name) => !known.has(name)));
    for (const values of [...declared, hypers]) {
      for (const [name, value] of Object.entries(values)) {
        if (value !== undefined) this.writeHyper(name, spreadHyper(name, value, this.#hypers.length));
      }
    }
  }

  override get hypers(): readonly StepHypers[] {
    return this.#hypers;
  }

  /** Statistics, counters of a parameter, by name. Empty before its first step. */
  stateOf(param: Tensor): Readonly<ParamState> {
    return this.#buckets.states()[this.#params.indexOf(param)] ?? {};
  }

  override setFlags(params: Iterable<Tensor>, flags: ParamFlags): void {
    super.setFlags(params, flags);
    this.#flagChanges += 1;
  }

  /** Sets every gradient to null (fastai fills them with zeros), so `step` leaves alone what a batch does not reach. */
  override zeroGrad(): void {
    zeroGrads(this.#params);
  }

  override step(): void {
    noGrad(() => scope(() => this.#step()));
  }

  override clearState(): void {
    this.#buckets.clear();
  }

  override stateDict(): OptimizerStateDict {
    const state = this.#buckets.states().map((own, at) => {
      const { doWd, forceTrain } = this.flagsOf(this.#params[at] as Tensor);
      const flags: SavedParamState = {};
      if (doWd !== undefined) flags.do_wd = doWd;
      if (forceTrain !== undefined) flags.force_train = forceTrain;
      return { ...flags, ...pythonKeys(own) };
    });
    return { state, hypers: this.#hypers.map((hyper) => pythonKeys(hyper)) };
  }

  /** Takes what `stateDict` gave, also as `load` reads it from a file, in Maps; tensors are copied. Source: OPT-5. */
  override loadStateDict(dict: object): void {
    const where = "Optimizer.loadStateDict";
    const { state, hypers } = recordOf(where, dict);
    const [states, groups] = [recordsOf(where, state), recordsOf(where, hypers)];
    this.#checkCount("parameter groups", this.#hypers.length, groups.length);
    this.#checkCount("parameters", this.#params.length, states.length);
    groups.forEach((saved, at) => {
      for (const [name, value] of Object.entries(ourKeys(saved))) {
        (this.#hypers[at] as StepHypers)[name] = counterOf(value);
      }
    });
    this.#buckets.setStates(states.map((saved, at) => this.#loaded(this.#params[at] as Tensor, saved)));
  }

  protected override writeHyper(name: string, values: readonly number[]): void {
    this.#hypers.forEach((hyper, at) => {
      hyper[name] = values[at] as number;
    });
  }

  #step(): void {
    const merged = this.#hypers.map((hyper) => this.#hypers.findIndex((other) => sameHypers(other, hyper)));
    const steps = this.#buckets.collect({
      signature: `${this.#flagChanges}:${merged.join()}`,
      keyOf: (index) => `${merged[this.#groupOf[index] as number]}${this.#doWd(index)}`,
      init: (params) => this.#init(params),
    });
    for (const { bucket, grads } of steps) {
      const first = bucket.indices[0] as number;
      const { params, state } = bucket;
      const given = this.#hypers[this.#groupOf[first] as number] as StepHypers;
      const hyper = this.#undeclared.size > 0 ? noting(given, this.#undeclared) : given;
      const context = { params, grads, state, hyper, doWd: this.#doWd(first) };
      // The steppers' declared hypers and state are there: from defaults, constructor and `init` (see #checkNeeds).
      for (const stepper of this.steppers) stepper.step(context as StepContext<never, never>);
    }
    if (this.#undeclared.size > 0 && steps.length > 0) this.#warnOfUnread();
  }

  #warnOfUnread(): void {
    const names = this.steppers.map((stepper) => stepper.name).join(", ");
    for (const name of this.#undeclared) {
      process.emitWarning(
        `Optimizer: the hyper-parameter ${name} was given, but the first step did not read it. Check its name: the steppers ` +
          `are ${names}, the hyper-parameters ${Object.keys(this.#hypers[0] ?? {}).join(", ")}.`,
      );
    }
    this.#undeclared.clear();
  }

  #doWd(index: number): boolean {
    return this.flagsOf(this.#params[index] as Tensor).doWd !== false;
  }

  #init(params: TensorList): StepState {
    const state: StepState = {};
    for (const stepper of this.steppers) Object.assign(state, stepper.init?.(params));
    return state;
  }

  #loaded(param: Tensor, saved: Readonly<Record<string, unknown>>): ParamState {
    const { do_wd, force_train, ...rest } = saved;
    if (typeof do_wd === "boolean") this.setFlags([param], { doWd: do_wd });
    if (typeof force_train === "boolean") this.setFlags([param], { forceTrain: force_train });
    const counters = this.#init(new TensorList());
    const entries = Object.entries(ourKeys(rest)).map(([name, value]): [string, Tensor | number] => [
      name,
      value instanceof Tensor && typeof counters[name] !== "number" ? ownCopy(value, param) : counterOf(value),
    ]);
    return Object.fromEntries(entries);
  }

  #checkCount(what: string, expected: number, got: number): void {
    if (expected === got) return;
    throw new ValueError(
      `Optimizer.loadStateDict: expected ${expected} ${what}, got ${got}. Build the optimizer over the saved model's groups.`,
    );
  }

  #checkNeeds(): void {
    const kept = new Set<string>();
    for (const stepper of this.steppers) {
      const { name, needs = [] } = stepper;
      for (const stat of Object.keys(stepper.init?.(new TensorList()) ?? {})) kept.add(stat);
      const missing = needs.filter((need) => !kept.has(need));
      if (missing.length > 0) {
        const names = this.steppers.map((stepper) => stepper.name).join(", ");
        throw new ValueError(
          `Optimizer: expected a stepper that keeps ${missing.join(", ")} before ${name}, got [${names}]. ` +
            "averageGrad() keeps gradAvg, averageSqrGrad() sqrAvg, stepStat step.",
        );
      }
    }
  }
}

/** The hyper-parameters; what is read of them leaves `unread`. */
function noting(hyper: StepHypers, unread: Set<string>): StepHypers {
  return new Proxy(hyper, {
    get(target, name) {
      unread.delete(name as string);
      return target[name as string];
    },
  });
}

function sameHypers(a: StepHypers, b: StepHypers): boolean {
  if (a === b) return true;
  for (const name in a) if (a[name] !== b[name]) return false;
  return true;
}

function ownCopy(value: Tensor, param: Tensor): Tensor {
  return noGrad(() => keep(value.detach().to({ device: param.device, copy: true })));
}
