/**
 * Pairs of photos, the same breed or not, with an item type of one's own:
 * `npx tsx examples/siamese.ts FOLDER [EPOCHS]`. FOLDER holds `images/` with names such as `Bengal_31.jpg`; the default is
 * `pets`, for 4 epochs.
 */
import { basename } from "node:path";
import { cat, nn, registerConstant, registerModule, stack, type Tensor, TensorBase } from "fastai-ts/torch";
import {
  accuracy,
  CategoryBlock,
  createBody,
  createHead,
  DataBlock,
  defaultSplit,
  getImageFiles,
  gridImage,
  Interpretation,
  IntToFloatTensor,
  imageGrid,
  isTitled,
  Learner,
  loadLearner,
  plotTopLosses,
  Resize,
  RgbImage,
  registerShowable,
  showBatch,
  showResults,
  ToTensor,
  TransformBlock,
  xresnet18,
} from "fastai-ts/vision";

/** What an item is: two photos. */
class ImagePair {
  constructor(readonly photos: readonly RgbImage[]) {}
}
/** Both in one tensor, [2, 3, H, W] or [N, 2, 3, H, W]. */
class TensorPair extends TensorBase {}

// What existing steps do with the new types is said from outside.
ToTensor.extend(ImagePair, { encodes: ({ photos }) => stack(photos.map((photo) => photo.toTensor())).as(TensorPair) });
IntToFloatTensor.extend(TensorPair, {
  encodes: (pair) => pair.float().div(255),
  decodes: (pair) => pair.mul(255).clamp(0, 255).to("uint8"),
});
registerShowable(TensorPair);

registerConstant("example.TensorPair", TensorPair); // under this name, an exported learner knows the class

/** Both photos in one picture. */
const drawn = ([pair]: readonly unknown[], title: string, titleColor?: readonly string[]) => ({
  ...gridImage(cat([(pair as Tensor).select(0, 0), (pair as Tensor).select(0, 1)], -1)),
  title,
  titleColor,
});
const titleOf = ([label]: readonly unknown[]) => (isTitled(label) ? label.title : "");
const judged = (sample: readonly unknown[], out: readonly unknown[] = [], more = "") => {
  const [actual, predicted] = [titleOf(sample.slice(1)), titleOf(out)];
  return drawn(sample, `${actual}\n${predicted}${more}`, ["", actual === predicted ? "good" : "bad"]);
};
const layout = { cols: 2, size: 300 };
showBatch.add([TensorPair, Object], (_x, _y, samples) =>
  imageGrid(
    samples.slice(0, 6).map((sample) => drawn(sample, titleOf(sample.slice(1)))),
    layout,
  ),
);
showResults.add([TensorPair, Object], (_x, _y, samples, outs) =>
  imageGrid(
    samples.slice(0, 6).map((sample, i) => judged(sample, outs[i])),
    { ...layout, title: "Target, prediction" },
  ),
);
plotTopLosses.add([TensorPair, Object], (_x, _y, samples, outs, { losses }) =>
  imageGrid(
    samples.map((sample, i) => judged(sample, outs[i], `\nloss ${losses[i]?.toFixed(2)}`)),
    { ...layout, title: "Target, prediction, loss" },
  ),
);

/** Two photos through one body, their features side by side into one head. */
class SiameseNet extends nn.Sequential {
  constructor() {
    super(createBody(xresnet18(), { cut: -4, pretrained: false }), createHead(2 * 512, 2, { ps: 0.2 }));
  }
  override forward(pairs: Tensor): Tensor {
    const [body, head] = this.layers() as [nn.Sequential, nn.Sequential];
    const [n = 0, two = 2, ...rest] = pairs.shape;
    const features = body(pairs.view([n * two, ...rest])); // [2 N, 512, h, w]
    return head(features.view([n, -1, ...features.shape.slice(2)])); // [N, 2]
  }
}
registerModule("example.SiameseNet", SiameseNet);

interface Pair {
  readonly files: readonly string[];
  readonly same: boolean;
}
const breedOf = (file: string) => basename(file).replace(/_\d+\.jpg$/, "");

/** Each photo beside one of its breed and one of another. */
async function pairsIn(folder: string): Promise<Pair[]> {
  const files = await getImageFiles(folder);
  return files.flatMap((file, i) => {
    const after = [...files.slice(i + 1), ...files.slice(0, i)];
    return [true, false].flatMap((same) => {
      const other = after.find((each) => (breedOf(each) === breedOf(file)) === same);
      return other ? [{ files: [file, other], same }] : [];
    });
  });
}

const [path = "pets", epochs = "4"] = process.argv.slice(2);
const resize = new Resize(64, { method: "squish" }); // called by hand, a crop would be another one each time
const openPair = registerConstant("example.openPair", async ({ files }: Pair) => {
  const photos = await Promise.all(files.map((file) => RgbImage.open(file)));
  return new ImagePair((await Promise.all(photos.map((photo) => resize.encode(photo)))) as RgbImage[]);
});
const block = new DataBlock({
  blocks: [new TransformBlock({ typeTfms: openPair, batchTfms: new IntToFloatTensor() }), CategoryBlock],
  getItems: pairsIn,
  getY: ({ same }: Pair) => (same ? "same" : "different"),
});
const dls = await block.dataLoaders(`${path}/images`, { bs: 16 });
await (await dls.showBatch()).save("pairs-batch.png");
const learn = new Learner(dls, new SiameseNet(), { metrics: accuracy, splitter: defaultSplit });
await learn.fitOneCycle(Number(epochs), 3e-3);
await (await learn.showResults()).save("pairs-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(4)).save("pairs-losses.png");

const again = await loadLearner(await learn.export("pairs.fai"));
const [pair] = await pairsIn(`${path}/images`);
const [label, , probs] = await again.predict(pair);
console.log(
  pair?.files.map((file) => basename(file)),
  String(label),
  probs,
);
