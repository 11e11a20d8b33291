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
 * Keeps a moving average of the weights and validates with it: from there to the next training batch the model has the
 * averages, so that callbacks save what was measured. At the end of the fit it keeps them. Buffers, such as the statistics of
 * batch norms, stay as they are. Source: Polyak and Juditsky 1992; not in fastai.
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
  /** The weights that train, while the model has the averages. */
  #own: TensorList | null = null;
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

  override stateDict(): object {
    return { averages: [...(this.#averages ?? [])], own: [...(this.#own ?? [])], steps: this.#steps };
  }

  override loadStateDict(state: object): void {
    const { averages, own, steps } = state as { averages: Tensor[]; own: Tensor[]; steps: number }; // what stateDict gave
    this.#averages = copies(averages);
    this.#own = own.length > 0 ? copies(own) : null;
    this.#steps = steps;
  }

  override beforeFit(learn: TrainingLoop): Undo | undefined {
    if (!learn.fitting) return undefined;
    this.#params = learn.model.parameters();
    this.#averages = copies(this.#params);
    this.#own = null;
    this.#steps = 0;
    return () => this.#train(); // after an error in a validation
  }

  override beforeTrain(): void {
    this.#train();
  }

  override afterStep(): void {
    this.#steps += 1;
    const decay = Math.min(this.decay, (1 + this.#steps) / (10 + this.#steps));
    noGrad(() => this.#averages?.lerp_(this.#params, 1 - decay));
  }

  override beforeValidate(learn: TrainingLoop): void {
    if (!learn.fitting || !this.#averages || this.#own) return;
    this.#own = copies(this.#params);
    this.#load(this.#averages);
  }

  override afterFit(learn: TrainingLoop): void {
    if (!learn.fitting || !this.#averages) return;
    if (this.#atEnd) {
      this.#load(this.#averages);
      this.#own = null;
    } else this.#train();
    this.#averages = null;
  }

  /** Gives the model back the weights that train. */
  #train(): void {
    if (this.#own) this.#load(this.#own);
    this.#own = null;
  }

  #load(values: TensorList): void {
    noGrad(() => new TensorList(this.#params).copy_(values));
  }
}

function copies(tensors: readonly Tensor[]): TensorList {
  return noGrad(() => new TensorList(tensors).copies());
}
