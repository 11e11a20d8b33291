import { keep, stack, type Tensor } from "../torch/index.js";

/** Losses on the device are gathered into one tensor after so many, so that few small tensors stay alive. */
const chunkSize = 256;

/**
 * The losses of a fit and their bias-corrected moving average. Losses stay on the device until somebody asks for a number;
 * then all that are new are read at once. The average is computed in float32, as fastai computes it.
 * Source: LRN-27, fastai `AvgSmoothLoss`.
 */
export class SmoothLoss {
  readonly #raw: number[] = [];
  readonly #smooth: number[] = [];
  #chunks: Tensor[] = [];
  #pending: Tensor[] = [];
  #pendingCount = 0;
  #average = 0;

  /** @param beta the share of the old average in the new one. */
  constructor(readonly beta = 0.98) {}

  /** How many losses there are. */
  get count(): number {
    return this.#raw.length + this.#pendingCount;
  }

  /** Adds the loss of one batch, a kept tensor. */
  add(loss: Tensor): void {
    this.#pending.push(loss);
    this.#pendingCount += 1;
    if (this.#pending.length >= chunkSize) this.#gather();
  }

  /** The losses of all batches so far, read from the device. */
  get losses(): readonly number[] {
    this.#read();
    return this.#raw;
  }

  /** Goes on after these losses, which are numbers already. */
  resume(losses: readonly number[]): void {
    for (const loss of losses) this.#push(loss);
  }

  /** The smoothed loss after each batch, read from the device. */
  get smoothed(): readonly number[] {
    this.#read();
    return this.#smooth;
  }

  /** The smoothed loss now, read from the device; NaN before the first batch. */
  get value(): number {
    return this.smoothed.at(-1) ?? Number.NaN;
  }

  #gather(): void {
    const scalars = this.#pending.map((loss) => (loss.ndim === 0 ? loss : loss.mean()));
    this.#chunks.push(keep(stack(scalars)));
    // The last one may still be read as learn.loss.
    const last = this.#pending.at(-1);
    for (const loss of this.#pending) if (loss !== last) loss.dispose();
    this.#pending = [];
  }

  #read(): void {
    if (this.#pending.length > 0) this.#gather();
    for (const chunk of this.#chunks) {
      for (const loss of chunk.float().toArray() as number[]) this.#push(loss);
      chunk.dispose();
    }
    this.#chunks = [];
    this.#pendingCount = 0;
  }

  #push(loss: number): void {
    const f = Math.fround;
    // libtorch's lerp(loss, average, beta) for a weight above one half.
    const share = f(1 - f(this.beta));
    this.#average = f(this.#average - f(f(this.#average - loss) * share));
    this.#raw.push(loss);
    this.#smooth.push(f(this.#average / f(1 - this.beta ** this.#raw.length)));
  }
}
