/** A `torch.optim` optimizer behind the interface of fastai's: layer groups, `setHyper`, freezing. */
import { type optim, type Tensor, ValueError } from "../torch/index.js";
import { BaseOptimizer, type LayerGroups, layerGroups } from "./base-optimizer.js";
import type { HyperValue } from "./hypers.js";
import type { StepHypers } from "./stepper.js";

/** Any optimizer of `optim`. */
export type TorchOptimizer = optim.Optimizer<object>;

/** A class of `optim`, such as `optim.AdamW`. */
export type TorchOptimizerClass = new (
  params: readonly { readonly params: Tensor[] }[],
  options?: never,
) => TorchOptimizer;

/** The options of a class of `optim`, `lr` also by layer group. */
export type TorchOptions<Cls> = Cls extends new (
  params: never,
  options: infer Options,
) => TorchOptimizer
  ? Omit<NonNullable<Options>, "lr"> & { lr?: HyperValue }
  : never;

/** torch's names for hyper-parameters, and fastai's. `betas.0` is the first element of `betas`. Source: OPT-21. */
export const pytorchHpMap: Readonly<Record<string, string>> = {
  momentum: "mom",
  weightDecay: "wd",
  alpha: "sqrMom",
  "betas.0": "mom",
  "betas.1": "sqrMom",
};

/** Options of `OptimWrapper`. */
export interface OptimWrapperOptions {
  /** torch's names to fastai's. Default `pytorchHpMap`. */
  hpMap?: Readonly<Record<string, string>>;
}

/**
 * Drives a torch optimizer through fastai's interface. Hyper-parameters have fastai's names (`mom`, `wd`, `sqrMom`).
 * Source: OPT-21.
 *
 * @example
 * const opt = OptimWrapper.over(learn.splitter(model), optim.AdamW, { lr: 1e-3, eps: 1e-5 });
 * const wrapped = new OptimWrapper(new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }));
 */
export class OptimWrapper extends BaseOptimizer {
  readonly opt: TorchOptimizer;
  readonly #torchNames = new Map<string, string>();

  constructor(opt: TorchOptimizer, { hpMap = pytorchHpMap }: OptimWrapperOptions = {}) {
    super();
    this.opt = opt;
    for (const [name] of numbersOf(opt.paramGroups[0] ?? {})) this.#torchNames.set(hpMap[name] ?? name, name);
  }

  /** Builds `cls` over layer groups. `lr` may be a list or a slice, as in `setHyper`; the rest is `cls`'s own options. */
  static over<Cls extends TorchOptimizerClass>(
    params: LayerGroups,
    cls: Cls,
    options: TorchOptions<Cls>,
    wrapperOptions: OptimWrapperOptions = {},
  ): OptimWrapper {
    const { lr, ...rest } = options;
    const groups = layerGroups("OptimWrapper.over", params).map((group) => ({ params: group }));
    // `rest` is what the class takes: its own options without `lr`, which is optional there.
    const wrapper = new OptimWrapper(new cls(groups, rest as never), wrapperOptions);
    if (lr !== undefined) wrapper.setHyper("lr", lr);
    return wrapper;
  }

  override get paramLists(): readonly (readonly Tensor[])[] {
    return this.opt.paramGroups.map((group) => group.params);
  }

  /** Numbers among the groups' hyper-parameters, under fastai's names. A snapshot: change them by `setHyper`. */
  override get hypers(): readonly StepHypers[] {
    const names = [...this.#torchNames];
    return this.opt.paramGroups.map((group) => {
      const values = new Map(numbersOf(group));
      return Object.fromEntries(names.map(([name, torchName]) => [name, values.get(torchName) ?? Number.NaN]));
    });
  }

  override zeroGrad(): void {
    this.opt.zeroGrad();
  }

  override step(): void {
    this.opt.step();
  }

  override clearState(): void {
    this.opt.clearState();
  }

  override stateDict(): optim.OptimStateDict {
    return this.opt.stateDict();
  }

  override loadStateDict(dict: optim.OptimStateDict): void {
    this.opt.loadStateDict(dict);
  }

  protected override writeHyper(name: string, values: readonly number[]): void {
    const torchName = this.#torchNames.get(name);
    if (torchName === undefined)
      throw new ValueError(`setHyper: expected a hyper-parameter of the optimizer, got ${name}.`);
    const [field, at] = torchName.split(".") as [string, string | undefined];
    this.opt.paramGroups.forEach((group, index) => {
      const fields = group as Record<string, unknown>;
      const value = values[index] as number;
      fields[field] = at === undefined ? value : (fields[field] as number[]).with(Number(at), value);
    });
  }
}

/** Hyper-parameters that are numbers, elements of a list as `name.index`. */
function numbersOf(group: object): [string, number][] {
  return Object.entries(group).flatMap(([name, value]): [string, number][] => {
    if (typeof value === "number") return [[name, value]];
    if (name === "params" || !Array.isArray(value)) return [];
    return value.map((item: number, at): [string, number] => [`${name}.${at}`, item]);
  });
}
