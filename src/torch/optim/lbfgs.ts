/** L-BFGS: curvature from the last steps, for whole batches and smooth losses. */
import { enableGrad } from "../autograd.js";
import { isTensor } from "../containers.js";
import { ValueError } from "../errors.js";
import { cat } from "../generated/functions.js";
import { keep, scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { checkChoice, notNegative } from "./hyper-ranges.js";
import { Optimizer, type OptimizerSpec, type Params } from "./optimizer.js";
import type { ParamState } from "./param-buckets.js";
import { ourKeys, torchKeys } from "./python-names.js";
import { copyFor, counterOf, type SavedState } from "./state-dict.js";
import { type LinePoint, strongWolfe } from "./strong-wolfe.js";

/** Hyper-parameters of `LBFGS`. */
export interface LBFGSHypers {
  /** Length of a step, or of the line search's first trial. Default 1. */
  lr: number;
  /** Iterations a step. Default 20. */
  maxIter: number;
  /** Evaluations of the closure a step. Default null: 5/4 of maxIter. */
  maxEval: number | null;
  /** Ends where no element of the gradient is larger. Default 1e-7. */
  toleranceGrad: number;
  /** Ends where loss or parameters change less. Default 1e-9. */
  toleranceChange: number;
  /** Steps that are remembered. Default 100. */
  historySize: number;
  /** `"strong_wolfe"`, or null: steps of length lr. Default null. */
  lineSearchFn: "strong_wolfe" | null;
}

const spec: OptimizerSpec<LBFGSHypers> = {
  defaults: {
    lr: 1,
    maxIter: 20,
    maxEval: null,
    toleranceGrad: 1e-7,
    toleranceChange: 1e-9,
    historySize: 100,
    lineSearchFn: null,
  },
  ranges: { lr: notNegative },
  python: {},
};

/** What is known after an iteration, in PyTorch's terms. */
interface Memory {
  /** The last direction, and how far it was followed. */
  d: Tensor;
  t: number;
  /** Differences of gradients, of parameters, and 1 / their products. */
  oldDirs: Tensor[];
  oldStps: Tensor[];
  ro: number[];
  /** Scale of the first guess of the inverse Hessian. */
  hDiag: number;
  prevFlatGrad: Tensor;
  prevLoss: number;
}

const tensorNames = ["d", "prevFlatGrad", "oldDirs", "oldStps"] as const;

/**
 * Newton's method with an inverse Hessian made from the last gradients. `step` needs a closure, which it calls several
 * times. One group of parameters. Formula and defaults are PyTorch's. Source: Nocedal and Wright 2006, algorithm 7.4.
 */
export class LBFGS extends Optimizer<LBFGSHypers> {
  #memory: Memory | null = null;
  #counts = { funcEvals: 0, nIter: 0 };

  constructor(params: Params<LBFGSHypers>, options: Partial<LBFGSHypers> = {}) {
    super(params, options, spec);
    const [group] = this.paramGroups;
    if (!group || this.paramGroups.length > 1) {
      throw new ValueError(`LBFGS: expected one group of parameters, got ${this.paramGroups.length}.`);
    }
    group.maxEval ??= Math.floor((group.maxIter * 5) / 4);
  }

  protected override check({ lineSearchFn }: LBFGSHypers): void {
    checkChoice("LBFGS", "lineSearchFn", lineSearchFn, [null, "strong_wolfe"]);
  }

  protected override run(closure: (() => Tensor) | undefined): Tensor {
    if (!closure) {
      throw new ValueError("LBFGS.step: expected a closure that computes the loss and its gradients, got none.");
    }
    return scope(() => this.#iterate(closure));
  }

  #iterate(closure: () => Tensor): Tensor {
    const { maxIter, maxEval, toleranceGrad, toleranceChange } = this.#group;
    const first = enableGrad(closure);
    this.#counts.funcEvals++;
    let evaluations = 1;
    let loss = Number(first.item());
    let grad = this.#gradient();
    if (largest(grad) <= toleranceGrad) return first;
    for (let i = 1; i <= maxIter; i++) {
      this.#counts.nIter++;
      const memory = this.#remember(grad, loss);
      const slope = dot(grad, memory.d);
      if (slope > -toleranceChange) break;
      const budget = (maxEval ?? maxIter) - evaluations;
      const moved = this.#move(memory, { t: 0, loss, grad, slope }, closure, { budget, isLast: i === maxIter });
      ({ loss, grad } = moved);
      evaluations += moved.evaluations;
      this.#counts.funcEvals += moved.evaluations;
      if (evaluations >= (maxEval ?? maxIter) || largest(grad) <= toleranceGrad) break;
      if (largest(memory.d) * memory.t <= toleranceChange || Math.abs(loss - memory.prevLoss) < toleranceChange) break;
    }
    return first;
  }

  get #group() {
    return this.paramGroups[0] as LBFGSHypers; // the constructor made sure
  }

  /** Takes in the change since the last iteration, and chooses direction and first trial of this one. */
  #remember(grad: Tensor, loss: number): Memory {
    const { lr, historySize } = this.#group;
    const memory = this.#memory;
    if (!memory) {
      const t = Math.min(1, 1 / Number(grad.abs().sum().item())) * lr;
      const [d, prevFlatGrad] = keep([grad.neg(), grad.clone()]) as [Tensor, Tensor];
      this.#memory = { d, t, oldDirs: [], oldStps: [], ro: [], hDiag: 1, prevFlatGrad, prevLoss: loss };
      return this.#memory;
    }
    const y = grad.sub(memory.prevFlatGrad);
    const s = memory.d.mul(memory.t);
    const ys = dot(y, s);
    if (ys > 1e-10) {
      if (memory.oldDirs.length === historySize) for (const list of historyOf(memory)) list.shift();
      memory.oldDirs.push(keep(y));
      memory.oldStps.push(keep(s));
      memory.ro.push(1 / ys);
      memory.hDiag = ys / dot(y, y);
    }
    memory.d = keep(direction(grad, memory));
    memory.prevFlatGrad.copy_(grad);
    memory.prevLoss = loss;
    memory.t = lr;
    return memory;
  }

  #move(
    memory: Memory,
    start: LinePoint,
    closure: () => Tensor,
    { budget, isLast }: { budget: number; isLast: boolean },
  ): { loss: number; grad: Tensor; evaluations: number } {
    const { lineSearchFn, toleranceChange } = this.#group;
    const { d } = memory;
    if (lineSearchFn === null) {
      this.#shift(d, memory.t);
      // The next step evaluates the last place again, on another batch perhaps.
      return isLast ? { ...start, evaluations: 0 } : { ...this.#evaluate(closure), evaluations: 1 };
    }
    const before = this.params.map((param) => param.detach().clone());
    const evaluate = (t: number): LinePoint => {
      this.#shift(d, t);
      const { loss, grad } = this.#evaluate(closure);
      for (const [at, param] of this.params.entries()) param.copy_(before[at] as Tensor);
      return { t, loss, grad, slope: dot(grad, d) };
    };
    const search = { start, reach: largest(d), evaluate, maxEvaluations: budget, toleranceChange };
    const { point, evaluations } = strongWolfe(search, memory.t);
    memory.t = point.t;
    this.#shift(d, point.t);
    return { ...point, evaluations };
  }

  #evaluate(closure: () => Tensor): { loss: number; grad: Tensor } {
    return scope(() => {
      const loss = Number(enableGrad(closure).item());
      return { loss, grad: this.#gradient() };
    });
  }

  /** All gradients in one vector; zeros for parameters without. */
  #gradient(): Tensor {
    return cat(
      this.params.map((param) => {
        const { grad } = param;
        if (!grad) return param.detach().zerosLike().flatten();
        return (grad.layout === "strided" ? grad : grad.toDense()).flatten();
      }),
    );
  }

  /** params += t * direction. */
  #shift(d: Tensor, t: number): void {
    let start = 0;
    for (const param of this.params) {
      const count = param.numel();
      param.add_(d.narrow(0, start, count).view(param.shape), { alpha: t });
      start += count;
    }
  }

  // All parameters share one state, which PyTorch keeps with the first of them.
  protected override states(): readonly ParamState[] {
    const state = this.#counts.funcEvals > 0 ? { ...this.#counts, ...this.#memory } : {};
    return [state as ParamState, ...this.params.slice(1).map(() => ({}))];
  }

  protected override setStates([state = {}]: readonly ParamState[]): void {
    const { funcEvals, nIter, ...memory } = state as unknown as Memory & { funcEvals?: number; nIter?: number };
    this.#counts = { funcEvals: funcEvals ?? 0, nIter: nIter ?? 0 };
    this.#memory = memory.d ? memory : null;
  }

  protected override saved(state: ParamState): Record<string, SavedState> {
    const { hDiag, ...rest } = state;
    return { ...torchKeys(rest), ...(hDiag === undefined ? {} : { H_diag: hDiag }) };
  }

  protected override loaded(saved: Readonly<Record<string, unknown>>, param: Tensor): ParamState {
    const { al: _, H_diag: hDiag, ...rest } = saved;
    const known = Object.entries({ ...ourKeys(rest), ...(hDiag === undefined ? {} : { hDiag }) });
    const entries = known.map(([name, value]) => [
      name,
      (tensorNames as readonly string[]).includes(name) ? tensorsFor(param, value) : numbersOf(value),
    ]);
    return Object.fromEntries(entries);
  }
}

/** -H * grad, H the inverse Hessian that the remembered steps tell of. */
function direction(grad: Tensor, { oldDirs, oldStps, ro, hDiag }: Memory): Tensor {
  const q = grad.neg();
  const al: number[] = [];
  for (let i = oldDirs.length - 1; i >= 0; i--) {
    al[i] = dot(oldStps[i] as Tensor, q) * (ro[i] as number);
    q.add_(oldDirs[i] as Tensor, { alpha: -(al[i] as number) });
  }
  const r = q.mul(hDiag);
  for (const [i, step] of oldStps.entries()) {
    const be = dot(oldDirs[i] as Tensor, r) * (ro[i] as number);
    r.add_(step, { alpha: (al[i] as number) - be });
  }
  return r;
}

function historyOf({ oldDirs, oldStps, ro }: Memory): (Tensor[] | number[])[] {
  return [oldDirs, oldStps, ro];
}

function dot(a: Tensor, b: Tensor): number {
  return Number(a.dot(b).item());
}

function largest(vector: Tensor): number {
  return Number(vector.abs().max().item());
}

function tensorsFor(param: Tensor, value: unknown): Tensor | Tensor[] {
  if (Array.isArray(value)) return value.flatMap((item) => tensorsFor(param, item));
  if (isTensor(value)) return copyFor(param, value);
  throw new ValueError(`LBFGS.loadStateDict: expected a tensor, got ${typeof value}.`);
}

function numbersOf(value: unknown): number | number[] {
  return Array.isArray(value) ? value.map(counterOf) : counterOf(value);
}
