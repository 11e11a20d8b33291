import { toDevice } from "../data/index.js";
import { type Figure, type GridImage, imageGrid } from "../show/index.js";
import { checkOptions, noGrad, OptionError, type Tensor } from "../torch/index.js";
import {
  type IntegratedGradientsOptions,
  integratedGradients,
  type NoiseTunnelOptions,
  noiseTunnel,
  type OcclusionOptions,
  occlusion,
} from "./attribution.js";
import { firstBatch } from "./first-batch.js";
import type { TrainingLoop } from "./loop.js";
import { itemLoaders } from "./predict.js";

/** "IG": integrated gradients; "NT": their mean over noisy inputs; "Occlusion": covering parts. */
export type ExplainMethod = "IG" | "NT" | "Occlusion";

/** Options of `explain`. */
export interface ExplainOptions
  extends Pick<IntegratedGradientsOptions, "steps">,
    NoiseTunnelOptions,
    Omit<OcclusionOptions, "baseline"> {
  /** How. Default "IG". */
  method?: ExplainMethod;
  /** The class that is explained. Default: the predicted one. */
  target?: number;
}

const methods: Record<
  ExplainMethod,
  (model: (x: Tensor) => Tensor, x: Tensor, target: number, o: ExplainOptions) => Tensor
> = {
  IG: (model, x, target, { steps }) => integratedGradients(model, x, target, { steps }),
  NT: (model, x, target, { steps, samples, std }) =>
    noiseTunnel((noisy) => integratedGradients(model, noisy, target, { steps }), x, { samples, std }),
  Occlusion: (model, x, target, { window, strides }) => occlusion(model, x, target, { window, strides }),
};

/** What spoke for a class in one item. */
export interface Explanation {
  /** The class, its number and its name. */
  readonly target: number;
  readonly label: string;
  /** The item as the model saw it. Shapes: [1, *]. */
  readonly input: Tensor;
  /** How much each of its numbers spoke for the class. Shapes: as the input. */
  readonly attribution: Tensor;
  /** The photo beside a map of what spoke for the class. Needs an input [1, C, H, W]. */
  figure(): Figure;
}

/**
 * Explains a classifier's prediction for one item, such as the path of a photo, by what in it speaks for the class.
 * Source: INT-5, fastai `CaptumInterpretation`.
 *
 * @example
 * const why = await explain(learn, "cat.jpg", { method: "Occlusion" });
 * await why.figure().save("why.png");
 */
export async function explain(learn: TrainingLoop, item: unknown, options: ExplainOptions = {}): Promise<Explanation> {
  checkOptions("explain", options, ["method", "target", "steps", "samples", "std", "window", "strides"]);
  const { method = "IG" } = options;
  if (!Object.hasOwn(methods, method)) {
    throw new OptionError(`explain: expected method to be one of ${Object.keys(methods).join(", ")}, got ${method}.`);
  }
  const dls = itemLoaders(learn, "explain");
  const { model } = learn;
  const device = model.parameters()[0]?.device ?? "cpu";
  const [input] = learn.split(toDevice(await firstBatch(await dls.testDl([item])), device))[0] as [Tensor];
  const wasTraining = model.training;
  model.eval();
  try {
    const target =
      options.target ??
      Number(
        noGrad(() => model(input))
          .argmax(-1)
          .item(),
      );
    const attribution = methods[method](model, input, target, options);
    const { vocab } = dls as { vocab?: readonly unknown[] };
    const names = Array.isArray(vocab?.[0]) ? (vocab.at(-1) as readonly unknown[]) : vocab;
    const label = String(names?.[target] ?? target);
    return { target, label, input, attribution, figure: () => drawn(input, attribution, label) };
  } finally {
    model.train(wasTraining);
  }
}

function drawn(input: Tensor, attribution: Tensor, label: string): Figure {
  if (input.ndim !== 4) {
    throw new OptionError(`explain: expected a photo [1, C, H, W] to draw, got [${input.shape}]. Read .attribution.`);
  }
  const grey = noGrad(() => greyOf(input));
  const heat = noGrad(() => attribution.select(0, 0).sum(0).clampMin(0)); // [H, W] what spoke for the class
  // One part in a hundred is an outlier that would darken all the rest.
  const peak = Number(heat.flatten().float().quantile(0.99).item()) || 1;
  const [height = 0, width = 0] = heat.shape;
  const values = heat.div(peak).clamp(0, 1).float().flatten().toArray() as number[];
  const data = new Float32Array(3 * width * height);
  for (const [i, share] of values.entries()) {
    const light = 0.25 + 0.5 * (grey[i] ?? 0);
    data[i] = light + (1 - light) * share; // red where it spoke for the class
    data[i + width * height] = light * (1 - share);
    data[i + 2 * width * height] = light * (1 - share);
  }
  const photo: GridImage = { data: Float32Array.from(grey), width, height, channels: 1, title: "Input" };
  return imageGrid([photo, { data, width, height, channels: 3, title: `Speaks for ${label}` }], { cols: 2 });
}

/** The photo in grey, from its least to its greatest value, 0..1. Shapes: [1, C, H, W] -> H * W numbers. */
function greyOf(input: Tensor): number[] {
  const flat = input.select(0, 0).mean(0).float(); // [H, W]
  const [low, high] = [Number(flat.min().item()), Number(flat.max().item())];
  return flat
    .sub(low)
    .div(high - low || 1)
    .flatten()
    .toArray() as number[];
}
