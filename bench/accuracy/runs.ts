/** The comparison runs: their data, models, rates and metrics. `fastai_runs.py` has the same table for Python's fastai. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import {
  accuracy,
  augTransforms,
  CategoryBlock,
  CrossEntropyLossFlat,
  DataBlock,
  type DataLoaders,
  foregroundAcc,
  GrandparentSplitter,
  GrayImage,
  getImageFiles,
  ImageBlock,
  ImageDataLoaders,
  IndexSplitter,
  Learner,
  MaskBlock,
  mae,
  Normalize,
  PointBlock,
  parentLabel,
  RandomResizedCrop,
  Resize,
  unetLearner,
  visionLearner,
  xresnet18,
} from "fastai-ts/vision";

/** One comparison: a fresh learner for each seed, and how it is trained. */
export interface Run {
  learner(data: string): Promise<Learner>;
  epochs: number;
  lr: number;
}

const classifier = (dls: DataLoaders, nIn = 3) =>
  new Learner(dls, xresnet18({ nIn, nOut: dls.c }), { metrics: accuracy });

/** Every fifth of the files in order is kept for checking, on both sides. */
const everyFifth = (files: readonly string[]) => files.flatMap((_, i) => (i % 5 === 0 ? [i] : []));

export const runs: Record<string, Run> = {
  imagenette_mini: {
    epochs: 10,
    lr: 5e-3,
    learner: async (data) => {
      const tfms = { itemTfms: new Resize(160), batchTfms: augTransforms({ size: 128 }) };
      const folders = { train: "train", valid: "val" };
      return classifier(await ImageDataLoaders.fromFolder(`${data}/imagenette_mini`, { ...folders, ...tfms, bs: 32 }));
    },
  },
  mnist_tiny: {
    epochs: 3,
    lr: 5e-3,
    learner: async (data) => {
      const block = new DataBlock({
        blocks: [ImageBlock({ cls: GrayImage }), CategoryBlock],
        getItems: getImageFiles,
        splitter: GrandparentSplitter(),
        getY: parentLabel,
      });
      return classifier(await block.dataLoaders(`${data}/mnist_tiny`, { batchTfms: Normalize }), 1);
    },
  },
  pets_mini: {
    epochs: 10,
    lr: 3e-3,
    learner: async (data) => {
      const files = (await getImageFiles(`${data}/pets_mini/images`)).sort();
      const block = new DataBlock({
        blocks: [ImageBlock, CategoryBlock],
        splitter: IndexSplitter(everyFifth(files)),
        getY: (file: string) => basename(file).replace(/_\d+\.jpg$/, ""),
        itemTfms: new RandomResizedCrop(128, { minScale: 0.75 }),
        batchTfms: augTransforms({ size: 96, maxWarp: 0 }),
      });
      return classifier(await block.dataLoaders(files, { bs: 16 }));
    },
  },
  camvid_tiny: {
    epochs: 12,
    lr: 3e-3,
    learner: async (data) => {
      const path = `${data}/camvid_tiny`;
      const codes = (await readFile(`${path}/codes.txt`, "utf8")).trim().split(/\s+/);
      const files = (await getImageFiles(`${path}/images`)).sort();
      const block = new DataBlock({
        blocks: [ImageBlock, MaskBlock({ codes })],
        splitter: IndexSplitter(everyFifth(files)),
        getY: (file: string) => file.replace("/images/", "/labels/").replace(".png", "_P.png"),
        batchTfms: augTransforms({ size: [48, 64] }),
      });
      const nobody = codes.indexOf("Void"); // pixels that nobody labelled
      return unetLearner(await block.dataLoaders(files, { bs: 8 }), xresnet18, {
        pretrained: false,
        lossFunc: new CrossEntropyLossFlat({ axis: 1, ignoreIndex: nobody }),
        metrics: foregroundAcc({ bkgIdx: nobody }),
      });
    },
  },
  face_keypoints_mini: {
    epochs: 40,
    lr: 5e-3,
    learner: async (data) => {
      const path = `${data}/face_keypoints_mini`;
      const rows = (await readFile(`${path}/keypoints.csv`, "utf8")).trim().split("\n").slice(1);
      const points = new Map(rows.map((row) => [row.split(",")[0], row.split(",").slice(1).map(Number)]));
      const files = (await getImageFiles(`${path}/images`)).sort();
      const block = new DataBlock({
        blocks: [ImageBlock, PointBlock],
        splitter: IndexSplitter(everyFifth(files)),
        getY: (file: string) => points.get(basename(file)),
        itemTfms: new Resize(80, { method: "squish" }),
        batchTfms: augTransforms({ size: 64, doFlip: false, maxWarp: 0 }),
      });
      const options = { pretrained: false, yRange: [-1, 1] as [number, number], metrics: mae };
      return visionLearner(await block.dataLoaders(files, { bs: 8 }), xresnet18, options);
    },
  },
};
