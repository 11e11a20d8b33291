import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { checkOptions, FileFormatError, loadSafetensors, saveSafetensors, type Tensor } from "../torch/index.js";
import type { TrainingLoop } from "./loop.js";
import { packTensors, unpackTensors } from "./tensor-json.js";

/** Options of `learn.save`. */
export interface SaveOptions {
  /** Whether the optimizer's state is saved too. Default: true. */
  withOpt?: boolean;
}

/** Options of `learn.load`. */
export interface LoadOptions {
  /** Whether the optimizer's state is read, if the file has one. Default: true. */
  withOpt?: boolean;
  /** Whether keys must be the model's, all of them and no others. Default: true. */
  strict?: boolean;
}

/** The optimizer's tensors are stored beside the model's under names that begin with this. */
const optPrefix = "$optimizer";

/**
 * Writes the model's weights, under their state-dict keys, and the optimizer's state to `path/modelDir/name.safetensors`.
 * Returns the path. Source: LRN-21.
 */
export async function save(learn: TrainingLoop, name: string, options: SaveOptions = {}): Promise<string> {
  checkOptions("save", options, ["withOpt"]);
  const path = learn.modelFile(name, ".safetensors");
  const opt = options.withOpt === false ? null : learn.opt;
  const packed = opt ? packTensors(opt.stateDict(), optPrefix) : null;
  await mkdir(dirname(path), { recursive: true });
  await saveSafetensors(path, new Map([...learn.model.stateDict(), ...Object.entries(packed?.tensors ?? {})]), {
    metadata: packed ? { optimizer: JSON.stringify(packed.json) } : {},
  });
  return path;
}

/**
 * Reads what `save` wrote (or any safetensors file with the model's keys). Warns when an optimizer state was asked for and
 * the file has none or one that does not fit. Throws on keys that are not the model's, unless `strict` is off.
 * Source: LRN-21.
 */
export async function load(learn: TrainingLoop, name: string, options: LoadOptions = {}): Promise<void> {
  checkOptions("load", options, ["withOpt", "strict"]);
  const { withOpt = true, strict = true } = options;
  const tensors = await loadSafetensors(learn.modelFile(name, ".safetensors"));
  const weights = new Map([...tensors].filter(([key]) => !key.startsWith(`${optPrefix}.`)));
  learn.model.loadStateDict(weights, { strict });
  if (!withOpt) return;
  if (tensors.metadata.optimizer === undefined) {
    process.emitWarning(
      `load: ${name} holds no optimizer state; the optimizer keeps its own. Pass { withOpt: false } if that is meant.`,
    );
    return;
  }
  loadOptimizer(learn, tensors.metadata.optimizer, tensors, name);
}

function loadOptimizer(learn: TrainingLoop, json: string, tensors: ReadonlyMap<string, Tensor>, name: string): void {
  const opt = learn.opt ?? learn.createOpt();
  try {
    // What fits is the optimizer's own to check: it throws on another number of groups or parameters.
    opt.loadStateDict(unpackTensors(JSON.parse(json), tensors) as object);
  } catch (error) {
    if (error instanceof FileFormatError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    process.emitWarning(`load: the optimizer state in ${name} does not fit and is left out: ${why}`);
  }
}
