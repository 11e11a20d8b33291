import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { DownloadError, downloadFile, showProgress } from "../../data/index.js";
import { loadPth, loadSafetensors, type PthValue, Tensor, ValueError } from "../../torch/index.js";
import type { WeightsReport } from "./fit-weights.js";

/** Where the weights of an architecture are published. */
export interface PublishedWeights {
  /** A `.pth` or `.safetensors` file with a state dict. */
  readonly url: string;
  /** Lower-case hex: the SHA-256 of the file, or its beginning. */
  readonly sha256: string;
  /** Finds the state dict in what the file holds. Default: it is the whole content. */
  readonly convert?: (content: PthValue) => PthValue;
}

/** Where weights come from and how their arrival is told. */
export interface WeightsOptions {
  /**
   * A file of one's own (`.pth` or `.safetensors`) with the architecture's keys, perhaps behind a prefix. What fits goes
   * into the body. Default: the published one.
   */
  weights?: string | null;
  /** Told what of such a file went where. Default: a warning when the body did not get all of its weights. */
  onWeights?: (report: WeightsReport) => void;
  /** Folder that keeps downloaded files. Default `fastai-ts/weights` in the user's cache folder. */
  weightsDir?: string;
  /** Called with bytes so far and the total, or null. Default: a line on stderr. */
  onProgress?: (done: number, total: number | null) => void;
  /** Cancels the download; what has arrived is kept for the next time. */
  signal?: AbortSignal;
}

/** The folder in which downloaded weights lie unless told otherwise. */
export function weightsCache(): string {
  const cache = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), ".cache");
  return join(cache, "fastai-ts", "weights");
}

/**
 * The published weights of an architecture by key: from the cache, or downloaded into it with a hash check. A `.safetensors` file of the
 * same name in the cache counts too.
 *
 * Throws `DownloadError` with what to do when there is no network.
 */
export async function loadWeights(
  arch: string,
  published: PublishedWeights | null,
  options: WeightsOptions = {},
): Promise<Map<string, Tensor>> {
  const { weights, weightsDir = weightsCache(), signal } = options;
  const convert = published?.convert ?? ((content: PthValue) => content);
  if (weights) return readWeights(weights, convert);
  if (!published) throw noWeights(arch);
  const path = join(weightsDir, basename(new URL(published.url).pathname));
  const converted = path.replace(/\.pth$/, ".safetensors");
  if (await exists(converted)) return readWeights(converted, convert);
  if (!(await exists(path))) {
    const progress = options.onProgress ?? showProgress(`weights of ${arch}`, published.url, path);
    try {
      await downloadFile(published.url, path, { sha256: published.sha256, onProgress: progress, signal });
    } catch (error) {
      throw error instanceof DownloadError ? withRemedy(arch, path, error) : error;
    }
  }
  return readWeights(path, convert);
}

/** The error of asking for weights that nobody has published. */
export function noWeights(arch: string): ValueError {
  return new ValueError(
    `${arch || "this architecture"}: expected published weights, got none. ` +
      "Pass { pretrained: false } to start from random weights, or { weights: file } with a state dict of yours.",
  );
}

function withRemedy(arch: string, path: string, error: DownloadError): DownloadError {
  const remedy =
    `Pass { pretrained: false } to start ${arch} from random weights, ` +
    `or fetch the file on another machine and put it at ${path}.`;
  return new DownloadError(`${error.message} ${remedy}`, error.failure, { cause: error });
}

async function readWeights(path: string, convert: (content: PthValue) => PthValue): Promise<Map<string, Tensor>> {
  if (path.endsWith(".safetensors")) return new Map(await loadSafetensors(path));
  const content = unwrapped(convert(await loadPth(path)));
  if (!(content instanceof Map)) throw notAState(path);
  const state = new Map<string, Tensor>();
  for (const [key, value] of content) {
    if (typeof key !== "string" || !(value instanceof Tensor)) throw notAState(path);
    state.set(key, value);
  }
  return state;
}

/** Training programs put the state dict beside the optimizer's. */
function unwrapped(content: PthValue): PthValue {
  if (!(content instanceof Map)) return content;
  const inner = ["state_dict", "model_state_dict", "model"].map((key) => content.get(key));
  return inner.find((value) => value instanceof Map) ?? content;
}

function notAState(path: string): ValueError {
  return new ValueError(
    `weights: expected ${path} to hold a state dict, tensors by name, got something else. ` +
      "Save it in Python with torch.save(model.state_dict(), path).",
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
