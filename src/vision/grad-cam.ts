/** Where a classifier looked. */
import { hookOutput, type Learner } from "../callback/index.js";
import { getC, toDevice } from "../data/index.js";
import { type Figure, type GridImage, imageGrid } from "../show/index.js";
import { checkOptions, enableGrad, grad, nn, scope, type Tensor, ValueError } from "../torch/index.js";
import { VisionLearner } from "./learner.js";
import { gridImage } from "./picture.js";

/** Options of `gradCam`. */
export interface GradCamOptions {
  /** The class that is looked for: its number, or its name. Default: the predicted one. */
  target?: number | string;
  /** The module whose output is looked at; it gives [N, C, h, w]. Default: the model's first part, its body. */
  layer?: nn.AnyModule;
}

/** Where a photo speaks for a class. */
export interface GradCam {
  /** The class, its number and its name. */
  readonly target: number;
  readonly label: string;
  /** How much each place speaks for the class, 0..1. Shapes: [H, W] of the photo as the model saw it. */
  readonly heat: Tensor;
  /** The photo, and the photo in grey, glowing where it speaks for the class. */
  figure(): Figure;
}

/**
 * Where in a photo, such as the file of a path, a class was seen: the channels of a late layer, each weighted by how much
 * it raises the class's score, summed where they are positive. Beyond fastai. Source: Selvaraju et al. 2016, eq. 1 and 2.
 *
 * @example
 * await (await gradCam(learn, "cat.jpg")).figure().save("cat-where.png");
 */
export async function gradCam(learn: Learner, item: unknown, options: GradCamOptions = {}): Promise<GradCam> {
  checkOptions("gradCam", options, ["target", "layer"]);
  if (learn instanceof VisionLearner) await learn.ready();
  const { model, dls } = learn;
  const dl = await dls.testDl([item]);
  const batch = await dl.oneBatch();
  const device = model.parameters()[0]?.device ?? "cpu";
  const [input] = toDevice(batch, device) as [Tensor];
  const layer = options.layer ?? model.children()[0] ?? model;
  const names = namesOf(dls.vocab, getC(dls));
  const wanted = typeof options.target === "string" ? names.indexOf(options.target) : options.target;
  if (wanted === -1) {
    throw new ValueError(`gradCam: expected one of ${names.join(", ")}, got "${options.target}".`);
  }
  const { training } = model;
  model.eval();
  try {
    const { target, heat } = scope(() => heatOf(model, layer, input, wanted));
    const { samples } = await dl.showParts(batch, { maxN: 1 });
    const photo = gridImage(samples[0]?.[0]);
    const label = names[target] ?? String(target);
    return { target, label, heat, figure: () => drawn(photo, heat, label) };
  } finally {
    model.train(training);
  }
}

/** The names of the classes; their numbers when the data has none. */
function namesOf(vocab: unknown, count: number): string[] {
  const last: unknown = Array.isArray(vocab) && Array.isArray(vocab[0]) ? vocab.at(-1) : vocab;
  return Array.isArray(last) ? last.map(String) : Array.from({ length: count }, (_, i) => String(i));
}

function heatOf(
  model: Learner["model"],
  layer: nn.AnyModule,
  input: Tensor,
  wanted: number | undefined,
): { target: number; heat: Tensor } {
  using hook = hookOutput(layer, { detach: false });
  const { scores, seen } = enableGrad(() => {
    // A frozen body keeps no history unless its input asks for one.
    const out = model(input.detach().requiresGrad_());
    return { scores: out, seen: hook.stored };
  });
  if (seen?.ndim !== 4 || scores.ndim !== 2) {
    throw new ValueError(
      `gradCam: expected a layer that gives [N, C, h, w] and scores [N, classes], got [${seen?.shape ?? ""}] and ` +
        `[${scores.shape}]. Name another layer.`,
    );
  }
  const target = wanted ?? Number(scores.argmax(1).item());
  const [slope] = grad(scores.select(1, target).sum(), [seen]) as [Tensor];
  const weights = slope.mean({ dim: [2, 3], keepdim: true }); // [1, C, 1, 1]
  const map = weights.mul(seen.detach()).sum(1, { keepdim: true }).relu(); // [1, 1, h, w]
  const size = input.shape.slice(-2);
  const large = nn.functional.interpolate(map, { size, mode: "bilinear" }).view(size); // [H, W]
  seen.dispose();
  const peak = Number(large.max().item()) || 1;
  return { target, heat: large.div(peak).detach().cpu() };
}

/** From violet over orange to pale yellow, "inferno" without its dark end: dark to light as well as cold to hot. */
const glow = [
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
] as const;

/** The colour of a share 0..1, between the two nearest of `glow`. */
function warmth(share: number): number[] {
  const at = Math.min(Math.max(share, 0), 1) * (glow.length - 1);
  const i = Math.min(Math.floor(at), glow.length - 2);
  return [0, 1, 2].map((c) => (glow[i]?.[c] ?? 0) * (1 - at + i) + (glow[i + 1]?.[c] ?? 0) * (at - i));
}

/** Grey where it sees nothing, ever more of the glow where it sees more. */
function drawn(photo: GridImage, heat: Tensor, label: string): Figure {
  const { width, height, channels, data, layout = "chw" } = photo;
  const n = width * height;
  const mixed = new Uint8Array(3 * n);
  for (const [i, share] of (heat.flatten().toArray() as number[]).entries()) {
    const light = (c: number) => data[layout === "chw" ? c * n + i : i * channels + c] ?? 0;
    const grey = channels < 3 ? light(0) : 0.3 * light(0) + 0.59 * light(1) + 0.11 * light(2);
    const cover = 0.75 * share;
    for (const [c, hot] of warmth(share).entries()) mixed[c * n + i] = (1 - cover) * grey + cover * hot;
  }
  const title = Number(heat.max().item()) > 0 ? `Where it sees ${label}` : `No place speaks for ${label}`;
  const where: GridImage = { data: mixed, width, height, channels: 3, title };
  return imageGrid([{ ...photo, title: "Input" }, where], { cols: 2 });
}
