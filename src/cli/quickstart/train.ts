import {
  accuracy,
  augTransforms,
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  FuncSplitter,
  ImageBlock,
  imagenetStats,
  type Learner,
  Normalize,
  parentLabel,
  Resize,
  resnet18,
  resnet34,
  resnet50,
  visionLearner,
  xresnet18,
  xresnet34,
  xresnet50,
} from "../../vision/index.js";
import type { Photos } from "./photos.js";
import type { Preset } from "./preset.js";

/** Loaders of the photos: a square from the middle, and for training small turns, flips and changes of light. */
export async function photoLoaders(photos: Photos, { size, bs }: Preset): Promise<DataLoaders> {
  const valid = new Set(photos.valid);
  const block = new DataBlock({
    blocks: [ImageBlock, CategoryBlock],
    getItems: () => [...photos.train, ...photos.valid],
    splitter: FuncSplitter((file: string) => valid.has(file)),
    getY: parentLabel,
    itemTfms: new Resize(size),
    batchTfms: [...augTransforms({ size, maxWarp: 0 }), Normalize.fromStats(imagenetStats)],
  });
  return block.dataLoaders(photos, { bs: Math.min(bs, photos.train.length) });
}

const archs = { xresnet18, xresnet34, xresnet50, resnet18, resnet34, resnet50 };

/** A network with random weights for these photos. Its head is one linear layer: dropout and a hidden layer slow learning from scratch. */
export function photoLearner(dls: DataLoaders, { arch, cut }: Preset): Learner {
  return visionLearner(dls, archs[arch], { metrics: accuracy, pretrained: false, cut, linFtrs: [], ps: 0 });
}
