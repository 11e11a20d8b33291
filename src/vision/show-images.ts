/** Pictures of batches, results and worst losses of photos. Source: section 26, VCO-11. */
import {
  plotTopLosses,
  type Sample,
  type ShowOptions,
  showBatch,
  showResults,
  TensorBBox,
  TensorCategory,
  TensorImage,
  type TensorImageBase,
  TensorMask,
  TensorMultiCategory,
  TensorPoint,
} from "../data/index.js";
import { type Figure, type GridImage, imageGrid } from "../show/index.js";
import { Tensor } from "../torch/index.js";
import { maskOver } from "./draw-on-image.js";
import { ImageItem } from "./image.js";
import { gridImage, legendOf, picture, titleOf } from "./picture.js";

/** Rows and columns for `n` pictures: as square as can be, more columns than rows. Source: VCO-11. */
export function getGrid(n: number): readonly [rows: number, cols: number] {
  const rows = Math.max(1, Math.floor(Math.sqrt(n)));
  return [rows, Math.max(1, Math.ceil(n / rows))];
}

/** How a grid of samples is laid out. */
interface GridLayout {
  /** Pictures of one sample. Default 1. */
  readonly perSample?: number;
  /** Everything that is drawn; names of mask colours come from it. */
  readonly members?: readonly Sample[];
  /** What the titles say. */
  readonly caption?: string;
}

/** What targets and predictions of one sample are called. */
const titlesOf = (targets: Sample, out: Sample = []) => [titleOf(targets), titleOf(out)] as const;

function grid(images: GridImage[], options: ShowOptions, layout: GridLayout = {}): Figure {
  const { perSample = 1, members = [], caption } = layout;
  const cols = options.cols ?? getGrid(images.length / perSample)[1] * perSample;
  return imageGrid(images, { cols, legend: legendOf(members.flat()), title: caption });
}

/** A picture with lines above it: the target, the prediction in green or red by whether it is the same, and more. */
function judged(
  image: unknown,
  [actual, predicted]: readonly [string, string],
  more: readonly string[] = [],
): GridImage {
  const verdict = actual === predicted ? "good" : "bad";
  const colored = (text: string, color: string) => text.split("\n").map(() => color); // several targets, several lines
  return {
    ...gridImage(image),
    title: [actual, predicted, ...more].join("\n"),
    titleColor: [...colored(actual, ""), ...colored(predicted, verdict)],
  };
}

const shown = (samples: readonly Sample[], options: ShowOptions, most = Number.POSITIVE_INFINITY) =>
  samples.slice(0, Math.min(options.maxN ?? 9, most));

const withTargets = (_x: unknown, _y: unknown, samples: readonly Sample[], options: ShowOptions) =>
  grid(
    shown(samples, options).map(([image, ...others]) => picture(image, others)),
    options,
    { members: shown(samples, options) },
  );
showBatch.add([TensorImage, Object], withTargets);
showBatch.add([ImageItem, Object], withTargets); // items of datasets whose transforms stop before tensors

showBatch.add([TensorImage, TensorImage], (_x, _y, samples, options) =>
  grid(
    shown(samples, options).flatMap(([input, target]) => [
      { ...gridImage(input), title: "Input" },
      { ...gridImage(target), title: "Target" },
    ]),
    options,
    { perSample: 2 },
  ),
);

showResults.add([TensorImage, Object], (_x, _y, samples, outs, options) =>
  grid(
    shown(samples, options).map(([image, ...others], i) => picture(image, [...others, ...(outs[i] ?? [])])),
    options,
    { caption: "Target, prediction" },
  ),
);

for (const labels of [TensorCategory, TensorMultiCategory]) {
  showResults.add([TensorImage, labels], (_x, _y, samples, outs, options) =>
    grid(
      shown(samples, options).map(([image, ...targets], i) => judged(image, titlesOf(targets, outs[i]))),
      options,
      { caption: "Target, prediction" },
    ),
  );
}

const sideBySide = (
  _x: unknown,
  _y: unknown,
  samples: readonly Sample[],
  outs: readonly Sample[],
  options: ShowOptions,
) => {
  const few = shown(samples, options, 6);
  return grid(
    few.flatMap(([image, ...targets], i) => [
      { ...picture(image, targets), title: "Target" },
      { ...picture(image, outs[i] ?? []), title: "Prediction" },
    ]),
    options.cols ? options : { ...options, cols: few.length > 3 ? 4 : 2 },
    { members: [...few, ...outs.slice(0, few.length)] },
  );
};
showResults.add([TensorImage, TensorMask], sideBySide);
showResults.add([TensorImage, TensorPoint], sideBySide);
showResults.add([TensorImage, TensorBBox], sideBySide);

showResults.add([TensorImage, TensorImage], (_x, _y, samples, outs, options) =>
  grid(
    shown(samples, options).flatMap(([input, target], i) => [
      { ...gridImage(input), title: "Input" },
      { ...gridImage(target), title: "Target" },
      { ...gridImage(outs[i]?.[0]), title: "Prediction" },
    ]),
    { ...options, cols: options.cols ?? 3 },
  ),
);

const lossText = (loss: number | undefined) => (loss ?? Number.NaN).toFixed(loss !== undefined && loss < 0.01 ? 4 : 2);

/** The probability of the predicted class: the largest. */
function confidence(raw: unknown): string {
  if (!(raw instanceof Tensor) || raw.numel() === 0) return "";
  return ` / ${Number(raw.float().max().item()).toFixed(2)}`;
}

plotTopLosses.add([TensorImage, TensorCategory], (_x, _y, samples, outs, { raws, losses }, options) =>
  grid(
    samples.map(([image, ...targets], i) => {
      const [actual, predicted] = titlesOf(targets, outs[i]);
      const title = `${predicted}/${actual}\n${lossText(losses[i])}${confidence(raws[i])}`;
      return { ...gridImage(image), title, titleColor: [actual === predicted ? "good" : "bad", ""] };
    }),
    options,
    { caption: "Prediction/target / loss / probability" },
  ),
);

plotTopLosses.add([TensorImage, TensorMultiCategory], (_x, _y, samples, outs, { losses }, options) =>
  grid(
    samples.map(([image, ...targets], i) => judged(image, titlesOf(targets, outs[i]), [`loss ${lossText(losses[i])}`])),
    options,
    { caption: "Target, prediction, loss" },
  ),
);

plotTopLosses.add([TensorImage, Object], (_x, _y, samples, outs, { losses }, options) =>
  grid(
    samples.map(([image, ...targets], i) => {
      const title = [...titlesOf(targets, outs[i]), `loss ${lossText(losses[i])}`].join("\n");
      return { ...gridImage(image), title };
    }),
    options,
    { caption: "Target, prediction, loss" },
  ),
);

/** Input, target and prediction in turn; the latter two as `draw` makes them of the input and the others. */
function inColumns(
  draw: (image: unknown, others: readonly unknown[]) => GridImage,
): Parameters<TopLossRules["add"]>[1] {
  return (_x: unknown, _y: unknown, samples: readonly Sample[], outs: readonly Sample[], { losses }, options) =>
    grid(
      samples.flatMap(([image, ...targets], i) => [
        { ...gridImage(image), title: "Input" },
        { ...draw(image, targets), title: "Target" },
        { ...draw(image, outs[i] ?? []), title: `Prediction, loss ${lossText(losses[i])}` },
      ]),
      { ...options, cols: options.cols ?? 3 },
      { members: [...samples, ...outs] },
    );
}
type TopLossRules = typeof plotTopLosses;
for (const drawnOver of [TensorMask, TensorPoint, TensorBBox]) {
  plotTopLosses.add([TensorImage, drawnOver], inColumns(picture));
}
plotTopLosses.add(
  [TensorImage, TensorImage],
  inColumns((_image, [other]) => gridImage(other)),
);

// Several targets, such as boxes and their names, are drawn as the first of them is.
showResults.add([TensorImage, Array], (x, y, ...rest) => showResults(x, y[0], ...rest));
plotTopLosses.add([TensorImage, Array], (x, y, ...rest) => plotTopLosses(x, y[0], ...rest));

/** Anything that `gridImage` can draw. */
export type Drawable = ImageItem | TensorImageBase;

/** Pictures in a grid, with titles if given: the quick look at images of any kind. Source: TOR-13, fastai `show_images`. */
export function showImages(
  images: readonly Drawable[],
  options: { titles?: readonly string[]; cols?: number } = {},
): Figure {
  const drawn = images.map((image, i) => {
    const title = options.titles?.[i];
    const view = image instanceof TensorMask ? maskOver(gridImage(image), gridImage(image)) : gridImage(image);
    return title === undefined ? view : { ...view, title };
  });
  return imageGrid(drawn, { cols: options.cols ?? getGrid(images.length)[1] });
}
