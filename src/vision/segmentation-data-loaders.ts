/** Loaders of photos with a mask each. Source: VCO-10. */
import { DataBlock, type DataLoaders, type DataLoadersOptions } from "../data/index.js";
import { MaskBlock } from "./blocks.js";
import { type RandomSplitOptions, randomSplitter, take } from "./image-data-loaders.js";

/** Settings of `SegmentationDataLoaders.fromLabelFunc`. */
export interface FromLabelFuncOptions extends RandomSplitOptions {
  /** The names of the masks' numbers: as many outputs as the model is to have. */
  codes?: readonly string[];
}

/**
 * From photos and a function that gives a photo's mask: a path, bytes, or an image. Source: VCO-10.
 *
 * @example
 * await SegmentationDataLoaders.fromLabelFunc(path, files, (file) => file.replace("images", "labels"), { codes, bs: 8 });
 */
function fromLabelFunc(
  path: string,
  fnames: Iterable<string>,
  labelFunc: (fname: string) => unknown,
  options: FromLabelFuncOptions = {},
): Promise<DataLoaders> {
  const names = ["validPct", "seed", "codes"] as const;
  const { own, common, tfms, block } = take("SegmentationDataLoaders.fromLabelFunc", options, names);
  const { codes, ...split } = own;
  const dblock = new DataBlock({
    blocks: [block, MaskBlock(codes ? { codes } : {})],
    splitter: randomSplitter(split),
    getY: labelFunc,
    ...tfms,
  });
  return fromDblock(dblock, [...fnames], { path, ...common });
}

/** From a data block and its source. */
function fromDblock(dblock: DataBlock, source: unknown, options: DataLoadersOptions = {}): Promise<DataLoaders> {
  return dblock.dataLoaders(source, options);
}

/** Makes loaders of photos with masks. Source: VCO-10. */
export const SegmentationDataLoaders = { fromLabelFunc, fromDblock } as const;
