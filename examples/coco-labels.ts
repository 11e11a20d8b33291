/**
 * Several labels a photo: `npx tsx examples/coco-labels.ts FOLDER [EPOCHS]`.
 * FOLDER holds `train/` and `train.json`, as fastai's COCO_TINY does; the default is `coco_tiny`, for 5 epochs. What stands in boxes is
 * taken as the photo's set of labels.
 */
import { basename } from "node:path";
import {
  accuracyMulti,
  augTransforms,
  DataBlock,
  F1ScoreMulti,
  getAnnotations,
  getImageFiles,
  ImageBlock,
  Interpretation,
  loadLearner,
  MultiCategoryBlock,
  RandomSplitter,
  Resize,
  visionLearner,
  xresnet18,
} from "fastai-ts/vision";

const [path = "coco_tiny", epochs = "5"] = process.argv.slice(2);
const [files, boxes] = await getAnnotations(`${path}/train.json`);
const labels = new Map(files.map((file, i) => [file, [...new Set(boxes[i]?.[1])]]));

const coco = new DataBlock({
  blocks: [ImageBlock, MultiCategoryBlock()],
  getItems: getImageFiles,
  splitter: RandomSplitter({ seed: 42 }),
  getY: (file: string) => labels.get(basename(file)) ?? [],
  itemTfms: new Resize(80),
  batchTfms: augTransforms({ size: 64 }),
});
const dls = await coco.dataLoaders(`${path}/train`, { bs: 16 });
await (await dls.showBatch()).save("labels-batch.png");

const metrics = [accuracyMulti({ thresh: 0.5 }), F1ScoreMulti({ thresh: 0.3, average: "samples" })];
const learn = visionLearner(dls, xresnet18, { pretrained: false, metrics });
await learn.fitOneCycle(Number(epochs), 3e-3);
await (await learn.showResults({ maxN: 6 })).save("labels-results.png");
await (await (await Interpretation.fromLearner(learn)).plotTopLosses(6)).save("labels-losses.png");

const again = await loadLearner(await learn.export("labels.fai"));
const [names, , probs] = await again.predict(`${path}/train/${files[0]}`);
console.log(files[0], String(names), probs);
