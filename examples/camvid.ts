/**
 * Street scenes, a class for every pixel: `npx tsx examples/camvid.ts FOLDER`.
 * FOLDER holds `images/NAME.png`, `labels/NAME_P.png` and `codes.txt`, as fastai's CAMVID_TINY does; the default is
 * `camvid_tiny`. `--pretrained` after FOLDER starts from published weights, which takes a download.
 */
import { readFile } from "node:fs/promises";
import {
  augTransforms,
  foregroundAcc,
  getImageFiles,
  resnet34,
  SegmentationDataLoaders,
  SegmentationInterpretation,
  unetLearner,
  xresnet18,
} from "fastai-ts/vision";

const path = process.argv[2] ?? "camvid_tiny";
const pretrained = process.argv[3] === "--pretrained";

const codes = (await readFile(`${path}/codes.txt`, "utf8")).trim().split(/\s+/);
const dls = await SegmentationDataLoaders.fromLabelFunc(
  path,
  await getImageFiles(`${path}/images`),
  (file) => file.replace("/images/", "/labels/").replace(".png", "_P.png"),
  { codes, bs: 8, seed: 42, batchTfms: augTransforms({ size: pretrained ? [96, 128] : [48, 64] }) },
);
await (await dls.showBatch({ maxN: 6 })).save("camvid-batch.png");

// Pixels that nobody labelled do not count.
const metrics = foregroundAcc({ bkgIdx: codes.indexOf("Void") });
const learn = unetLearner(dls, pretrained ? resnet34 : xresnet18, { metrics, pretrained });
await learn.fineTune(pretrained ? 8 : 4, 3e-3);
await (await learn.showResults({ maxN: 4 })).save("camvid-results.png");
await (await (await SegmentationInterpretation.fromLearner(learn)).plotTopLosses(3)).save("camvid-losses.png");
await learn.export("camvid.fai");
