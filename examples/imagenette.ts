/**
 * Ten kinds of photos from random weights, small ones first, then larger ones: `npx tsx examples/imagenette.ts FOLDER`.
 * FOLDER holds `train/` and `val/`, one subfolder a class, called by its number in WordNet; the default is `imagenette`.
 */
import {
  accuracy,
  augTransforms,
  CategoryBlock,
  ClassificationInterpretation,
  DataBlock,
  GrandparentSplitter,
  getImageFiles,
  ImageBlock,
  Learner,
  Pipeline,
  parentLabel,
  Resize,
  xresnet18,
} from "fastai-ts/vision";

const names: Record<string, string> = {
  n01440764: "tench",
  n02102040: "English springer",
  n02979186: "cassette player",
  n03000684: "chain saw",
  n03028079: "church",
  n03394916: "French horn",
  n03417042: "garbage truck",
  n03425413: "gas pump",
  n03445777: "golf ball",
  n03888257: "parachute",
};

const path = process.argv[2] ?? "imagenette";
const photos = (size: number, bs: number) =>
  new DataBlock({
    blocks: [ImageBlock, CategoryBlock],
    getItems: getImageFiles,
    splitter: GrandparentSplitter({ validName: "val" }),
    getY: new Pipeline([parentLabel, (label: string) => names[label] ?? label]),
    itemTfms: new Resize(size),
    batchTfms: augTransforms({ size }),
  }).dataLoaders(path, { bs });

const dls = await photos(64, 32);
await (await dls.showBatch()).save("imagenette-batch.png");
const learn = new Learner(dls, xresnet18({ nOut: dls.c }), { metrics: accuracy });
await learn.fitOneCycle(6, 5e-3);
learn.dls = await photos(128, 16);
await learn.fitOneCycle(2, 1e-3);
await (await learn.showResults()).save("imagenette-results.png");
const interp = await ClassificationInterpretation.fromLearner(learn);
await (await interp.plotConfusionMatrix()).save("imagenette-confusion.png");
console.log(await interp.mostConfused({ minVal: 3 }));
