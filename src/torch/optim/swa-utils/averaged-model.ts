/** A model whose weights are the average of another's. */
import { noGrad } from "../../autograd.js";
import { tensor } from "../../creation.js";
import type { Device } from "../../dtype.js";
import { checkOptions, ValueError } from "../../errors.js";
import { type AnyModule, Module } from "../../nn/module.js";
import { type Buffer, buffer } from "../../nn/parameter.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { type AvgFn, getSwaMultiAvgFn, type MultiAvgFn } from "./averages.js";

/** Options of `AveragedModel`. */
export interface AveragedModelOptions<M extends AnyModule> {
  /** Where the average is kept. Default: where the model is. */
  device?: Device;
  /** The average of one parameter. At most one of both; default `getSwaMultiAvgFn()`. */
  avgFn?: AvgFn;
  /** The average of lists of parameters. */
  multiAvgFn?: MultiAvgFn;
  /** Averages buffers too; otherwise they are the model's. Default false. */
  useBuffers?: boolean;
  /** Makes a model like the given one, such as `() => new Net()`, where `deepCopy` cannot: for classes with `#private` fields. */
  clone?: () => M;
}

/**
 * Keeps the average of a model's weights: their mean (stochastic weight averaging) or, with `getEmaMultiAvgFn()`, an
 * exponential one. Called as the model is. State-dict keys are Python's: `n_averaged`, and the model's after `module.`.
 *
 * @example
 * const ema = new optim.swaUtils.AveragedModel(model, { multiAvgFn: optim.swaUtils.getEmaMultiAvgFn(0.99) });
 * ema.updateParameters(model); // after each optimizer step
 */
export class AveragedModel<M extends Module<never[], unknown>> extends Module<Parameters<M>, ReturnType<M>> {
  n_averaged: Buffer;
  readonly module: M;
  readonly #average: AvgFn | MultiAvgFn;
  readonly #byList: boolean;
  readonly #useBuffers: boolean;

  constructor(model: M, options: AveragedModelOptions<M> = {}) {
    super();
    checkOptions("AveragedModel", options, ["device", "avgFn", "multiAvgFn", "useBuffers", "clone"]);
    const { device, avgFn, multiAvgFn, useBuffers = false } = options;
    if (avgFn && multiAvgFn) throw new ValueError("AveragedModel: expected avgFn or multiAvgFn, got both.");
    this.n_averaged = buffer(tensor(0, { dtype: "int64" }));
    this.module = copyOf(model, options.clone);
    this.#average = avgFn ?? multiAvgFn ?? getSwaMultiAvgFn();
    this.#byList = avgFn === undefined;
    this.#useBuffers = useBuffers;
    if (device !== undefined) this.to(device);
  }

  override forward(...args: Parameters<M>): ReturnType<M> {
    return this.module(...(args as never[])) as ReturnType<M>; // what M takes and gives
  }

  /** Takes the model's weights into the average. */
  updateParameters(model: M): void {
    noGrad(() =>
      scope(() => {
        const numAveraged = Number(this.n_averaged.item());
        const pairs = pairsOf(this.module.parameters(), model.parameters());
        const buffers = pairsOf(this.module.buffers(), model.buffers());
        const averaged = this.#useBuffers ? [...pairs, ...buffers] : pairs;
        if (numAveraged === 0) copyAll(averaged);
        else this.#update(averaged, numAveraged);
        if (!this.#useBuffers) copyAll(buffers);
        this.n_averaged.add_(1);
      }),
    );
  }

  #update(pairs: readonly Pair[], numAveraged: number): void {
    if (!this.#byList) {
      const average = this.#average as AvgFn; // see the constructor
      for (const [own, current] of pairs) own.copy_(average(own, current, numAveraged));
      return;
    }
    const average = this.#average as MultiAvgFn;
    for (const kind of grouped(pairs).values()) {
      average(
        kind.map(([own]) => own),
        kind.map(([, current]) => current),
        numAveraged,
      );
    }
  }
}

type Pair = readonly [own: Tensor, current: Tensor];

function pairsOf(own: readonly Tensor[], current: readonly Tensor[]): Pair[] {
  if (own.length !== current.length) {
    throw new ValueError(`AveragedModel: expected a model with ${own.length} tensors, got one with ${current.length}.`);
  }
  return own.map((tensor, at) => [tensor.detach(), (current[at] as Tensor).detach().to(tensor.device)]);
}

function kindOf([own]: Pair): string {
  return `${own.dtype} ${own.device}`;
}

function grouped(pairs: readonly Pair[]): Map<string, Pair[]> {
  const kinds = new Map<string, Pair[]>();
  for (const pair of pairs) kinds.set(kindOf(pair), [...(kinds.get(kindOf(pair)) ?? []), pair]);
  return kinds;
}

function copyAll(pairs: readonly Pair[]): void {
  for (const [own, current] of pairs) own.copy_(current);
}

/** A model of the same make with the same weights and buffers. */
function copyOf<M extends AnyModule>(model: M, clone: (() => M) | undefined): M {
  if (!clone) return model.deepCopy();
  const copy = clone().train(model.training);
  noGrad(() =>
    scope(() => {
      copyAll(pairsOf(copy.parameters(), model.parameters()));
      copyAll(pairsOf(copy.buffers(), model.buffers()));
    }),
  );
  return copy;
}
