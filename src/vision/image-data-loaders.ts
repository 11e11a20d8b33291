/** Loaders of photos from folders, names, tables and lists in one call. Source: VCO-9. */
import { basename, join } from "node:path";
import {
  type BlockLike,
  CategoryBlock,
  ColReader,
  ColSplitter,
  DataBlock,
  type DataLoaders,
  type DataLoadersOptions,
  dataLoadersOptionNames,
  folderPrefix,
  GrandparentSplitter,
  getImageFiles,
  itemsOf,
  type Label,
  MultiCategoryBlock,
  parentLabel,
  RandomSplitter,
  RegexLabeller,
  RegressionBlock,
  type Transforms,
} from "../data/index.js";
import { readCsv } from "../frame/index.js";
import { checkOptions, ValueError } from "../torch/index.js";
import { ImageBlock, type ImageBlockOptions } from "./blocks.js";
import { RgbImage } from "./image.js";

/** What every factory takes: how items and batches are changed, and the settings of loaders (`bs`, `valBs`, …). */
export interface ImageLoadersOptions extends Omit<DataLoadersOptions, "seed"> {
  /** Steps on items, such as `new Resize(224)`. */
  itemTfms?: Transforms;
  /** Steps on batches, such as `augTransforms()`. */
  batchTfms?: Transforms;
  /** What to open files as. Default RgbImage. */
  imgCls?: NonNullable<ImageBlockOptions["cls"]>;
}

/** Settings of factories that divide at random. */
export interface RandomSplitOptions extends ImageLoadersOptions {
  /** Share of validation items, 0..1. Default 0.2. */
  validPct?: number;
  /** Fixes which items they are. */
  seed?: number | null;
}

/** Settings of `fromFolder`. */
export interface FromFolderOptions extends ImageLoadersOptions {
  /** Name of the training folder. Default "train". */
  train?: string;
  /** Name of the validation folder. Default "valid". */
  valid?: string;
  /** Divides at random instead of by folders. */
  validPct?: number;
  /** Fixes which items are for validation. */
  seed?: number | null;
  /** The categories, in the order of their numbers. Default: the sorted folder names. */
  vocab?: Iterable<Label>;
}

/** Settings of `fromDf`. */
export interface FromDfOptions extends RandomSplitOptions {
  /** Column of file names. Default 0. */
  fnCol?: string | number;
  /** Folder of the files, below the path. */
  folder?: string;
  /** Put behind file names, such as ".jpg". Default "". */
  suff?: string;
  /** Column, or columns, of labels. Default 1. */
  labelCol?: string | number | readonly (string | number)[];
  /** Divides a label into several. */
  labelDelim?: string | null;
  /** The kind of target. Default: CategoryBlock, with several labels MultiCategoryBlock. */
  yBlock?: BlockLike;
  /** Column that says which rows are for validation. */
  validCol?: string | number;
}

/** Settings of `fromCsv`. */
export interface FromCsvOptions extends FromDfOptions {
  /** The file, below the path. Default "labels.csv". */
  csvFname?: string;
  /** What divides columns. Default: a comma; without any in the first line, the one of `;`, tab and `|` that is there. */
  delimiter?: string;
  /** Whether the first row names the columns. Default true. */
  header?: boolean;
}

/** Settings of `fromLists`. */
export interface FromListsOptions extends RandomSplitOptions {
  /** The kind of target. Default: by the labels. */
  yBlock?: BlockLike;
}

type Labeller = (fname: string) => unknown;

/** Divides options into those a factory keeps for itself and those of the loaders. Throws on unknown ones. */
export function take<O extends ImageLoadersOptions, K extends keyof O & string>(
  where: string,
  options: O,
  own: readonly K[],
): {
  own: Pick<O, K>;
  common: DataLoadersOptions;
  tfms: { itemTfms?: Transforms; batchTfms?: Transforms };
  block: BlockLike;
} {
  checkOptions(where, options, [...own, "itemTfms", "batchTfms", "imgCls", ...dataLoadersOptionNames]);
  const { itemTfms, batchTfms, imgCls = RgbImage, ...rest } = options;
  const entries = Object.entries(rest);
  const kept = entries.filter(([key]) => own.some((name) => name === key));
  const common = entries.filter(([key]) => !own.some((name) => name === key));
  return {
    // Exactly the keys of `own` were kept.
    own: Object.fromEntries(kept) as Pick<O, K>,
    common: Object.fromEntries(common),
    tfms: { itemTfms, batchTfms },
    block: ImageBlock({ cls: imgCls }),
  };
}

/** A random division with these settings, or its defaults. */
export function randomSplitter({ validPct, seed }: { validPct?: number; seed?: number | null }) {
  return RandomSplitter({ ...(validPct === undefined ? {} : { validPct }), ...(seed === undefined ? {} : { seed }) });
}

/** From a data block and its source. */
function fromDblock(dblock: DataBlock, source: unknown, options: DataLoadersOptions = {}): Promise<DataLoaders> {
  return dblock.dataLoaders(source, options);
}

/**
 * From a folder with `train/CLASS/file` and `valid/CLASS/file`, or, with `validPct`, `CLASS/file`. Source: VCO-9.
 *
 * @example
 * await ImageDataLoaders.fromFolder(path, { valid: "val", itemTfms: new Resize(128) });
 */
function fromFolder(path: string, options: FromFolderOptions = {}): Promise<DataLoaders> {
  const names = ["train", "valid", "validPct", "seed", "vocab"] as const;
  const { own, common, tfms, block } = take("ImageDataLoaders.fromFolder", options, names);
  const { train = "train", valid = "valid", validPct, seed, vocab } = own;
  const byFolder = validPct === undefined;
  const dblock = new DataBlock({
    blocks: [block, CategoryBlock(vocab === undefined ? {} : { vocab })],
    getItems: (folder: string) => getImageFiles(folder, byFolder ? { folders: [train, valid] } : {}),
    splitter: byFolder
      ? GrandparentSplitter({ trainName: train, validName: valid })
      : randomSplitter({ validPct, ...(seed === undefined ? {} : { seed }) }),
    getY: parentLabel,
    ...tfms,
  });
  return fromDblock(dblock, path, { path, ...common });
}

/** From files and a function of a file's path. Source: VCO-9. */
function fromPathFunc(
  path: string,
  fnames: Iterable<string>,
  labelFunc: Labeller,
  options: RandomSplitOptions = {},
): Promise<DataLoaders> {
  const { own, common, tfms, block } = take("ImageDataLoaders.fromPathFunc", options, ["validPct", "seed"] as const);
  const dblock = new DataBlock({
    blocks: [block, CategoryBlock],
    splitter: randomSplitter(own),
    getY: labelFunc,
    ...tfms,
  });
  return fromDblock(dblock, [...fnames], { path, ...common });
}

/** From files and a function of a file's name, without its folder. Source: VCO-9. */
function fromNameFunc(
  path: string,
  fnames: Iterable<string>,
  labelFunc: Labeller,
  options: RandomSplitOptions = {},
): Promise<DataLoaders> {
  return fromPathFunc(path, fnames, (fname) => labelFunc(basename(fname)), options);
}

/** From files; group 1 of the pattern in the path is the label. Source: VCO-9. */
function fromPathRe(
  path: string,
  fnames: Iterable<string>,
  pat: RegExp | string,
  options: RandomSplitOptions = {},
): Promise<DataLoaders> {
  return fromPathFunc(path, fnames, RegexLabeller(pat), options);
}

/**
 * From files; group 1 of the pattern in the name, without its folder, is the label. Source: VCO-9.
 *
 * @example
 * await ImageDataLoaders.fromNameRe(path, await getImageFiles(path), /^(.*)_\d+.jpg$/, { itemTfms: new Resize(224) });
 */
function fromNameRe(
  path: string,
  fnames: Iterable<string>,
  pat: RegExp | string,
  options: RandomSplitOptions = {},
): Promise<DataLoaders> {
  return fromNameFunc(path, fnames, RegexLabeller(pat), options);
}

/** From the rows of a table: objects, arrays, or anything that `ColReader` reads. Source: VCO-9. */
function fromDf(df: unknown, options: FromDfOptions = {}): Promise<DataLoaders> {
  const names = [
    "fnCol",
    "folder",
    "suff",
    "labelCol",
    "labelDelim",
    "yBlock",
    "validCol",
    "validPct",
    "seed",
  ] as const;
  const { own, common, tfms, block } = take("ImageDataLoaders.fromDf", options, names);
  const { fnCol = 0, folder, suff = "", labelCol = 1, labelDelim = null, validCol } = own;
  const several = (Array.isArray(labelCol) && labelCol.length > 1) || labelDelim !== null;
  const { path = "." } = common;
  const dblock = new DataBlock({
    blocks: [block, own.yBlock ?? (several ? MultiCategoryBlock : CategoryBlock)],
    getX: ColReader(fnCol, { pref: folderPrefix(folder === undefined ? path : join(path, folder)), suff }),
    getY: ColReader(labelCol, { labelDelim }),
    splitter: validCol === undefined ? randomSplitter(own) : ColSplitter(validCol),
    ...tfms,
  });
  return fromDblock(dblock, df, { path, ...common });
}

/** From a CSV file in a folder: file names in column 0, labels in column 1. Source: VCO-9. */
async function fromCsv(path: string, options: FromCsvOptions = {}): Promise<DataLoaders> {
  const { csvFname = "labels.csv", delimiter, header, ...rest } = options;
  const df = await readCsv(join(path, csvFname), { delimiter, header });
  return fromDf(df, { path, ...rest });
}

/** The kind of target that fits labels: lists are several categories, broken numbers values, all else a category. */
function blockFor(labels: readonly unknown[]): BlockLike {
  if (labels.some((label) => Array.isArray(label) && label.some((part) => typeof part === "string")))
    return MultiCategoryBlock;
  const numbers = labels.flat();
  const values = numbers.every((n) => typeof n === "number") && numbers.some((n) => !Number.isInteger(n));
  return values || labels.some((label) => Array.isArray(label)) ? RegressionBlock : CategoryBlock;
}

/**
 * From two lists. Labels that are lists of names make several categories, numbers with fractions (or lists of numbers)
 * a regression, all else one category. Source: VCO-9.
 */
function fromLists(
  path: string,
  fnames: Iterable<string>,
  labels: Iterable<unknown>,
  options: FromListsOptions = {},
): Promise<DataLoaders> {
  const { own, common, tfms, block } = take("ImageDataLoaders.fromLists", options, [
    "validPct",
    "seed",
    "yBlock",
  ] as const);
  const [files, targets] = [[...fnames], itemsOf(labels)];
  if (files.length !== targets.length) {
    throw new ValueError(
      `ImageDataLoaders.fromLists: expected as many labels as files, got ${targets.length} and ${files.length}.`,
    );
  }
  const dblock = DataBlock.fromColumns({
    blocks: [block, own.yBlock ?? blockFor(targets)],
    splitter: randomSplitter(own),
    ...tfms,
  });
  return fromDblock(dblock, [files, targets], { path, ...common });
}

/** Makes loaders of photos. Source: VCO-9. */
export const ImageDataLoaders = {
  fromFolder,
  fromPathFunc,
  fromNameFunc,
  fromPathRe,
  fromNameRe,
  fromDf,
  fromCsv,
  fromLists,
  fromDblock,
} as const;
