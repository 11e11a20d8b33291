import { Callback, type TrainingLoop, type Undo } from "../learner/index.js";
import { checkOptions, noGrad, OptionError, type Tensor } from "../torch/index.js";
import { TensorList } from "../torch/optim/index.js";

/** Options of `EMA`. */
export interface EMAOptions {
  /** The share of the old average after each step. Early on less: (1 + steps) / (10 + steps). Default 0.999. */
  decay?: number;
  /** Whether the model has the averages at the end of the fit. Default true. */
  atEnd?: boolean;
}

/**
 * Keeps a moving average of the weights, validates with it, and leaves it in the model at the end. Buffers, such as the
 * statistics of batch norms, stay as they are. Source: Polyak and Juditsky 1992; not in fastai.
 *
 * @example
 * await learn.fitOneCycle(5, { cbs: new EMA({ decay: 0.99 }) });
 */
export class EMA extends Callback {
  override readonly name = "ema";
  override readonly order = 55; // after the recorder
  override readonly onlyTrainLoop = true;
  readonly decay: number;
  readonly #atEnd: boolean;
  #averages: TensorList | null = null;
  #params: readonly Tensor[] = [];
  #steps = 0;

  constructor(options: EMAOptions = {}) {
    super();
    checkOptions("EMA", options, ["decay", "atEnd"]);
    const { decay = 0.999, atEnd = true } = options;
    if (!(decay >= 0 && decay < 1)) throw new OptionError(`EMA: expected a decay from 0 to below 1, got ${decay}.`);
    this.decay = decay;
    this.#atEnd = atEnd;
  }

  override beforeFit(learn: TrainingLoop): void {
    if (!learn.fitting) return;
    this.#params = learn.model.parameters();
    this.#averages = new TensorList(this.#params).copies();
    this.#steps = 0;
  }

  override stateDict(): object {
    return { averages: [...(this.#averages ?? [])], steps: this.#steps };
  }

  override loadStateDict(state: object): void {
    const { averages, steps } = state as { averages: Tensor[]; steps: number }; // what stateDict gave
    this.#averages = noGrad(() => new TensorList(averages).copies());
    this.#steps = steps;
  }

  override afterStep(): void {
    this.#steps += 1;
    const decay = Math.min(this.decay, (1 + this.#steps) / (10 + this.#steps));
    noGrad(() => this.#averages?.lerp_(this.#params, 1 - decay));
  }

  override beforeValidate(learn: TrainingLoop): Undo | undefined {
    if (!learn.fitting || !this.#averages) return undefined;
    const own = new TensorList(this.#params).copies();
    this.#load(this.#averages);
    return () => this.#load(own);
  }

  override afterFit(learn: TrainingLoop): void {
    if (!learn.fitting || !this.#averages) return;
    if (this.#atEnd) this.#load(this.#averages);
    this.#averages = null;
  }

  #load(values: TensorList): void {
    noGrad(() => new TensorList(this.#params).copy_(values));
  }
}
