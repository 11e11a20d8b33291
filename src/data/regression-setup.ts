/** Numbers as targets. Source: DTR-10. */
import * as z from "zod";
import { MSELossFlat } from "../layers/index.js";
import { checkOptions, scope, Tensor, tensor } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { isIndexed } from "./dataset.js";
import { LabelError } from "./errors.js";
import type { LossLike } from "./loss-like.js";
import { withItem } from "./setup-items.js";
import { brief } from "./show-text.js";
import { ItemTransform } from "./transform.js";
import { TitledFloat, type TitledTuple, titledTuple } from "./types.js";

type Target = Tensor | number | readonly number[];

type Numbers = number | Numbers[];

function numbersOf(x: unknown): Numbers {
  if (Array.isArray(x)) return x.map(numbersOf);
  if (typeof x === "number") return x;
  const value = x === null || x === undefined || (typeof x === "string" && x.trim() === "") ? Number.NaN : Number(x);
  if (!Number.isNaN(value)) return value;
  const got = typeof x === "string" ? `the text "${x}"` : String(x);
  throw new LabelError(
    `RegressionSetup: expected a number or a list of numbers, got ${got}. Make getY give numbers; for names use CategoryBlock.`,
    { stage: "RegressionSetup" },
  );
}

/**
 * Makes a float32 tensor of a number or a list of numbers; decodes to a TitledFloat or a TitledTuple.
 * `c` is the length of the first training target, 1 for a number. Source: DTR-10.
 */
export class RegressionSetup extends ItemTransform<Target, Tensor> {
  /** How many numbers a target has; 0 when unknown. */
  c: number;

  constructor(options: { c?: number } = {}) {
    super();
    checkOptions("RegressionSetup", options, ["c"]);
    this.c = options.c ?? 0;
  }

  /** The loss for numbers. */
  get lossFunc(): LossLike {
    return MSELossFlat();
  }

  override async setups(items: unknown): Promise<void> {
    if (this.c > 0 || !isIndexed(items) || items.length === 0) return;
    await withItem(items, 0, (first) => {
      if (first instanceof Tensor) this.c = first.ndim === 0 ? 1 : (first.shape[0] ?? 1);
      else this.c = Array.isArray(first) ? first.length : 1;
    });
  }

  override encodes(x: Target): Tensor {
    if (x instanceof Tensor) return x.to("float32");
    if (this.c > 0 && Array.isArray(x) && x.length !== this.c) {
      throw new LabelError(
        `RegressionSetup: expected ${this.c} numbers, as in the first training item, got ${brief(x)}.`,
        {
          stage: "RegressionSetup",
        },
      );
    }
    return tensor(numbersOf(x), { dtype: "float32" });
  }

  override decodes(x: Tensor): Target {
    // Titled values take the place of the numbers.
    const titled: TitledFloat | TitledTuple<number> =
      x.numel() === 1
        ? new TitledFloat(Number(x.item()))
        : titledTuple(scope(() => x.reshape(-1).toArray()) as number[]);
    return titled as unknown as Target;
  }
}

register("data.RegressionSetup", {
  cls: RegressionSetup,
  config: z.object({ c: z.number() }),
  toConfig: (tfm) => ({ c: tfm.c }),
  fromConfig: (config) => new RegressionSetup(config),
});
