import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  checkOptions,
  FileFormatError,
  getRngState,
  loadSafetensors,
  saveSafetensors,
  setRngState,
  type Tensor,
  tensor,
} from "../torch/index.js";
import type { TrainingLoop } from "./loop.js";
import { packTensors, unpackTensors } from "./tensor-json.js";

/** Options of `learn.save`. */
export interface SaveOptions {
  /** Whether the optimizer's state is saved too. Default: true. */
  withOpt?: boolean;
  /** Anything that becomes JSON, its tensors apart, to be read back by `readState`. Default: nothing. */
  state?: object;
}

/** Options of `learn.load`. */
export interface LoadOptions {
  /** Whether the optimizer's state is read, if the file has one. Default: true. */
  withOpt?: boolean;
  /** Whether random numbers go on where they were when the file was written. Default: false. */
  withRng?: boolean;
  /** Whether keys must be the model's, all of them and no others. Default: true. */
  strict?: boolean;
}

/** Tensors besides the model's are stored beside them under names that begin with one of these. */
const prefixes = { optimizer: "$optimizer", state: "$state" } as const;

/** A saved file, read. */
export type Saved = Awaited<ReturnType<typeof loadSafetensors>>;

/**
 * Writes the model's weights, under their state-dict keys, the optimizer's state and the state of the CPU's random numbers to
 * `path/modelDir/name.safetensors`. An older file stays until the new one is complete. Returns the path. Source: LRN-21.
 */
export async function save(learn: TrainingLoop, name: string, options: SaveOptions = {}): Promise<string> {
  checkOptions("save", options, ["withOpt", "state"]);
  const path = learn.modelFile(name, ".safetensors");
  const opt = options.withOpt === false ? null : learn.opt;
  const parts = Object.entries({ optimizer: opt?.stateDict(), state: options.state }).flatMap(([part, value]) =>
    value ? [[part, packTensors(value, prefixes[part as keyof typeof prefixes])] as const] : [],
  );
  const tensors = parts.flatMap(([, packed]) => Object.entries(packed.tensors));
  const json = parts.map(([part, packed]) => [part, JSON.stringify(packed.json)] as const);
  await mkdir(dirname(path), { recursive: true });
  await saveSafetensors(path, new Map([...learn.model.stateDict(), ...tensors]), {
    metadata: { ...Object.fromEntries(json), rng: rngText() },
  });
  return path;
}

/**
 * Reads what `save` wrote (or any safetensors file with the model's keys). Warns when an optimizer state was asked for and
 * the file has none or one that does not fit. Throws on keys that are not the model's, unless `strict` is off.
 * Source: LRN-21.
 */
export async function load(learn: TrainingLoop, name: string, options: LoadOptions = {}): Promise<void> {
  checkOptions("load", options, ["withOpt", "withRng", "strict"]);
  restore(learn, await loadSafetensors(learn.modelFile(name, ".safetensors")), name, options);
}

/** Puts a file's weights, optimizer state and random numbers into a learner; `name` is for messages. */
export function restore(learn: TrainingLoop, saved: Saved, name: string, options: LoadOptions = {}): void {
  const { withOpt = true, withRng = false, strict = true } = options;
  const isOwn = (key: string): boolean => !Object.values(prefixes).some((prefix) => key.startsWith(`${prefix}.`));
  learn.model.loadStateDict(new Map([...saved].filter(([key]) => isOwn(key))), { strict });
  if (withRng) restoreRng(saved.metadata.rng, name);
  if (!withOpt) return;
  if (saved.metadata.optimizer === undefined) {
    process.emitWarning(
      `load: ${name} holds no optimizer state; the optimizer keeps its own. Pass { withOpt: false } if that is meant.`,
    );
    return;
  }
  loadOptimizer(learn, saved.metadata.optimizer, saved, name);
}

/** The `state` that `save` was given; null when the file has none. */
export function readState(saved: Saved): unknown {
  const json = saved.metadata.state;
  return json === undefined ? null : unpackTensors(JSON.parse(json), saved);
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

function rngText(): string {
  const state = getRngState();
  const text = Buffer.from(state.data() as Uint8Array).toString("base64"); // the state is bytes
  state.dispose();
  return text;
}

function restoreRng(text: string | undefined, name: string): void {
  if (text === undefined) {
    throw new FileFormatError(
      `load: expected the state of random numbers in ${name}, got none. Save it with learn.save.`,
    );
  }
  const state = tensor(new Uint8Array(Buffer.from(text, "base64")));
  setRngState(state);
  state.dispose();
}
