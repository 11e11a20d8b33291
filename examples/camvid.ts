/**
 * Street scenes, a class for every pixel: `npx tsx examples/camvid.ts FOLDER`.
 * FOLDER holds `images/NAME.png`, `labels/NAME_P.png` and `codes.txt`, as fastai's CAMVID_TINY does; the default is
 * `camvid_tiny`. `--pretrained` after FOLDER starts from published weights, which takes a download.
 */
import { readFile } from "node:fs/promises";
import {
  augTransforms,
  CrossEntropyLossFlat,
  foregroundAcc,
  getImageFiles,
  loadLearner,
  resnet34,
  SegmentationDataLoaders,
  SegmentationInterpretation,
  type TensorMask,
  unetLearner,
  xresnet18,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "camvid_tiny";
const pretrained = process.argv[3] === "--pretrained";

const codes = (await readFile(`${path}/codes.txt`, "utf8")).trim().split(/\s+/);
const files = await getImageFiles(`${path}/images`);
const dls = await SegmentationDataLoaders.fromLabelFunc(
  path,
  files,
  (file) => file.replace("/images/", "/labels/").replace(".png", "_P.png"),
  { codes, bs: 8, seed: 42, batchTfms: augTransforms({ size: pretrained ? [96, 128] : [48, 64] }) },
);
await (await dls.showBatch({ maxN: 6 })).save("camvid-batch.png");

// Pixels that nobody labelled count neither in the loss nor in the score.
const nobody = codes.indexOf("Void");
const learn = unetLearner(dls, pretrained ? resnet34 : xresnet18, {
  lossFunc: new CrossEntropyLossFlat({ axis: 1, ignoreIndex: nobody }),
  metrics: foregroundAcc({ bkgIdx: nobody }),
  pretrained,
});
await (pretrained ? learn.fineTune(8, 3e-3) : learn.fitOneCycle(6, 3e-3));
await (await learn.showResults({ maxN: 4 })).save("camvid-results.png");
await (await (await SegmentationInterpretation.fromLearner(learn)).plotTopLosses(3)).save("camvid-losses.png");

const again = await loadLearner(await learn.export("camvid.fai"));
const [mask] = (await again.predict(files[0])) as [TensorMask, unknown, unknown];
const share = (name: string) => mask.eq(codes.indexOf(name)).float().mean().item();
console.log("of", files[0], "is road:", share("Road"), "sky:", share("Sky"), "building:", share("Building"));
