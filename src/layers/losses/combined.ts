/** Several losses as one: such as focal and Dice in segmentation. */
import * as z from "zod";
import { checkOptions, fromSpec, keep, nn, OptionError, register, type Tensor, toSpec } from "../../torch/index.js";
import { checkReduction, type Reduction } from "./base-loss.js";

/** A loss that can be part of another: one of this folder's, or a module of one's own. */
export type LossPart = nn.Module<[Tensor, Tensor], Tensor> & {
  reduction?: Reduction;
  readonly yInt?: boolean;
  activation?(pred: Tensor): Tensor;
  decodes?(pred: Tensor): Tensor;
};

/** Options of `CombinedLoss`. */
export interface CombinedLossOptions {
  /** Factors by the losses' names. Default 1 for each. */
  weights?: Readonly<Record<string, number>>;
}

/**
 * The weighted sum of losses. Predictions are activated and decoded as by the first one that says how. After each call
 * `values` has every part's value, for `LossMetrics("values.focal,values.dice")`.
 * Shapes: as of the parts; with reduction "none" one value an item, the mean over the rest of each part.
 *
 * @example
 * const loss = new CombinedLoss(
 *   { focal: new FocalLossFlat({ axis: 1 }), dice: new DiceLoss({ reduction: "mean" }) },
 *   { weights: { dice: 0.5 } },
 * );
 */
export class CombinedLoss extends nn.Module<[Tensor, Tensor], Tensor> {
  readonly losses: ReadonlyMap<string, LossPart>;
  readonly weights: Readonly<Record<string, number>>;
  /** Each part's value at the last call, without its weight. */
  values: Readonly<Record<string, Tensor>> = {};

  constructor(losses: Readonly<Record<string, LossPart>>, options: CombinedLossOptions = {}) {
    super();
    checkOptions("CombinedLoss", options, ["weights"]);
    const { weights = {} } = options;
    const unknown = Object.keys(weights).find((name) => !Object.hasOwn(losses, name));
    if (unknown !== undefined || Object.keys(losses).length === 0) {
      throw new OptionError(
        `CombinedLoss: expected losses, and weights of ${Object.keys(losses).join(", ") || "them"}, got ${unknown ?? "none"}.`,
      );
    }
    this.losses = new Map(Object.entries(losses));
    this.weights = weights;
  }

  /** How the values of the items are combined; setting it sets that of every part. */
  get reduction(): Reduction {
    return this.#parts[0]?.reduction ?? "mean";
  }
  set reduction(reduction: Reduction) {
    checkReduction("CombinedLoss", reduction);
    for (const part of this.#parts) part.reduction = reduction;
  }

  /** Whether targets are classes for any of the parts. */
  get yInt(): boolean {
    return this.#parts.some((part) => part.yInt === true);
  }

  forward(pred: Tensor, targ: Tensor): Tensor {
    const n = pred.size(0);
    const named = [...this.losses].map(([name, part]): [string, Tensor] => {
      const value = part(pred, targ);
      return [name, value.ndim === 0 ? value : value.reshape([n, -1]).mean(1)]; // scalar or [N]
    });
    this.values = Object.fromEntries(named.map(([name, value]) => [name, keep(value.detach().clone())]));
    return named.map(([name, value]) => value.mul(this.weights[name] ?? 1)).reduce((sum, value) => sum.add(value));
  }

  /** As the first part that has an activation. */
  activation(pred: Tensor): Tensor {
    return this.#parts.find((part) => part.activation)?.activation?.(pred) ?? pred;
  }

  /** As the first part that decodes. */
  decodes(pred: Tensor): Tensor {
    return this.#parts.find((part) => part.decodes)?.decodes?.(pred) ?? pred;
  }

  get #parts(): LossPart[] {
    return [...this.losses.values()];
  }
}

const spec = z.object({ type: z.string(), config: z.unknown().optional() });

register("CombinedLoss", {
  cls: CombinedLoss,
  config: z.strictObject({ losses: z.record(z.string(), spec), weights: z.record(z.string(), z.number()) }),
  toConfig: ({ losses, weights }) => ({
    losses: Object.fromEntries([...losses].map(([name, part]) => [name, toSpec(part)])),
    weights: { ...weights },
  }),
  fromConfig: ({ losses, weights }) => {
    // What a description of a loss makes is one: the registry holds what `toSpec` described.
    const parts = Object.entries(losses).map(([name, part]) => [name, fromSpec(part) as LossPart] as const);
    return new CombinedLoss(Object.fromEntries(parts), { weights });
  },
});
