/**
 * Points on faces: `npx tsx examples/face-keypoints.ts FOLDER [EPOCHS]`.
 * FOLDER holds `images/` and `keypoints.csv`: a file name, then x and y of each point in pixels. The default is
 * `face_keypoints_mini`, for 40 epochs.
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
  PointBlock,
  RandomSplitter,
  Resize,
  type TensorPoint,
  visionLearner,
  xresnet18,
} from "fastai-ts/vision";

const [path = "face_keypoints_mini", epochs = "40"] = process.argv.slice(2);
const rows = (await readFile(`${path}/keypoints.csv`, "utf8")).trim().split("\n").slice(1);
const points = new Map(rows.map((row) => [row.split(",")[0], row.split(",").slice(1).map(Number)]));

const faces = new DataBlock({
  blocks: [ImageBlock, PointBlock],
  getItems: getImageFiles,
  splitter: RandomSplitter({ seed: 42 }),
  getY: (file: string) => points.get(basename(file)),
  itemTfms: new Resize(80, { method: "squish" }),
  batchTfms: augTransforms({ size: 64, doFlip: false, maxWarp: 0 }), // left and right points are not the same
});
const dls = await faces.dataLoaders(`${path}/images`, { bs: 8 });
await (await dls.showBatch({ maxN: 4 })).save("faces-batch.png");

const learn = visionLearner(dls, xresnet18, { pretrained: false, yRange: [-1, 1] });
await learn.fitOneCycle(Number(epochs), 5e-3);
await (await learn.showResults({ maxN: 4 })).save("faces-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(2)).save("faces-losses.png");

const again = await loadLearner(await learn.export("faces.fai"));
const [photo = ""] = await getImageFiles(`${path}/images`);
const [found] = (await again.predict(photo)) as [TensorPoint, unknown, unknown];
console.log(basename(photo), "has the tip of its nose at", found.at(30).round().toArray()); // in pixels of 64 x 64
