/** Data: transforms, pipelines, datasets, loaders, the data block. */
export { batchToSamples, retainTypes, type TypeTree, typeTree } from "./batch-types.js";
export type { CallInfo, SplitIdx } from "./call-info.js";
export { Categorize, type CategorizeOptions } from "./categorize.js";
export { CategoryMap, type CategoryMapOptions, type Label, naLabel } from "./category-map.js";
export { Chunks } from "./chunks.js";
export { collate, convert, type TypedArray } from "./collate.js";
export { DataBlock, type DataBlockOptions, type Getter } from "./data-block.js";
export { DataLoader } from "./data-loader.js";
export { DataLoaders, type Loader, type Vocab } from "./data-loaders.js";
export { type DatasetLike, type IndexedDataset, itemsOf } from "./dataset.js";
export { Datasets, type DatasetsOptions, testSet } from "./datasets.js";
export { defaultDevice } from "./default-device.js";
export {
  type Class,
  classOf,
  type Dispatch,
  dispatch,
  dispatchPair,
  type InstanceOf,
  isOf,
  type PairDispatch,
} from "./dispatch.js";
export { drawSeed } from "./draw-seed.js";
export { Epoch, ItemCall } from "./epoch.js";
export { CollateError, DataError, type DataErrorDetail, EndOfItems, LabelError, SkipItem, skipItem } from "./errors.js";
export { type FastaiConfig, fastaiConfig, fastaiPath } from "./external/config.js";
export { DownloadError, type DownloadFailure, type DownloadOptions, downloadFile } from "./external/download.js";
export { showProgress } from "./external/download-progress.js";
export { extractArchive } from "./external/extract.js";
export { type UntarDataOptions, untarData } from "./external/untar-data.js";
export { URLs } from "./external/urls.js";
export {
  FileGetter,
  type GetFilesOptions,
  getFiles,
  getImageFiles,
  getTextFiles,
  ImageGetter,
  imageExtensions,
} from "./files.js";
export { type Fused, type Fusion, registerFusion } from "./fusion.js";
export { getC, type KnowsClasses } from "./get-c.js";
export { IntToFloatTensor, type IntToFloatTensorOptions } from "./int-to-float-tensor.js";
export {
  AttrGetter,
  ColReader,
  type ColReaderOptions,
  folderPrefix,
  ItemGetter,
  parentLabel,
  RegexLabeller,
} from "./labellers.js";
export { argwhere, chunked, groupBy, itemsAt, type Key, pluck, range, sortedBy, val2idx, zip } from "./lists.js";
export type { DataLoaderOptions, LoaderHooks, LoaderSettings, Samples } from "./loader-hooks.js";
export { loadersFromSpec } from "./loaders-from-spec.js";
export {
  type DataLoadersOptions,
  dataLoadersOptionNames,
  type TfmdDLClass,
} from "./loaders-of.js";
export { type LoadersSpec, loadersSchema } from "./loaders-spec.js";
export type { LossLike } from "./loss-like.js";
export { allOf, andThen, isPromise, type MaybePromise } from "./maybe-promise.js";
export { mergeTfms } from "./merge-tfms.js";
export {
  EncodedMultiCategorize,
  MultiCategorize,
  type MultiCategorizeOptions,
  OneHotEncode,
  oneHotDecode,
} from "./multi-categorize.js";
export {
  disposeTensors,
  findBs,
  findDevice,
  itemFind,
  mapTensors,
  nestedReorder,
  tensorsIn,
  toDetach,
  toDevice,
  toFloat,
  toHalf,
} from "./nested.js";
export { Normalize, type NormalizeOptions, type Stats } from "./normalize.js";
export { composeTfms, Pipeline, type PipelineOptions } from "./pipeline.js";
export { RandTransform, type RandTransformOptions } from "./rand-transform.js";
export { Random } from "./random.js";
export { RegressionSetup } from "./regression-setup.js";
export { readColumn } from "./row.js";
export {
  plotTopLosses,
  type Sample,
  type ShowOptions,
  showBatch,
  showResults,
  showSamples,
  single,
} from "./show-samples.js";
export { brief, itemName } from "./show-text.js";
export { isShowable, registerShowable } from "./showable.js";
export { isUnreadable, type SkipBroken, type SkippedItem } from "./skipped.js";
export { SortedDL, type SortedDLOptions, type SortOptions } from "./sorted-dl.js";
export {
  ColSplitter,
  type ColSplitterOptions,
  EndSplitter,
  FileSplitter,
  FuncSplitter,
  GrandparentSplitter,
  type GrandparentSplitterOptions,
  IndexSplitter,
  MaskSplitter,
  RandomSplitter,
  type RandomSplitterOptions,
  RandomSubsetSplitter,
  type Splits,
  type SplitterFn,
} from "./splitters.js";
export { overlappingSplits, type Split } from "./subsets.js";
export type { SummaryOptions } from "./summary.js";
export { interp1d, pca } from "./tensor-maths.js";
export { type BatchEvent, batchEvents, type ShowParts, TfmdDL, type TfmdDLOptions } from "./tfmd-dl.js";
export { type TestSetOptions, TfmdLists, type TfmdListsOptions } from "./tfmd-lists.js";
export { ToTensor } from "./to-tensor.js";
export { TrainTestSplitter, type TrainTestSplitterOptions } from "./train-test-splitter.js";
export {
  asTransform,
  InplaceTransform,
  ItemTransform,
  retainType,
  Transform,
  type TransformLike,
  type TransformOptions,
  type Transforms,
  transformList,
} from "./transform.js";
export {
  type BlockLike,
  CategoryBlock,
  MultiCategoryBlock,
  type MultiCategoryBlockOptions,
  RegressionBlock,
  TransformBlock,
  type TransformBlockOptions,
} from "./transform-block.js";
export { MissingTransform, stepsFromSpec, stepsToSpec } from "./transform-spec.js";
export { asTuple, isTuple } from "./tuple.js";
export {
  Category,
  isTitled,
  MultiCategory,
  multiCategory,
  TensorBBox,
  TensorCategory,
  TensorFlowField,
  TensorImage,
  TensorImageBase,
  TensorImageBW,
  TensorMask,
  TensorMultiCategory,
  TensorPoint,
  type Titled,
  TitledFloat,
  TitledInt,
  TitledStr,
  TitledTensorScalar,
  TitledTuple,
  titledTuple,
} from "./types.js";
