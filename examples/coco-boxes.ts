/**
 * Boxes with names, from COCO annotations to batches: `npx tsx examples/coco-boxes.ts FOLDER`.
 * FOLDER holds `train/` and `train.json`, as fastai's COCO_TINY does; the default is `coco_tiny`.
 */
import { basename } from "node:path";
import {
  augTransforms,
  BBoxBlock,
  BBoxLblBlock,
  DataBlock,
  getAnnotations,
  getImageFiles,
  ImageBlock,
  Resize,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "coco_tiny";
const [files, labelled] = await getAnnotations(`${path}/train.json`);
const byName = new Map(files.map((file, i) => [file, labelled[i]]));

const coco = new DataBlock({
  blocks: [ImageBlock, BBoxBlock, BBoxLblBlock()],
  nInp: 1,
  getItems: getImageFiles,
  getY: [(file: string) => byName.get(basename(file))?.[0], (file: string) => byName.get(basename(file))?.[1]],
  itemTfms: new Resize(128),
  batchTfms: augTransforms(),
});
const dls = await coco.dataLoaders(`${path}/train`, { bs: 16 });
await (await dls.showBatch()).save("coco-boxes.png");
const [images, boxes, names] = await dls.oneBatch();
console.log(images?.shape, boxes?.shape, names?.shape, dls.vocab);
