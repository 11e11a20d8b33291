/**
 * One number a photo: how far a head is turned, from about -1 (to one side) over 0 (to the front) to 1.
 * `npx tsx examples/head-turn.ts FOLDER [EPOCHS]`. FOLDER holds `images/` and `keypoints.csv`, as for
 * `examples/face-keypoints.ts`; the default is `face_keypoints_mini`, for 20 epochs. The number is taken from the points:
 * where the tip of the nose lies between the sides of the jaw.
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import {
  augTransforms,
  DataBlock,
  getImageFiles,
  ImageBlock,
  Interpretation,
  loadLearner,
  mae,
  RandomSplitter,
  RegressionBlock,
  Resize,
  visionLearner,
  xresnet18,
} from "fastai-ts/vision";

const [path = "face_keypoints_mini", epochs = "20"] = process.argv.slice(2);
const rows = (await readFile(`${path}/keypoints.csv`, "utf8")).trim().split("\n").slice(1);
const turns = new Map(
  rows.map((row) => {
    const [name, ...numbers] = row.split(",");
    const xOf = (point: number) => Number(numbers[2 * point]);
    const [left, right, nose] = [xOf(0), xOf(16), xOf(30)]; // first and last point of the jaw, tip of the nose
    return [name, (2 * (nose - left)) / (right - left) - 1];
  }),
);

const heads = new DataBlock({
  blocks: [ImageBlock, RegressionBlock],
  getItems: getImageFiles,
  splitter: RandomSplitter({ seed: 42 }),
  getY: (file: string) => turns.get(basename(file)),
  itemTfms: new Resize(80, { method: "squish" }),
  batchTfms: augTransforms({ size: 64, doFlip: false, maxWarp: 0 }), // a flip would turn the head the other way
});
const dls = await heads.dataLoaders(`${path}/images`, { bs: 8 });
await (await dls.showBatch({ maxN: 6 })).save("heads-batch.png");

const learn = visionLearner(dls, xresnet18, {
  pretrained: false,
  yRange: [-1.2, 1.2],
  linFtrs: [],
  ps: 0.2,
  metrics: mae,
});
await learn.fitOneCycle(Number(epochs), 1e-3);
await (await learn.showResults({ maxN: 6 })).save("heads-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(3)).save("heads-losses.png");

const again = await loadLearner(await learn.export("head-turn.fai"));
const [photo = ""] = await getImageFiles(`${path}/images`);
const [turn] = await again.predict(photo);
console.log(
  basename(photo),
  "is turned by",
  Number(turn).toFixed(2),
  "in truth",
  turns.get(basename(photo))?.toFixed(2),
);
