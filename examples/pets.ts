/**
 * Cats and dogs by breed, the label taken from the file name: `npx tsx examples/pets.ts FOLDER`.
 * FOLDER holds `images/` with names such as `Bengal_31.jpg`; the default is `pets`.
 * `--small` after FOLDER starts from random weights at a small size: minutes without a GPU, and no download.
 */
import { readFile } from "node:fs/promises";
import {
  augTransforms,
  ClassificationInterpretation,
  errorRate,
  getImageFiles,
  gradCam,
  ImageDataLoaders,
  imagenetStats,
  loadLearner,
  Normalize,
  RandomResizedCrop,
  RgbImage,
  resnet34,
  visionLearner,
  xresnet18,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "pets";
const small = process.argv[3] === "--small";

const files = await getImageFiles(`${path}/images`);
const dls = await ImageDataLoaders.fromNameRe(path, files, /^(.*)_\d+.jpg$/, {
  itemTfms: new RandomResizedCrop(small ? 128 : 450, { minScale: 0.75 }),
  batchTfms: [...augTransforms({ size: small ? 96 : 224, maxWarp: 0 }), Normalize.fromStats(imagenetStats)],
  bs: small ? 16 : 64,
});
await (await dls.showBatch()).save("pets-batch.png");

const learn = visionLearner(dls, small ? xresnet18 : resnet34, { metrics: errorRate, pretrained: !small });
await (small ? learn.fitOneCycle(12, 3e-3) : learn.fineTune(4));
await (await learn.showResults({ maxN: 9 })).save("pets-results.png");
const interp = await ClassificationInterpretation.fromLearner(learn);
await (await interp.plotTopLosses(6)).save("pets-losses.png");
await (await interp.plotConfusionMatrix()).save("pets-confusion.png");

// Several looks at each photo, as training varies them, are often better than one.
const { preds, targs } = await learn.tta();
console.log("error of several looks:", targs && preds.argmax(1).ne(targs).float().mean().item());

const [photo = ""] = files;
await (await gradCam(learn, photo)).figure().save("pets-where.png");

// A path, the bytes of a file, or a photo in memory: the loaded learner takes each.
const again = await loadLearner(await learn.export("pets.fai"));
for (const item of [photo, await readFile(photo), (await RgbImage.open(photo)).toTensor()]) {
  const [breed, , probs] = await again.predict(item);
  console.log(String(breed), probs);
}
