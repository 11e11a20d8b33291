/**
 * Trains the comparison runs with fastai-ts: `npx tsx bench/accuracy/ours.ts DATA OUT.json [run ...]`. DATA holds
 * `imagenette_mini`, `mnist_tiny` and `pets_mini`; `fastai_runs.py` does the same runs with Python's fastai.
 */
import { writeFile } from "node:fs/promises";
import { manualSeed } from "fastai-ts/torch";
import {
  accuracy,
  augTransforms,
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  GrandparentSplitter,
  GrayImage,
  getImageFiles,
  ImageBlock,
  ImageDataLoaders,
  Learner,
  Normalize,
  parentLabel,
  RandomResizedCrop,
  Resize,
  xresnet18,
} from "fastai-ts/vision";

const [data = "", out = "", ...wanted] = process.argv.slice(2);

/** One comparison: its data, how it is trained, and with which channels. */
interface Run {
  dls(seed: number): Promise<DataLoaders>;
  epochs: number;
  lr: number;
  nIn: number;
}

const runs: Record<string, Run> = {
  imagenette_mini: {
    epochs: 6,
    lr: 5e-3,
    nIn: 3,
    dls: () => {
      const tfms = { itemTfms: new Resize(64), batchTfms: augTransforms({ size: 64 }) };
      return ImageDataLoaders.fromFolder(`${data}/imagenette_mini`, { train: "train", valid: "val", ...tfms, bs: 32 });
    },
  },
  mnist_tiny: {
    epochs: 3,
    lr: 5e-3,
    nIn: 1,
    dls: () => {
      const block = new DataBlock({
        blocks: [ImageBlock({ cls: GrayImage }), CategoryBlock],
        getItems: getImageFiles,
        splitter: GrandparentSplitter(),
        getY: parentLabel,
      });
      return block.dataLoaders(`${data}/mnist_tiny`, { batchTfms: Normalize });
    },
  },
  pets_mini: {
    epochs: 10,
    lr: 3e-3,
    nIn: 3,
    dls: async (seed) => {
      const files = await getImageFiles(`${data}/pets_mini/images`);
      return ImageDataLoaders.fromNameRe(data, files, /^(.*)_\d+.jpg$/, {
        itemTfms: new RandomResizedCrop(128, { minScale: 0.75 }),
        batchTfms: augTransforms({ size: 96, maxWarp: 0 }),
        bs: 16,
        seed,
      });
    },
  },
};

const results = [];
for (const [run, { dls: makeDls, epochs, lr, nIn }] of Object.entries(runs)) {
  if (wanted.length > 0 && !wanted.includes(run)) continue;
  for (const seed of [1, 2, 3]) {
    manualSeed(seed);
    const dls = await makeDls(seed);
    const learn = new Learner(dls, xresnet18({ nIn, nOut: dls.c }), { metrics: accuracy });
    const start = performance.now();
    await learn.fitOneCycle(epochs, lr);
    const seconds = (performance.now() - start) / 1000;
    const [, validLoss, acc] = learn.recorder.values.at(-1) ?? [];
    results.push({ run, seed, epochs, accuracy: acc, validLoss, secondsPerEpoch: seconds / epochs });
    await writeFile(out, `${JSON.stringify({ peer: "fastai-ts", results }, null, 1)}\n`);
  }
}
