/** What MixUp and CutMix share: two items become one, and so do their losses or targets. */
import { Callback, type LossFunc, type TrainingLoop, type Undo, unreducedLoss } from "../learner/index.js";
import { isFloatingPoint, OptionError, ops, randperm, type Tensor, tensor } from "../torch/index.js";

/** What the current batch is mixed with. */
export interface Mix {
  /** Weight of each item itself, 0..1. Shapes: [N]. */
  readonly lam: Tensor;
  /** Position of the item that each is mixed with. Shapes: [N]. */
  readonly other: Tensor;
  /** The mixed inputs. */
  readonly xb: Tensor[];
}

/**
 * Trains on mixtures of two items. Where targets are classes, the losses against both targets are blended by the weights of
 * the items, otherwise the targets are. Source: CBK-16, CBK-17.
 */
export abstract class MixHandler extends Callback {
  override readonly runValid = false;
  #mixed: { readonly lam: Tensor; readonly yb: Tensor[] } | null = null;
  #mixesLosses = false;

  /** @param alpha above 0; the smaller, the more mixtures are close to one of their items. */
  constructor(readonly alpha: number) {
    super();
    if (!(alpha > 0)) throw new OptionError(`${this.constructor.name}: expected alpha above 0, got ${alpha}.`);
  }

  /** Mixes the inputs of a batch of `n` items. */
  protected abstract mix(xb: Tensor[], n: number): Mix;

  override beforeTrain(learn: TrainingLoop): Undo {
    const original = learn.lossFunc;
    const mixing = (pred: Tensor, ...yb: Tensor[]): Tensor =>
      learn.training && this.#mixed ? mixedLoss(original, pred, yb, this.#mixed) : callLoss(original, pred, yb);
    learn.lossFunc = Object.assign(mixing, {
      activation: (pred: Tensor) => original.activation?.(pred) ?? pred,
      decodes: (pred: Tensor) => original.decodes?.(pred) ?? pred,
    });
    this.#mixesLosses = "yInt" in original && original.yInt === true;
    return () => {
      learn.lossFunc = original;
      this.#mixed = null;
    };
  }

  override beforeBatch(learn: TrainingLoop): void {
    const [y] = learn.yb;
    if (!y) return;
    const { lam, other, xb } = this.mix(learn.xb, y.size(0));
    learn.xb = xb;
    // Classes cannot be blended, whatever the loss says of itself.
    const mixesLosses = this.#mixesLosses || !isFloatingPoint(y.dtype);
    const others = learn.yb.map((target) => target.indexSelect(0, other));
    this.#mixed = mixesLosses ? { lam, yb: others } : null;
    if (!mixesLosses) learn.yb = learn.yb.map((target, i) => blend(others[i] as Tensor, target, lam));
  }

  /** Draws from Beta(alpha, alpha) and its complement. Shapes: [n, 2], each row adds up to 1. */
  protected shares(n: number): Tensor {
    return ops.aten._sample_dirichlet(tensor([this.alpha, this.alpha]).expand([n, 2])) as Tensor; // [n, 2]
  }

  /** The items in another order, on the device of `like`. Shapes: [n]. */
  protected shuffled(n: number, like: Tensor): Tensor {
    return randperm(n).to(like.device);
  }
}

/** `a + lam (b - a)` for each item, however many dimensions it has. Shapes: lam [N]. */
export function blend(a: Tensor, b: Tensor, lam: Tensor): Tensor {
  return a.lerp(b, lam.view([-1, ...a.shape.slice(1).map(() => 1)]));
}

function callLoss(loss: LossFunc, pred: Tensor, yb: Tensor[]): Tensor {
  // The model's output and the loader's targets are what the loss was chosen for.
  return (loss as (...args: Tensor[]) => Tensor)(pred, ...yb);
}

/** The loss against both targets by their shares, combined as the loss itself combines items. */
function mixedLoss(original: LossFunc, pred: Tensor, yb: Tensor[], mix: { lam: Tensor; yb: Tensor[] }): Tensor {
  const { loss, restore } = unreducedLoss(original);
  let mixed: Tensor;
  try {
    const [others, own] = [callLoss(loss, pred, mix.yb), callLoss(loss, pred, yb)];
    const n = mix.lam.size(0);
    mixed = blend(others.reshape([n, -1]), own.reshape([n, -1]), mix.lam).view(own.shape);
  } finally {
    restore();
  }
  const { reduction = "mean" } = original;
  if (reduction === "none") return mixed;
  return reduction === "sum" ? mixed.sum() : mixed.mean();
}
