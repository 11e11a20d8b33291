/** Optimizers as in `torch.optim`. */
export { Adam, type AdamHypers, AdamW } from "./adam.js";
export { kernel } from "./foreach.js";
export { Optimizer, type OptimStateDict, type ParamGroup, type Params, type SavedHyper } from "./optimizer.js";
export { type Bucket, type BucketState, type BucketStep, ParamBuckets, type ParamState } from "./param-buckets.js";
export { ourKeys, pythonKeys } from "./python-names.js";
export { RMSprop, type RMSpropHypers } from "./rmsprop.js";
export { SGD, type SGDHypers } from "./sgd.js";
export { type ListOperand, TensorList } from "./tensor-list.js";
