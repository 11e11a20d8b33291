/** Each task on real photos: data block, pictures, training, export, prediction. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Learner, loadLearner } from "../../../src/callback/index.js";
import {
  asTuple,
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  getC,
  getImageFiles,
  MultiCategoryBlock,
  RandomSplitter,
  RegressionBlock,
  TensorBBox,
  TensorImage,
  TensorMask,
  TensorMultiCategory,
  TensorPoint,
} from "../../../src/data/index.js";
import { CrossEntropyLossFlat, MSELossFlat } from "../../../src/layers/index.js";
import {
  accuracy,
  accuracyMulti,
  F1ScoreMulti,
  foregroundAcc,
  Interpretation,
  mae,
} from "../../../src/learner/index.js";
import { cat, manualSeed, nn, register, registerConstant, type Tensor } from "../../../src/torch/index.js";
import { BBoxBlock, BBoxLblBlock, ImageBlock, MaskBlock, PointBlock } from "../../../src/vision/blocks.js";
import { getAnnotations, type LabelledBoxes } from "../../../src/vision/boxes.js";
import { RgbImage } from "../../../src/vision/image.js";
import { visionLearner } from "../../../src/vision/learner.js";
import { Resize } from "../../../src/vision/resize.js";
import { unetLearner } from "../../../src/vision/unet-learner.js";
import { hasSample, tiny, withSample } from "./scenes.js";

type Blocks = NonNullable<ConstructorParameters<typeof DataBlock>[0]>;

/** Loaders of at most `most` of the photos of a folder, 32 x 32. */
async function loaders(folder: string, options: Blocks, most = 40): Promise<DataLoaders> {
  manualSeed(7);
  const block = new DataBlock({ splitter: RandomSplitter({ seed: 1 }), itemTfms: new Resize(32), ...options });
  return block.dataLoaders((await getImageFiles(folder)).sort().slice(0, most), { bs: 8, seed: 1, path: folder });
}

/**
 * Goes the whole way with a learner: it must get better in a few epochs, have pictures of batch, results and losses, and
 * predict the same after it was exported and loaded. `item` is a path; its bytes and the photo in memory must do as well.
 */
async function wholeWay(dls: DataLoaders, learn: Learner, item: string, { epochs = 3, getter = false } = {}) {
  const batch = (await dls.showBatch({ maxN: 2 })).toSVG();
  const quiet = <T>(body: () => Promise<T>) => learn.noBar(() => learn.noLogging(body));
  await quiet(() => learn.fitOneCycle(epochs, 1e-2));
  const [first, last] = [learn.recorder.values[0]?.[0], learn.recorder.values.at(-1)?.[0]];
  expect(Number(last)).toBeLessThan(Number(first)); // of training: a few photos teach nothing about others
  const results = (await quiet(() => learn.showResults({ maxN: 2 }))).toSVG();
  const worst = (await quiet(async () => (await Interpretation.fromLearner(learn)).plotTopLosses(2))).toSVG();
  for (const svg of [batch, results, worst]) expect(svg.match(/<image/g)?.length).toBeGreaterThanOrEqual(2);
  const again = await loadLearner(await learn.export("again.fai"));
  const [, , probs] = await quiet(() => learn.predict(item));
  const bytes = await readFile(item);
  const photo = (await RgbImage.open(item)).toTensor();
  const [path, inBytes, inMemory] = await again.noBar(async () => [
    await again.predict(item),
    await again.predict(bytes),
    await again.predict(photo),
  ]);
  expect(path?.[2]).toBeClose(probs);
  // A getter of one's own is for paths alone; a JPEG that is to be shrunk is not decoded in full, unless it is already.
  if (!getter) expect(inBytes?.[2]).toBeClose(probs);
  if (!getter && item.endsWith("png")) expect(inMemory?.[2]).toBeClose(probs);
  expect(inMemory?.[2]?.shape).toEqual(probs?.shape);
  return { batch, results, worst, prediction: path?.[0], values: learn.recorder.values.at(-1) ?? [] };
}

const onSample = (name: string, title: string, body: (path: string) => Promise<void>) =>
  describe.skipIf(!hasSample(name))(name, () => {
    it(title, { timeout: 120_000 }, () => withSample(name, body));
  });

onSample("pets_mini", "VLN-6, CategoryBlock: breeds of cats and dogs", async (path) => {
  const getY = (file: string) => basename(file).replace(/_\d+\.jpg$/, "");
  const dls = await loaders(join(path, "images"), { blocks: [ImageBlock, CategoryBlock], getY }, 80);
  const learn = visionLearner(dls, tiny, { pretrained: false, ps: 0, linFtrs: [], metrics: accuracy });
  const { batch, results, worst, prediction } = await wholeWay(dls, learn, join(path, "images/Abyssinian_103.jpg"));
  expect(batch).toMatch(/>(Bengal|Abyssinian|american_bulldog)</);
  expect(results).toContain(">Target, prediction<");
  expect(worst).toMatch(/>(Bengal|Abyssinian|american_bulldog)\/(Bengal|Abyssinian|american_bulldog)</);
  expect(dls.vocab).toContain(String(prediction));
});

const boxesIn = async (path: string): Promise<(file: string) => LabelledBoxes> => {
  const [files, boxes] = await getAnnotations(join(path, "train.json"));
  const byName = new Map(files.map((file, i) => [file, boxes[i]]));
  return (file) => byName.get(basename(file)) ?? [[], []];
};

onSample("coco_tiny", "VLN-6, MET-2, MultiCategoryBlock: sets of what is in a photo", async (path) => {
  const boxes = await boxesIn(path);
  const getY = (file: string) => [...new Set(boxes(file)[1])];
  const vocab = ["book", "chair", "couch", "remote", "tv", "vase"];
  const dls = await loaders(join(path, "train"), { blocks: [ImageBlock, MultiCategoryBlock({ vocab })], getY }, 60);
  const [, y] = (await dls.oneBatch()) as [Tensor, Tensor];
  expect([getC(dls), y.shape, Number(y.sum(1).max().item()) > 1]).toEqual([6, [8, 6], true]);
  const metrics = [accuracyMulti({ thresh: 0.4 }), F1ScoreMulti({ thresh: 0.3, average: "samples" })];
  const learn = visionLearner(dls, tiny, { pretrained: false, ps: 0, linFtrs: [], metrics });
  const files = await getImageFiles(join(path, "train"));
  const { results, worst, prediction, values } = await wholeWay(dls, learn, files[0] ?? "");
  expect(Number(values[2])).toBeGreaterThan(0.2);
  for (const svg of [results, worst]) expect(svg).toMatch(/#(15803d|c81e1e)[^>]*>[a-z, ]+</); // green or red
  for (const name of prediction as string[]) expect(vocab).toContain(name);
});

/** One box and its name for a photo: two targets, two predictions. */
class OneBoxLoss extends nn.Module<[Tensor, ...Tensor[]], Tensor> {
  reduction: "mean" | "none" = "mean";
  override forward(pred: Tensor, ...[boxes, labels]: Tensor[]): Tensor {
    const [box, name] = [(boxes as Tensor).select(1, 0), (labels as Tensor).select(1, 0)];
    const apart = pred.narrow(1, 0, 4).sub(box).abs().mean(1);
    const each = apart.add(nn.functional.crossEntropy(pred.narrow(1, 4, 7), name, { reduction: "none" }));
    return this.reduction === "none" ? each : each.mean();
  }
  decodes(pred: Tensor): Tensor[] {
    const boxes = pred.narrow(1, 0, 4).clamp(-1, 1).unsqueeze(1).as(TensorBBox);
    const names = pred.narrow(1, 4, 7).argmax(1, { keepdim: true }).as(TensorMultiCategory);
    return asTuple([boxes, names]) as Tensor[];
  }
}
register("test.OneBoxLoss", {
  cls: OneBoxLoss,
  config: z.object({}),
  toConfig: () => ({}),
  fromConfig: () => new OneBoxLoss(),
});

onSample(
  "coco_tiny",
  "VCO-6 to VCO-8, BBoxBlock: a box with its name, learned with a loss of one's own",
  async (path) => {
    const boxes = await boxesIn(path);
    const largest = (file: string): LabelledBoxes => {
      const [all, names] = boxes(file);
      const area = ([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: readonly number[]) => (x2 - x1) * (y2 - y1);
      const best = all.reduce((i, box, j) => (area(box) > area(all[i] ?? []) ? j : i), 0);
      return [[all[best] ?? []], [names[best] ?? ""]];
    };
    const vocab = ["#na#", "book", "chair", "couch", "remote", "tv", "vase"];
    const blocks = [ImageBlock, BBoxBlock, BBoxLblBlock({ vocab, addNa: false })];
    const getY = [(file: string) => largest(file)[0], (file: string) => largest(file)[1]];
    const dls = await loaders(join(path, "train"), {
      blocks,
      nInp: 1,
      getY,
      itemTfms: new Resize(32, { method: "squish" }),
    });
    const learn = visionLearner(dls, tiny, {
      pretrained: false,
      nOut: 11,
      ps: 0,
      linFtrs: [],
      lossFunc: new OneBoxLoss(),
    });
    const files = await getImageFiles(join(path, "train"));
    const { batch, results, worst, prediction } = await wholeWay(dls, learn, files[0] ?? "");
    expect(batch).toMatch(/>(book|chair|couch|remote|tv|vase)</);
    expect([results.includes(">Prediction<"), worst.includes(">Target<")]).toEqual([true, true]);
    const [box, names] = prediction as [TensorBBox, string[]];
    expect([box instanceof TensorBBox, box.shape, names.length]).toEqual([true, [1, 4], 1]);
  },
);

/** The points of each face. */
async function pointsIn(path: string): Promise<Map<string, number[]>> {
  const rows = (await readFile(join(path, "keypoints.csv"), "utf8")).trim().split("\n").slice(1);
  return new Map(rows.map((row) => [row.split(",")[0] ?? "", row.split(",").slice(1).map(Number)]));
}
const squish = new Resize(32, { method: "squish" });

onSample("face_keypoints_mini", "VCO-5, PointBlock: 68 points of a face", async (path) => {
  const points = await pointsIn(path);
  const getY = (file: string) => points.get(basename(file));
  const dls = await loaders(join(path, "images"), { blocks: [ImageBlock, PointBlock], getY, itemTfms: squish });
  const [, y] = (await dls.oneBatch()) as [Tensor, Tensor];
  expect([getC(dls), y.shape, Number(y.abs().max().item()) < 1.2]).toEqual([136, [8, 68, 2], true]);
  const learn = visionLearner(dls, tiny, { pretrained: false, ps: 0, linFtrs: [], yRange: [-1, 1], metrics: mae });
  const [file = ""] = points.keys();
  const { batch, results, prediction } = await wholeWay(dls, learn, join(path, "images", file), { epochs: 5 });
  expect(batch.match(/<circle/g)?.length).toBeGreaterThan(100);
  expect(results).toContain(">Prediction<");
  expect([prediction instanceof TensorPoint, (prediction as Tensor).shape]).toEqual([true, [68, 2]]);
  expect(Number((prediction as Tensor).max().item())).toBeGreaterThan(8); // pixels
});

onSample("face_keypoints_mini", "VLN-6, RegressionBlock: how far a head is turned, one number", async (path) => {
  const points = await pointsIn(path);
  const getY = (file: string) => {
    const x = (point: number) => points.get(basename(file))?.[2 * point] ?? 0;
    return (2 * (x(30) - x(0))) / (x(16) - x(0)) - 1; // the nose between the sides of the jaw
  };
  const dls = await loaders(join(path, "images"), { blocks: [ImageBlock, RegressionBlock], getY, itemTfms: squish });
  const learn = visionLearner(dls, tiny, { pretrained: false, ps: 0, linFtrs: [], yRange: [-1.5, 1.5], metrics: mae });
  const [file = ""] = points.keys();
  const { batch, worst, prediction } = await wholeWay(dls, learn, join(path, "images", file), { epochs: 5 });
  for (const svg of [batch, worst]) expect(svg).toMatch(/>-?\d\.\d+</);
  expect(Math.abs(Number(prediction))).toBeLessThan(1.5);
});

onSample("camvid_tiny", "VLN-7, VLN-8, MaskBlock: streets, void left out of loss and score", async (path) => {
  const codes = (await readFile(join(path, "codes.txt"), "utf8")).trim().split("\n");
  const nobody = codes.indexOf("Void");
  const getY = (file: string) => file.replace("/images/", "/labels/").replace(".png", "_P.png");
  const itemTfms = new Resize([32, 40], { method: "squish" });
  const dls = await loaders(join(path, "images"), { blocks: [ImageBlock, MaskBlock({ codes })], getY, itemTfms });
  const lossFunc = new CrossEntropyLossFlat({ axis: 1, ignoreIndex: nobody });
  const metrics = foregroundAcc({ bkgIdx: nobody });
  const learn = unetLearner(dls, tiny, { pretrained: false, lossFunc, metrics });
  const [file = ""] = await getImageFiles(join(path, "images"));
  const { batch, results, worst, prediction, values } = await wholeWay(dls, learn, file);
  for (const svg of [batch, results, worst]) expect(svg).toContain(">Road<"); // in the legend
  expect(Number(values[2])).toBeGreaterThan(0.2);
  expect([prediction instanceof TensorMask, (prediction as Tensor).shape]).toEqual([true, [32, 40]]);
});

const grey = registerConstant("test.grey", async (photo: string | Uint8Array | Tensor) => {
  const colours = (await RgbImage.open(photo)).toTensor().float().mean(0, { keepdim: true }); // [1, H, W]
  return RgbImage.open(cat([colours, colours, colours]).to("uint8"));
});

onSample("pets_mini", "VLN-7, image to image: a grey photo gets its colours from a U-Net", async (path) => {
  // Input and target are cropped alike, since one item's steps draw once.
  const dls = await loaders(join(path, "images"), { blocks: [ImageBlock, ImageBlock], getX: grey }, 24);
  const learn = unetLearner(dls, tiny, { pretrained: false, nOut: 3, yRange: [0, 1], lossFunc: MSELossFlat() });
  const { batch, results, worst } = await wholeWay(dls, learn, join(path, "images/Abyssinian_103.jpg"), {
    getter: true,
  });
  expect(batch).toContain(">Input<");
  for (const svg of [results, worst]) expect(svg).toMatch(/>Prediction/);
  const [input, target] = (await dls.oneBatch()) as [Tensor, Tensor];
  expect(target).toBeInstanceOf(TensorImage);
  expect(Number(input.mean(1).sub(target.mean(1)).abs().mean().item())).toBeLessThan(0.03); // the same part of the photo
});
