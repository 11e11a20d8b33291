/**
 * Cats and dogs by breed, the label taken from the file name: `npx tsx examples/pets.ts FOLDER`.
 * FOLDER holds `images/` with names such as `Bengal_31.jpg`; the default is `pets`.
 * `--small` after FOLDER starts from random weights at a small size: minutes without a GPU, and no download.
 */
import {
  augTransforms,
  errorRate,
  getImageFiles,
  ImageDataLoaders,
  imagenetStats,
  Normalize,
  RandomResizedCrop,
  resnet34,
  visionLearner,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "pets";
const small = process.argv[3] === "--small";

const dls = await ImageDataLoaders.fromNameRe(path, await getImageFiles(`${path}/images`), /^(.*)_\d+.jpg$/, {
  itemTfms: new RandomResizedCrop(small ? 128 : 450, { minScale: 0.75 }),
  batchTfms: [...augTransforms({ size: small ? 96 : 224, maxWarp: 0 }), Normalize.fromStats(imagenetStats)],
  bs: small ? 16 : 64,
});
await (await dls.showBatch()).save("pets-batch.png");

const learn = visionLearner(dls, resnet34, { metrics: errorRate, pretrained: !small });
await learn.fineTune(4);
await (await learn.showResults({ maxN: 9 })).save("pets-results.png");
await learn.export("pets.fai");
