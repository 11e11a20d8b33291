/** Losses element by element: no classes, identity activation. */
import * as z from "zod";
import { checkOptions, nn, register, rememberSpec } from "../../torch/index.js";
import { BaseLoss, type LossKernel, type Reduction } from "./base-loss.js";
import { reductionConfig } from "./class-weight.js";

/** Options of `MSELossFlat`, `L1LossFlat` and `BCELossFlat`. */
export interface ElementLossOptions {
  /** The axis that goes last before flattening; of no effect on the value. Default -1. */
  axis?: number;
  /** Convert targets to float32. Default true. */
  floatify?: boolean;
  /** Default "mean". */
  reduction?: Reduction;
}

const config = z.strictObject({
  axis: z.number().optional(),
  floatify: z.boolean().optional(),
  reduction: reductionConfig.optional(),
});

function elementLoss(name: string, func: LossKernel, options: ElementLossOptions): BaseLoss {
  checkOptions(name, options, ["axis", "floatify", "reduction"]);
  const loss = new BaseLoss(func, { floatify: true, ...options, is2d: false });
  return rememberSpec(loss, name, { ...options });
}

/** Mean squared error, flattened. Shapes: pred and targ of equal size. Source: LOS-5. */
export function MSELossFlat(options: ElementLossOptions = {}): BaseLoss {
  return elementLoss("MSELossFlat", nn.functional.mseLoss, options);
}

/** Mean absolute error, flattened. Shapes: pred and targ of equal size. Source: LOS-5. */
export function L1LossFlat(options: ElementLossOptions = {}): BaseLoss {
  return elementLoss("L1LossFlat", nn.functional.l1Loss, options);
}

/** Binary cross entropy of probabilities, flattened. Shapes: pred and targ of equal size. Source: LOS-5. */
export function BCELossFlat(options: ElementLossOptions = {}): BaseLoss {
  return elementLoss("BCELossFlat", nn.functional.binaryCrossEntropy, options);
}

register("MSELossFlat", { config, fromConfig: MSELossFlat });
register("L1LossFlat", { config, fromConfig: L1LossFlat });
register("BCELossFlat", { config, fromConfig: BCELossFlat });
