import { Callback, type LossFunc, type TrainingLoop, type Undo, unreducedLoss } from "../learner/index.js";
import { isFloatingPoint, OptionError, ops, randperm, type Tensor, tensor } from "../torch/index.js";

/** What the current batch is mixed with. */
interface Mix {
  /** Weight of each item itself, 0.5..1. Shapes: [N]. */
  readonly lam: Tensor;
  /** Targets of the items it is mixed with. */
  readonly yb: Tensor[];
}

/**
 * Trains on blends of two items: `lam x + (1 - lam) x[other]` with `lam` from Beta(alpha, alpha), the greater of both shares,
 * drawn for each item. Where targets are classes, the two losses are blended, otherwise the targets are.
 * Source: CBK-16, Zhang et al. 2017.
 *
 * @example
 * await learn.fitOneCycle(5, { cbs: new MixUp(0.4) });
 */
export class MixUp extends Callback {
  override readonly name = "mixUp";
  override readonly runValid = false;
  #mix: Mix | null = null;
  #mixesLosses = false;

  /** @param alpha above 0; the smaller, the more blends are close to one of their items. Default 0.4. */
  constructor(readonly alpha = 0.4) {
    super();
    if (!(alpha > 0)) throw new OptionError(`MixUp: expected alpha above 0, got ${alpha}.`);
  }

  override beforeTrain(learn: TrainingLoop): Undo {
    const original = learn.lossFunc;
    const mixing = (pred: Tensor, ...yb: Tensor[]): Tensor =>
      learn.training && this.#mix ? mixedLoss(original, pred, yb, this.#mix) : callLoss(original, pred, yb);
    learn.lossFunc = Object.assign(mixing, {
      activation: (pred: Tensor) => original.activation?.(pred) ?? pred,
      decodes: (pred: Tensor) => original.decodes?.(pred) ?? pred,
    });
    this.#mixesLosses = "yInt" in original && original.yInt === true;
    return () => {
      learn.lossFunc = original;
      this.#mix = null;
    };
  }

  override beforeBatch(learn: TrainingLoop): void {
    const [y] = learn.yb;
    if (!y) return;
    const lam = this.#shares(y.size(0)).to(y.device);
    const other = randperm(y.size(0)).to(y.device);
    const blended = (a: Tensor): Tensor => blend(a.indexSelect(0, other), a, lam);
    learn.xb = learn.xb.map(blended);
    // Classes cannot be blended, whatever the loss says of itself.
    const mixesLosses = this.#mixesLosses || !isFloatingPoint(y.dtype);
    this.#mix = mixesLosses ? { lam, yb: learn.yb.map((target) => target.indexSelect(0, other)) } : null;
    if (!mixesLosses) learn.yb = learn.yb.map(blended);
  }

  /** The greater share of each item. Shapes: [n]. */
  #shares(n: number): Tensor {
    const both = ops.aten._sample_dirichlet(tensor([this.alpha, this.alpha]).expand([n, 2])) as Tensor; // [n, 2]
    return both.amax(-1);
  }
}

/** `a + lam (b - a)` for each item, however many dimensions it has. */
function blend(a: Tensor, b: Tensor, lam: Tensor): Tensor {
  return a.lerp(b, lam.view([-1, ...a.shape.slice(1).map(() => 1)]));
}

function callLoss(loss: LossFunc, pred: Tensor, yb: Tensor[]): Tensor {
  // The model's output and the loader's targets are what the loss was chosen for.
  return (loss as (...args: Tensor[]) => Tensor)(pred, ...yb);
}

/** The loss against both targets by their shares, combined as the loss itself combines items. */
function mixedLoss(original: LossFunc, pred: Tensor, yb: Tensor[], mix: Mix): Tensor {
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
