/** Lookahead around any optimizer (Zhang et al. 2019), and ranger, which is Lookahead around RAdam. */
import { checkOptions, noGrad, Tensor, ValueError } from "../torch/index.js";
import { counterOf, recordOf, TensorList } from "../torch/optim/index.js";
import { BaseOptimizer, type LayerGroups, type ParamFlags } from "./base-optimizer.js";
import type { Optimizer, OptimizerStateDict } from "./optimizer.js";
import { RAdam, type RAdamOptions } from "./radam.js";
import type { StepHypers } from "./stepper.js";

/** Options of `Lookahead`. */
export interface LookaheadOptions {
  /** Steps of the fast weights between two of the slow ones. Default 6. */
  k?: number;
  /** How far the slow weights go towards the fast ones. Default 0.5. */
  alpha?: number;
}

/** State of the optimizer inside, the count of steps, and the slow weights by group (null before the first step). */
export interface LookaheadStateDict extends OptimizerStateDict {
  count: number;
  slow_weights: Tensor[][] | null;
}

/**
 * Lets `opt` run ahead: every `k` steps slow += alpha * (fast - slow), and the fast weights restart from there.
 * The slow weights start as a copy at the first step. Source: OPT-19.
 */
export class Lookahead extends BaseOptimizer {
  readonly opt: Optimizer;
  readonly k: number;
  readonly alpha: number;
  /** Steps so far. */
  count = 0;
  #slow: TensorList | null = null;

  constructor(opt: Optimizer, options: LookaheadOptions = {}) {
    super();
    checkOptions("Lookahead", options, ["k", "alpha"]);
    const { k = 6, alpha = 0.5 } = options;
    this.opt = opt;
    this.k = k;
    this.alpha = alpha;
  }

  override get paramLists(): readonly (readonly Tensor[])[] {
    return this.opt.paramLists;
  }

  override get hypers(): readonly StepHypers[] {
    return this.opt.hypers;
  }

  override get frozenIdx(): number {
    return this.opt.frozenIdx;
  }

  override freezeTo(n: number): void {
    this.opt.freezeTo(n);
  }

  override setFlags(params: Iterable<Tensor>, flags: ParamFlags): void {
    this.opt.setFlags(params, flags);
  }

  override flagsOf(param: Tensor): Readonly<ParamFlags> {
    return this.opt.flagsOf(param);
  }

  override zeroGrad(): void {
    this.opt.zeroGrad();
  }

  override step(): void {
    const slow = this.#slow ?? noGrad(() => new TensorList(this.paramLists.flat()).copies());
    this.#slow = slow;
    this.opt.step();
    this.count += 1;
    if (this.count % this.k !== 0) return;
    const fast = new TensorList(this.paramLists.flat());
    noGrad(() => fast.copy_(slow.lerp_(fast, this.alpha)));
  }

  override clearState(): void {
    this.opt.clearState();
    this.count = 0;
    this.#slow = null;
  }

  override stateDict(): LookaheadStateDict {
    const rest = this.#slow?.slice();
    const byGroup = rest ? this.paramLists.map(({ length }) => rest.splice(0, length)) : null;
    return { ...this.opt.stateDict(), count: this.count, slow_weights: byGroup };
  }

  override loadStateDict(dict: object): void {
    const { count, slow_weights: byGroup } = recordOf("Lookahead.loadStateDict", dict);
    const slow = Array.isArray(byGroup) ? byGroup.flat().filter((weight) => weight instanceof Tensor) : null;
    const expected = this.paramLists.flat().length;
    if (slow && slow.length !== expected) {
      throw new ValueError(`Lookahead.loadStateDict: expected ${expected} slow weights, got ${slow.length}.`);
    }
    this.opt.loadStateDict(dict);
    this.count = counterOf(count);
    this.#slow = slow && noGrad(() => new TensorList(slow).copies());
  }

  protected override writeHyper(name: string, values: readonly number[]): void {
    this.opt.setHyper(name, values);
  }
}

/** Options of `ranger`. */
export interface RangerOptions extends RAdamOptions, LookaheadOptions {}

/** `Lookahead` around `RAdam`; mom 0.95, wd 0.01, eps 1e-6, k 6, alpha 0.5. Source: OPT-20. */
export function ranger(params: LayerGroups, options: RangerOptions = {}): Lookahead {
  const { k = 6, alpha = 0.5, ...hypers } = options;
  return new Lookahead(RAdam(params, { mom: 0.95, wd: 0.01, eps: 1e-6, ...hypers }), { k, alpha });
}
