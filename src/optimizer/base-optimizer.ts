/** What fastai's optimizers and wrapped torch optimizers share: layer groups, hyper-parameters by group, freezing. */
import { Tensor, ValueError } from "../torch/index.js";
import { type HyperValue, spreadHyper } from "./hypers.js";
import type { StepHypers } from "./stepper.js";

/** Parameters as one group, or one list for each layer group (what a splitter returns). */
export type LayerGroups = Iterable<Tensor> | Iterable<Iterable<Tensor>>;

/** Marks on single parameters. They survive `clearState`. Source: OPT-4. */
export interface ParamFlags {
  /** Whether weight decay applies. Default true. */
  doWd?: boolean;
  /** Whether the parameter stays trainable in a frozen group. Default false. */
  forceTrain?: boolean;
}

/** Reads parameters as lists of groups. */
export function layerGroups(where: string, params: LayerGroups): Tensor[][] {
  const items = [...params];
  const first = items[0];
  if (first === undefined) {
    throw new ValueError(`${where}: expected parameters, got none. Pass module.parameters() or a splitter's groups.`);
  }
  // One list holds tensors only or groups only.
  if (first instanceof Tensor) return [items as Tensor[]];
  return (items as Iterable<Tensor>[]).map((group) => [...group]);
}

/** The interface a training loop relies on. */
export abstract class BaseOptimizer {
  #frozenIdx = 0;
  readonly #flags = new Map<Tensor, ParamFlags>();

  /** Parameters by layer group. */
  abstract readonly paramLists: readonly (readonly Tensor[])[];

  /** Hyper-parameters by layer group. */
  abstract get hypers(): readonly StepHypers[];

  /** Sets every gradient to null. */
  abstract zeroGrad(): void;

  /** Updates every parameter that has a gradient. */
  abstract step(): void;

  /** Forgets statistics and counters; flags stay. Source: OPT-4. */
  abstract clearState(): void;

  /** State and hyper-parameters in Python's layout. */
  abstract stateDict(): object;

  /** Takes what `stateDict` gave. */
  abstract loadStateDict(dict: object): void;

  /** Writes one value for each group. */
  protected abstract writeHyper(name: string, values: readonly number[]): void;

  /** The first group that trains. */
  get frozenIdx(): number {
    return this.#frozenIdx;
  }

  /** Sets one hyper-parameter in all groups. Throws on a name that none of the steppers reads. Source: OPT-2. */
  setHyper(name: string, value: HyperValue): void {
    const { hypers } = this;
    const known = Object.keys(hypers[0] ?? {});
    if (!known.includes(name)) {
      throw new ValueError(`setHyper: expected one of ${known.sort().join(", ")}, got ${name}.`);
    }
    this.writeHyper(name, spreadHyper(name, value, hypers.length));
  }

  /** Sets several hyper-parameters. */
  setHypers(values: Readonly<Record<string, HyperValue>>): void {
    for (const [name, value] of Object.entries(values)) this.setHyper(name, value);
  }

  /**
   * Only groups from `n` on train (negative: counted from the end); parameters flagged `forceTrain` train everywhere.
   * Source: OPT-3.
   */
  freezeTo(n: number): void {
    const groups = this.paramLists;
    this.#frozenIdx = n >= 0 ? n : Math.max(0, groups.length + n);
    if (this.#frozenIdx >= groups.length) {
      process.emitWarning(`freezeTo(${n}): the model has ${groups.length} parameter groups; all of them are frozen.`);
    }
    groups.forEach((params, at) => {
      const trains = at >= this.#frozenIdx;
      for (const param of params) param.requiresGrad_(trains || this.flagsOf(param).forceTrain === true);
    });
  }

  /** Freezes all groups but the last. Throws with a single group, which would leave nothing frozen. */
  freeze(): void {
    if (this.paramLists.length < 2) {
      throw new ValueError(
        "freeze: expected at least 2 parameter groups, got 1. Pass a splitter's groups, or freezeTo(n).",
      );
    }
    this.freezeTo(-1);
  }

  /** All groups train. */
  unfreeze(): void {
    this.freezeTo(0);
  }

  /** Marks parameters; flags that are not named keep their value. */
  setFlags(params: Iterable<Tensor>, flags: ParamFlags): void {
    for (const param of params) this.#flags.set(param, { ...this.#flags.get(param), ...flags });
  }

  /** The marks of a parameter. */
  flagsOf(param: Tensor): Readonly<ParamFlags> {
    return this.#flags.get(param) ?? {};
  }
}
