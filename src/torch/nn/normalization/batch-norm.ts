/** Batch and instance normalisation. */

import { checkTensor } from "../../checks.js";
import { full } from "../../creation.js";
import { checkOptions, ShapeError } from "../../errors.js";
import { instanceNorm } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { type FactoryOptions, factoryKeys, fullBuffer, fullParameter } from "../factory.js";
import { ones_, zeros_ } from "../init.js";
import { Module } from "../module.js";
import { Buffer, type Parameter } from "../parameter.js";
import { PreparedOp } from "../prepared-op.js";
import { pythonText } from "../python-text.js";

/** Options of the batch and instance norms. */
export interface BatchNormOptions extends FactoryOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Weight of the new statistics in the running ones; null: plain average over all batches. Default 0.1. */
  momentum?: number | null;
  /** Whether to learn a scale and a shift. Default true; instance norm: false. */
  affine?: boolean;
  /** Whether the learned part has a shift. Default true. */
  bias?: boolean;
  /** Whether to keep running statistics for inference. Default true; instance norm: false. */
  trackRunningStats?: boolean;
}

const normKeys = ["eps", "momentum", "affine", "bias", "trackRunningStats", ...factoryKeys];

// NOTE [ batch count ] The count is only ever read when a state is saved or shown, but one `add_` a layer and step would
// cost as much as the layer's own call on small inputs. So a step raises a plain number, and reading the field adds it to
// the tensor. The accessor is an own property (it must register as a field) with functions shared by all instances.
const countKey = Symbol("num_batches_tracked");
const pendingKey = Symbol("batches not yet counted");

const countProperty: PropertyDescriptor & ThisType<RunningNorm> = {
  enumerable: true,
  configurable: true,
  get() {
    const count = this[countKey];
    if (this[pendingKey] > 0) count?.add_(this[pendingKey]);
    this[pendingKey] = 0;
    return count;
  },
  set(count: Buffer | null) {
    this[pendingKey] = 0;
    this[countKey] = count;
  },
};

/** What batch and instance norms share: the learned scale and shift, the running statistics, the check of the rank. */
export abstract class RunningNorm extends Module<[Tensor], Tensor> {
  weight: Parameter | null;
  bias: Parameter | null;
  running_mean: Buffer | null;
  running_var: Buffer | null;
  /** How many batches have entered the running statistics. */
  declare num_batches_tracked: Buffer | null;
  readonly eps: number;
  momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  /** @internal */
  [pendingKey] = 0;
  /** @internal */
  [countKey]: Buffer | null;

  constructor(
    readonly numFeatures: number,
    private readonly ranks: readonly number[],
    options: BatchNormOptions,
    defaults: { affine: boolean; trackRunningStats: boolean },
  ) {
    super();
    checkOptions(new.target.name, options, normKeys);
    const { eps = 1e-5, momentum = 0.1 } = options;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = options.affine ?? defaults.affine;
    this.trackRunningStats = options.trackRunningStats ?? defaults.trackRunningStats;
    this.weight = this.affine ? fullParameter([numFeatures], 1, options) : null;
    this.bias = this.affine && (options.bias ?? true) ? fullParameter([numFeatures], 0, options) : null;
    this.running_mean = this.trackRunningStats ? fullBuffer([numFeatures], 0, options) : null;
    this.running_var = this.trackRunningStats ? fullBuffer([numFeatures], 1, options) : null;
    // Files written before PyTorch 0.4.1 lack the count, so a state without it is accepted.
    this[countKey] = this.trackRunningStats
      ? new Buffer(full([], 0, { dtype: "int64", device: options.device }), { optional: true })
      : null;
    Object.defineProperty(this, "num_batches_tracked", countProperty);
  }

  /** Notes one more training batch and returns the weight of its statistics. */
  protected countBatch(): number {
    this[pendingKey]++;
    if (this.momentum !== null) return this.momentum;
    return this.num_batches_tracked ? 1 / (this.num_batches_tracked.item() as number) : 0;
  }

  /** Sets the running statistics back to mean 0, variance 1, no batches. */
  resetRunningStats(): void {
    this.running_mean?.zero_();
    this.running_var?.fill_(1);
    this.num_batches_tracked?.zero_();
  }

  /** Sets scale 1, shift 0, and resets the running statistics. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, bias, trackRunningStats } = this;
    return (
      `${numFeatures}, eps=${pythonText(eps)}, momentum=${pythonText(momentum)}, affine=${pythonText(affine)}, ` +
      `bias=${pythonText(bias !== null)}, track_running_stats=${pythonText(trackRunningStats)}`
    );
  }

  /** Throws `ShapeError` on an input of a rank this class does not take. */
  protected checkRank(x: Tensor): void {
    checkTensor(`${this.constructor.name}.forward`, x);
    if (this.ranks.includes(x.ndim)) return;
    throw new ShapeError(
      `${this.constructor.name}.forward: expected an input of ${this.ranks.join(" or ")} dimensions, ` +
        `got [${x.shape.join(", ")}] ${x.dtype} on ${x.device}.`,
    );
  }
}

const batchNormOp = new PreparedOp("batch_norm");

export abstract class BatchNorm extends RunningNorm {
  constructor(numFeatures: number, ranks: readonly number[], options: BatchNormOptions) {
    super(numFeatures, ranks, options, { affine: true, trackRunningStats: true });
  }

  forward(x: Tensor): Tensor {
    this.checkRank(x);
    const { training, weight, bias } = this; // read first: a parametrized one makes calls of its own
    const tracked = this.trackRunningStats;
    const rate = training && tracked ? this.countBatch() : (this.momentum ?? 0);
    const used = !training || tracked;
    const mean = used ? this.running_mean : null;
    const variance = used ? this.running_var : null;
    batchNormOp.begin(9);
    batchNormOp.tensor(x);
    batchNormOp.tensor(weight);
    batchNormOp.tensor(bias);
    batchNormOp.tensor(mean);
    batchNormOp.tensor(variance);
    batchNormOp.bool(training || mean === null);
    batchNormOp.float(rate);
    batchNormOp.float(this.eps);
    batchNormOp.bool(true); // cuDNN may be used
    return batchNormOp.run(x, weight, mean);
  }
}

type RankedNorm<Norm> = new (numFeatures: number, options?: BatchNormOptions) => Norm;

function batchNorm(...ranks: number[]): RankedNorm<BatchNorm> {
  return class extends BatchNorm {
    constructor(numFeatures: number, options: BatchNormOptions = {}) {
      super(numFeatures, ranks, options);
    }
  };
}

declareSingleOp(BatchNorm);

/** Normalises each channel over the batch. Shapes: x [N, C] or [N, C, L]. */
export class BatchNorm1d extends batchNorm(2, 3) {}

/** Normalises each channel over the batch. Shapes: x [N, C, H, W]. */
export class BatchNorm2d extends batchNorm(4) {}

/** Normalises each channel over the batch. Shapes: x [N, C, D, H, W]. */
export class BatchNorm3d extends batchNorm(5) {}

export abstract class InstanceNorm extends RunningNorm {
  constructor(
    private readonly batchedRank: number,
    numFeatures: number,
    options: BatchNormOptions,
  ) {
    super(numFeatures, [batchedRank - 1, batchedRank], options, { affine: false, trackRunningStats: false });
  }

  forward(x: Tensor): Tensor {
    this.checkRank(x);
    const single = x.ndim < this.batchedRank;
    const channels = x.shape.at(1 - this.batchedRank);
    if (channels !== this.numFeatures && this.affine) {
      throw new ShapeError(
        `${this.constructor.name}.forward: expected ${this.numFeatures} channels, got [${x.shape.join(", ")}].`,
      );
    }
    const out = instanceNorm(
      single ? x.unsqueeze(0) : x,
      this.weight,
      this.bias,
      this.running_mean,
      this.running_var,
      this.training || !this.trackRunningStats,
      this.momentum ?? 0,
      this.eps,
      true,
    );
    return single ? out.squeeze(0) : out;
  }
}

function instanceNormOf(batchedRank: number): RankedNorm<InstanceNorm> {
  return class extends InstanceNorm {
    constructor(numFeatures: number, options: BatchNormOptions = {}) {
      super(batchedRank, numFeatures, options);
    }
  };
}

/** Normalises each channel of each item. Shapes: x [N, C, L] or [C, L]. */
export class InstanceNorm1d extends instanceNormOf(3) {}

/** Normalises each channel of each item. Shapes: x [N, C, H, W] or [C, H, W]. */
export class InstanceNorm2d extends instanceNormOf(4) {}

/** Normalises each channel of each item. Shapes: x [N, C, D, H, W] or [C, D, H, W]. */
export class InstanceNorm3d extends instanceNormOf(5) {}
