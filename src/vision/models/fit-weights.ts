/** Puts a state dict of somebody's into a model where it fits, and says where it does not. */
import { type nn, noGrad, type Tensor, ValueError } from "../../torch/index.js";

/** An entry whose shape is another than the model's. */
export interface Mismatch {
  readonly key: string;
  readonly expected: readonly number[];
  readonly got: readonly number[];
}

/** What became of a file of weights. Keys are the architecture's. */
export interface WeightsReport {
  /** What stood before every key of the file, such as "module.". */
  readonly prefix: string;
  /** Keys that were filled. */
  readonly loaded: readonly string[];
  /** Keys of the body that the file does not have. */
  readonly missing: readonly string[];
  /** Keys of the body that the file has in another shape. */
  readonly mismatched: readonly Mismatch[];
  /** Keys of the file that the body has no use for, such as those of its head. */
  readonly unused: readonly string[];
}

/** What wrappers of models put before their keys. */
const prefixes = ["", "module.", "model.", "backbone.", "encoder.", "body.", "0.", "module.model."];

function namedTensors(model: nn.AnyModule): [string, Tensor][] {
  return [...model.namedParameters(), ...model.namedBuffers()];
}

/**
 * Fills the part of `whole` that `body` shares with it. Entries are found by name, behind a prefix that wrappers put
 * before all of them; those of another shape are left out. Throws `ValueError` when nothing fits.
 */
export function fitWeights(
  whole: nn.AnyModule,
  body: nn.AnyModule,
  state: ReadonlyMap<string, Tensor>,
  where: string,
): WeightsReport {
  const shared = new Set(namedTensors(body).map(([, t]) => t));
  const wanted = namedTensors(whole).filter(([, t]) => shared.has(t));
  const hits = (prefix: string) => wanted.filter(([key]) => state.has(prefix + key)).length;
  const prefix = prefixes.reduce((best, each) => (hits(each) > hits(best) ? each : best));
  const loaded: string[] = [];
  const missing: string[] = [];
  const mismatched: Mismatch[] = [];
  for (const [key, target] of wanted) {
    const value = state.get(prefix + key);
    if (!value) missing.push(key);
    else if (value.shape.join() !== target.shape.join()) {
      mismatched.push({ key, expected: target.shape, got: value.shape });
    } else {
      noGrad(() => target.copy_(value));
      loaded.push(key);
    }
  }
  if (loaded.length === 0) {
    const some = (entries: Iterable<[string, Tensor]>) =>
      [...entries]
        .slice(0, 3)
        .map(([key, t]) => `"${key}" [${t.shape}]`)
        .join(", ");
    throw new ValueError(
      `weights: expected entries such as ${some(wanted)} in ${where}, got ${some(state)}. ` +
        "Take the architecture that the file was saved from.",
    );
  }
  const used = new Set(wanted.map(([key]) => prefix + key));
  return { prefix, loaded, missing, mismatched, unused: [...state.keys()].filter((key) => !used.has(key)) };
}

/** The report in a few lines; nothing when every weight of the body was there. */
export function gapsIn(report: WeightsReport): string {
  const { missing, mismatched, loaded } = report;
  if (missing.length + mismatched.length === 0) return "";
  const lines = [
    ...missing.slice(0, 5).map((key) => `missing: ${key}`),
    ...mismatched.slice(0, 5).map(({ key, expected, got }) => `${key}: expected [${expected}], got [${got}]`),
  ];
  return `weights: ${loaded.length} of ${loaded.length + missing.length + mismatched.length} entries fit. ${lines.join("; ")}`;
}
