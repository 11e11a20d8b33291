/**
 * Small photos made large again by a U-Net, with a loss that compares features as well as pixels:
 * `npx tsx examples/super-resolution.ts FOLDER [EPOCHS] [--pretrained]`. FOLDER holds photos, in folders or not; the
 * default is `photos`, for 10 epochs. `--pretrained` compares the features of a network trained on photos, as the method is
 * meant to be used, and starts the U-Net from one; both take a download. Source: Johnson et al. 2016.
 */
import { nn, register, registerConstant, type Tensor } from "fastai-ts/torch";
import {
  createVisionModel,
  DataBlock,
  getImageFiles,
  hookOutputs,
  ImageBlock,
  Interpretation,
  ItemTransform,
  loadLearner,
  RandomSplitter,
  Resize,
  RgbImage,
  resnet18,
  squeezenet1_1,
  type TensorImage,
  unetLearner,
  xresnet18,
} from "fastai-ts/vision";
import { z } from "zod";

const [path = "photos", epochs = "10"] = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const pretrained = process.argv.includes("--pretrained");
const [side, crushed] = [64, 20];

/** A photo made small, and brought back to its size: what the model is to mend. */
async function crush(photo: RgbImage): Promise<RgbImage> {
  const whole = (width: number, height: number) => ({ left: 0, top: 0, width, height });
  const small = await photo.cropPad(whole(...photo.size), { resizeTo: [crushed, crushed] });
  return small.cropPad(whole(crushed, crushed), { resizeTo: photo.size });
}

/** Crushes the input of a pair, after both were cropped alike. An input alone, as for predictions, is small already. */
class CrushInput extends ItemTransform<readonly RgbImage[], Promise<RgbImage[]>> {
  override order = 2; // after Resize, before tensors
  override async encodes([photo, ...targets]: readonly RgbImage[]): Promise<RgbImage[]> {
    return photo && targets.length > 0 ? [await crush(photo), ...targets] : [photo as RgbImage];
  }
}
register("example.CrushInput", {
  cls: CrushInput,
  config: z.object({}),
  toConfig: () => ({}),
  fromConfig: () => new CrushInput(),
});

const block = new DataBlock({
  blocks: [ImageBlock, ImageBlock],
  getItems: getImageFiles,
  splitter: RandomSplitter({ seed: 42 }),
  itemTfms: [new Resize(side), new CrushInput()],
});
const dls = await block.dataLoaders(path, { bs: 4 });
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
const featureLoss = registerConstant(
  "example.featureLoss",
  (pred: Tensor, targ: Tensor, { reduction = "mean" }: { reduction?: "mean" | "none" } = {}): Tensor => {
    const far = (a: Tensor, b: Tensor) => a.sub(b).abs().flatten(1).mean(1); // [N]
    const [made, wanted] = [featuresOf(pred), featuresOf(targ)];
    const each = made.map((features, i) => far(features, wanted[i] as Tensor));
    const sum = each.reduce((total, part) => total.add(part), far(pred, targ)); // [N]
    return reduction === "mean" ? sum.mean() : sum;
  },
);

const arch = pretrained ? resnet18 : xresnet18;
const learn = unetLearner(dls, arch, { nOut: 3, yRange: [0, 1], lossFunc: featureLoss, pretrained, normalize: false });
await learn.fitOneCycle(Number(epochs), 2e-3);
await (await learn.showResults({ maxN: 3 })).save("large-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(2)).save("large-losses.png");

const again = await loadLearner(await learn.export("large.fai"));
const [first = ""] = await getImageFiles(path);
const [large] = (await again.predict(await crush(await RgbImage.open(first)))) as [TensorImage, unknown, unknown];
console.log(large.shape, large.dtype);
