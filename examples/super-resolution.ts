/**
 * Small photos made large again by a U-Net, with a loss that compares features as well as pixels:
 * `npx tsx examples/super-resolution.ts FOLDER`. FOLDER holds photos, in folders or not; the default is `photos`.
 * `--pretrained` after FOLDER compares the features of a network trained on photos, as the method is meant to be used, and
 * starts the U-Net from one; both take a download. Source: Johnson et al. 2016.
 */
import { nn, type Tensor } from "fastai-ts/torch";
import {
  createVisionModel,
  DataBlock,
  getImageFiles,
  hookOutputs,
  ImageBlock,
  Interpretation,
  RandomSplitter,
  Resize,
  RgbImage,
  resnet18,
  squeezenet1_1,
  unetLearner,
  xresnet18,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "photos";
const pretrained = process.argv[3] === "--pretrained";
const [side, crushed] = [64, 16];

/** A photo of a quarter of the size, brought back to it: what the model is to mend. */
async function crush(file: string): Promise<RgbImage> {
  const photo = (await new Resize(side).encode(await RgbImage.open(file))) as RgbImage;
  const whole = (width: number) => ({ left: 0, top: 0, width, height: width });
  const small = await photo.cropPad(whole(side), { resizeTo: [crushed, crushed] });
  return small.cropPad(whole(crushed), { resizeTo: [side, side] });
}

const block = new DataBlock({
  blocks: [ImageBlock, ImageBlock],
  getItems: getImageFiles,
  splitter: RandomSplitter({ seed: 42 }),
  getX: crush,
  itemTfms: new Resize(side),
});
const dls = await block.dataLoaders(path, { bs: 8 });
await (await dls.showBatch({ maxN: 4 })).save("large-batch.png");

const seen = (await createVisionModel(squeezenet1_1, 2, { pretrained })).requiresGrad_(false).eval();
// The outputs right before the first three poolings, of three sizes.
const layers = seen.children()[0]?.children()[0]?.children() ?? [];
const stages = layers.filter((_, i) => layers[i + 1] instanceof nn.MaxPool2d);

/** What the stages make of photos 0..1. */
function featuresOf(photos: Tensor): Tensor[] {
  using hooks = hookOutputs(stages, { detach: false });
  seen(photos);
  return hooks.stored.filter((out) => out !== undefined);
}

/** How far pixels are apart, and features. */
function featureLoss(pred: Tensor, targ: Tensor, { reduction = "mean" }: { reduction?: "mean" | "none" } = {}): Tensor {
  const far = (a: Tensor, b: Tensor) => a.sub(b).abs().flatten(1).mean(1); // [N]
  const [made, wanted] = [featuresOf(pred), featuresOf(targ)];
  const each = made.map((features, i) => far(features, wanted[i] as Tensor));
  const sum = each.reduce((total, part) => total.add(part), far(pred, targ)); // [N]
  return reduction === "mean" ? sum.mean() : sum;
}

const arch = pretrained ? resnet18 : xresnet18;
const learn = unetLearner(dls, arch, { nOut: 3, yRange: [0, 1], lossFunc: featureLoss, pretrained, normalize: false });
await learn.fitOneCycle(3, 1e-3);
await (await learn.showResults({ maxN: 3 })).save("large-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(2)).save("large-losses.png");
