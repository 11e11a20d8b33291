/** Handwritten digits with the data block. `npx tsx examples/mnist.ts FOLDER`: `train/` and `valid/`, one subfolder a digit. */
import {
  accuracy,
  CategoryBlock,
  DataBlock,
  GrandparentSplitter,
  GrayImage,
  getImageFiles,
  ImageBlock,
  Learner,
  Normalize,
  parentLabel,
  xresnet18,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "mnist_tiny";
const mnist = new DataBlock({
  blocks: [ImageBlock({ cls: GrayImage }), CategoryBlock],
  getItems: getImageFiles,
  splitter: GrandparentSplitter(),
  getY: parentLabel,
});
const dls = await mnist.dataLoaders(path, { batchTfms: Normalize });
await (await dls.showBatch()).save("mnist-batch.png");

const learn = new Learner(dls, xresnet18({ nIn: 1, nOut: dls.c }), { metrics: accuracy });
const { valley } = await learn.lrFind();
await learn.fitOneCycle(3, valley);
await learn.recorder.plotLoss().save("mnist-losses.png");
