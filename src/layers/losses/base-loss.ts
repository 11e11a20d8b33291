/** A loss that lays predictions and targets flat, and knows how predictions become probabilities and classes. */
import { checkOptions, DtypeError, IndexError, nn, OptionError, ShapeError, type Tensor } from "../../torch/index.js";

/** How the losses of the elements are combined. */
export type Reduction = "mean" | "sum" | "none";

/** A loss as `nn.functional` has them: `nn.functional.mseLoss`, `nn.functional.smoothL1Loss`, your own. */
export type LossKernel = (input: Tensor, targ: Tensor, options: { reduction: Reduction }) => Tensor;

/** How `BaseLoss` prepares its arguments. */
export interface BaseLossOptions {
  /** The class axis of predictions. Default -1; segmentation uses 1. */
  axis?: number;
  /** Lay predictions and targets flat. Default true. */
  flatten?: boolean;
  /** Convert targets to float32. Default false. */
  floatify?: boolean;
  /** Flat predictions are [*, C] (true) or [*] (false). Default true. */
  is2d?: boolean;
  /** Default "mean". */
  reduction?: Reduction;
}

/** Option names of `BaseLossOptions`. */
export const BASE_OPTIONS: readonly string[] = ["axis", "flatten", "floatify", "is2d", "reduction"];

/** Throws `OptionError` on another reduction than the three known ones. */
export function checkReduction(where: string, reduction: string): void {
  if (["mean", "sum", "none"].includes(reduction)) return;
  throw new OptionError(`${where}: expected reduction "mean", "sum" or "none", got "${reduction}".`);
}

const SMALL_INTS: readonly string[] = ["int8", "int16", "int32"];

/**
 * `func` over flattened predictions and targets; call it: `lossFunc(pred, targ)`. The class axis goes last; integer
 * targets of odd widths become int64. `activation` and `decodes` are identities here. `reduction` may be changed.
 *
 * Shapes: pred [N, *, C] (class axis anywhere), targ [N, *]; without `is2d` any shapes of equal size. Source: LOS-1.
 *
 * @example
 * const loss = new BaseLoss(nn.functional.smoothL1Loss, { floatify: true, is2d: false });
 */
export class BaseLoss extends nn.Module<[Tensor, Tensor], Tensor> {
  readonly func: LossKernel;
  readonly axis: number;
  readonly flatten: boolean;
  readonly floatify: boolean;
  readonly is2d: boolean;
  reduction: Reduction;
  /** Whether MixUp and the like must mix losses because targets are classes. */
  readonly yInt: boolean = false;

  constructor(func: LossKernel, options: BaseLossOptions = {}) {
    super();
    checkOptions("BaseLoss", options, BASE_OPTIONS);
    const { axis = -1, flatten = true, floatify = false, is2d = true, reduction = "mean" } = options;
    checkReduction("BaseLoss", reduction);
    this.func = func;
    this.axis = axis;
    this.flatten = flatten;
    this.floatify = floatify;
    this.is2d = is2d;
    this.reduction = reduction;
  }

  forward(pred: Tensor, targ: Tensor, ...more: Tensor[]): Tensor {
    if (more.length > 0) throw manyTargets(more.length + 1);
    let input = classesLast(pred, this.axis);
    let target = classesLast(targ, this.axis);
    if (this.floatify && target.dtype !== "float16" && target.dtype !== "float32") target = target.float();
    if (SMALL_INTS.includes(target.dtype)) target = target.long();
    if (this.flatten) {
      if (!this.is2d && input.numel() !== target.numel()) throw sizesDiffer(pred, targ);
      input = this.is2d ? laidFlat(input, [-1, input.size(-1)]) : laidFlat(input, [-1]); // [*, C] or [*]
      target = laidFlat(target, [-1]); // [*]
    }
    try {
      return this.func(input, target, { reduction: this.reduction, ...this.kernelOptions() });
    } catch (error) {
      // Only a failure is looked into: what fits costs no check.
      if (this.is2d && this.flatten) throw explained(error, { pred, targ, input, target });
      throw error;
    }
  }

  /** From the model's output to probabilities. */
  activation(pred: Tensor): Tensor {
    return pred;
  }

  /** From activated output to predictions. */
  decodes(pred: Tensor): Tensor {
    return pred;
  }

  /** Further options for `func`, as they stand at each call. */
  protected kernelOptions(): object {
    return {};
  }
}

// A small model's step has about thirty operations: these do without one where it would change nothing.
function classesLast(x: Tensor, axis: number): Tensor {
  return axis === -1 || x.ndim === 0 || axis === x.ndim - 1 ? x : x.transpose(axis, -1).contiguous();
}

function laidFlat(x: Tensor, shape: number[]): Tensor {
  return x.ndim === shape.length ? x : x.reshape(shape);
}

function manyTargets(n: number): ShapeError {
  return new ShapeError(
    `loss: expected one target, got ${n}. Give the learner a lossFunc of your own that takes the predictions and ${n} targets.`,
  );
}

/** The mistake of predictions and targets that do not belong together. */
export function sizesDiffer(pred: Tensor, targ: Tensor, cause?: unknown): ShapeError {
  const masks = pred.ndim === 4 && targ.ndim === 3 && pred.shape.slice(2).join() !== targ.shape.slice(1).join();
  const remedy = masks
    ? "Give photos and masks one size, for example with Resize."
    : "Give the model as many outputs as there are targets, choose the axis of the classes, or take another loss.";
  const got = `got predictions [${pred.shape}] and targets [${targ.shape}]`;
  return new ShapeError(`loss: expected as many predictions as targets, ${got}. ${remedy}`, { cause });
}

/** As they came, and as the kernel got them: predictions [*, C], class numbers [*]. */
interface ClassOperands {
  readonly pred: Tensor;
  readonly targ: Tensor;
  readonly input: Tensor;
  readonly target: Tensor;
}

/** Why a loss over classes failed, in words of predictions and targets; the error itself when that is not known. */
function explained(error: unknown, { pred, targ, input, target }: ClassOperands): unknown {
  if (input.size(0) !== target.size(0)) return sizesDiffer(pred, targ, error);
  if (target.isFloatingPoint()) {
    const got = `got ${targ.dtype} [${targ.shape}]`;
    const remedy = "Take MSELossFlat() or L1LossFlat() for numbers, BCEWithLogitsLossFlat for sets of labels.";
    return new DtypeError(`loss: expected class numbers as targets, ${got}. ${remedy}`, { cause: error });
  }
  if (!(error instanceof IndexError)) return error;
  const classes = input.size(-1);
  const wrong = target.maskedSelect(target.lt(0).logicalOr(target.ge(classes)));
  const some = [...new Set(wrong.toArray() as number[])].slice(0, 5).join(", ");
  const expected = `expected class numbers below ${classes}, as there are predictions for ${classes}`;
  const remedy =
    "Name every class (the vocab, a mask's codes), or let the loss leave a number out with { ignoreIndex }.";
  return new IndexError(`loss: ${expected}, got ${some} too. ${remedy}`, { cause: error });
}
