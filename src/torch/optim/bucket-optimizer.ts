/** Optimizers whose rule is the same for every parameter, run as a few kernels over lists of parameters. */
import { isTensor } from "../containers.js";
import { tensor } from "../creation.js";
import { ShapeError, ValueError } from "../errors.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { lossOf, Optimizer, type ParamGroup } from "./optimizer.js";
import { type BucketState, type BucketStep, ParamBuckets, type ParamState } from "./param-buckets.js";
import { ourKeys, torchKeys } from "./python-names.js";
import { copyFor, counterOf, type SavedState } from "./state-dict.js";
import { TensorList } from "./tensor-list.js";

/**
 * Base class of optimizers that update one bucket (parameters that can be stepped together) at a time. Parameters
 * without a gradient are left alone. A subclass gives `init` and `update`.
 */
export abstract class BucketOptimizer<Hypers extends object> extends Optimizer<Hypers> {
  #buckets = new ParamBuckets([]);

  /** Statistics and counters at the first step, by name; `bucket.state` of the update below. */
  protected abstract init(params: TensorList, group: ParamGroup<Hypers>): BucketState;

  /** One step of the parameters of a bucket. */
  protected abstract update(step: BucketStep, group: ParamGroup<Hypers>): void;

  /** Whether `update` takes sparse gradients (those of `nn.Embedding` with `sparse`). Default false. */
  protected takesSparse(_group: ParamGroup<Hypers>): boolean {
    return false;
  }

  /** Shape of a statistic of a parameter. Default: the parameter's. */
  protected stateShape(_name: string, { shape }: Tensor): readonly number[] {
    return shape;
  }

  /** Parameters with different keys are never stepped together. Default: one key. */
  protected keyOf(_param: Tensor): string {
    return "";
  }

  protected override run(closure: (() => Tensor) | undefined): Tensor | undefined {
    const loss = lossOf(closure);
    scope(() => this.#update());
    return loss;
  }

  protected override states(): readonly ParamState[] {
    return this.#current().states();
  }

  protected override setStates(states: readonly ParamState[]): void {
    this.#current().setStates(states);
  }

  // PyTorch keeps counters as 0-d float tensors.
  protected override saved(state: ParamState): Record<string, SavedState> {
    const entries = Object.entries(torchKeys(state)).map(([name, value]): [string, SavedState] => [
      name,
      typeof value === "number" ? tensor(value) : value,
    ]);
    return Object.fromEntries(entries);
  }

  protected override loaded(saved: Readonly<Record<string, unknown>>, param: Tensor): ParamState {
    const names = this.init(new TensorList(), this.groupAt(this.params.indexOf(param)));
    const present = Object.entries(ourKeys(saved)).filter(([, value]) => value !== null);
    const entries = present.map(([name, value]): [string, Tensor | number] => {
      if (typeof names[name] === "number" || !isTensor(value)) return [name, counterOf(value)];
      const shape = this.stateShape(name, param);
      if (value.shape.join() === shape.join()) return [name, copyFor(param, value)];
      throw new ShapeError(
        `${this.constructor.name}.loadStateDict: expected ${name} of shape [${shape}], got [${value.shape}]. Build the ` +
          "optimizer over the same parameters as the saved one.",
      );
    });
    return Object.fromEntries(entries);
  }

  #current(): ParamBuckets {
    if (this.#buckets.size !== this.params.length) {
      const states = this.#buckets.states();
      this.#buckets = new ParamBuckets(this.params);
      this.#buckets.setStates(this.params.map((_, at) => states[at] ?? {}));
    }
    return this.#buckets;
  }

  #update(): void {
    const steps = this.#current().collect({
      signature: "",
      keyOf: (index, grad) => {
        const group = this.groupAt(index);
        if (grad.layout !== "strided" && !this.takesSparse(group)) throw this.#sparse();
        return `${this.paramGroups.indexOf(group)}|${grad.layout}|${this.keyOf(this.params[index] as Tensor)}`;
      },
      init: (params, index) => this.init(params, this.groupAt(index)),
    });
    for (const step of steps) this.update(step, this.groupAt(step.bucket.indices[0] as number));
  }

  #sparse(): ValueError {
    return new ValueError(
      `${this.constructor.name}: expected dense gradients, got a sparse one. Use SparseAdam, Adagrad or SGD without ` +
        "weightDecay, or an embedding without { sparse: true }.",
    );
  }
}
