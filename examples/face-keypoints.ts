/**
 * Points on faces: `npx tsx examples/face-keypoints.ts FOLDER`.
 * FOLDER holds `images/` and `keypoints.csv`: a file name, then x and y of each point in pixels. The default is
 * `face_keypoints_mini`.
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import {
  augTransforms,
  DataBlock,
  getImageFiles,
  ImageBlock,
  Interpretation,
  PointBlock,
  RandomSplitter,
  Resize,
  visionLearner,
  xresnet18,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "face_keypoints_mini";
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
await learn.fitOneCycle(10, 5e-3);
await (await learn.showResults({ maxN: 4 })).save("faces-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(2)).save("faces-losses.png");
