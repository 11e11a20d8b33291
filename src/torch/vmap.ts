/** Functions of one example, applied to a batch at once. */
import { native, packed } from "../native.js";
import { checkOptions, ShapeError, ValueError } from "./errors.js";
import type { Like, Tensors } from "./functional-autograd.js";
import { check } from "./native-call.js";
import { Tensor } from "./tensor.js";

/** Options of {@link vmap}. */
export interface VmapOptions {
  /** The batch dimension of each argument, null for one that all examples share. Default 0. */
  inDims?: number | readonly (number | null)[];
  /** Where the batch dimension goes in the results. Default 0. */
  outDims?: number | readonly number[];
  /** Random operators: `"error"`, the `"same"` numbers for each example, or `"different"` ones. Default `"error"`. */
  randomness?: "error" | "same" | "different";
}

const codes = { error: 0, same: 1, different: 2 } as const;

/** One example of `x` at a level: a tensor without the dimension `dim`, which stands for all examples. */
function exampleOf(x: Tensor, dim: number, level: number): Tensor {
  packed[0] = 0;
  native.vmapAdd(x._h, dim < 0 ? dim + x.ndim : dim, level);
  check("vmap", [x]);
  return new Tensor(packed[0] ?? 0);
}

/** All examples of a result, along `dim`. */
function batchOf(x: Tensor, level: number, size: number, dim: number): Tensor {
  packed[0] = 0;
  native.vmapRemove(x._h, level, size, dim);
  check("vmap", [x]);
  return new Tensor(packed[0] ?? 0);
}

/** The one batch size of all arguments. */
function batchSize(args: readonly Tensor[], dims: readonly (number | null)[]): number {
  const sizes = args.flatMap((x, i) => (dims[i] === null ? [] : [x.size(dims[i] ?? 0)]));
  const [size] = sizes;
  if (size === undefined)
    throw new ValueError("vmap: expected at least one argument with a batch dimension, got none.");
  if (sizes.every((other) => other === size)) return size;
  throw new ShapeError(`vmap: expected one batch size, got ${sizes.join(", ")}.`);
}

function perItem<T>(value: T | readonly T[], count: number): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : Array.from({ length: count }, () => value as T); // not narrowed
}

/** Runs `body` with the number of a new level. */
function atLevel<T>(size: number, randomness: number, body: (level: number) => T): T {
  packed[0] = 0;
  const level = native.vmapPush(size, randomness);
  check("vmap");
  try {
    return body(level);
  } finally {
    native.vmapPop();
  }
}

/**
 * The function for a batch: `f` is written for one example and sees its arguments without their batch dimension; each of its
 * operators runs once for all examples. `f` must not read values (`item()`, `toArray()`): there are many.
 *
 * @example
 * const dots = vmap((a, b) => a.dot(b))(randn([8, 3]), randn([8, 3])); // [8]
 */
export function vmap<Args extends Tensor[], Out extends Tensors>(
  f: (...args: Args) => Out,
  options: VmapOptions = {},
): (...args: Args) => Like<Out> {
  checkOptions("vmap", options, ["inDims", "outDims", "randomness"]);
  const { inDims = 0, outDims = 0, randomness = "error" } = options;
  if (!(randomness in codes)) throw new ValueError(`vmap: expected randomness "error", "same" or "different".`);
  return (...args) => {
    const dims = perItem(inDims, args.length);
    const size = batchSize(args, dims);
    return atLevel(size, codes[randomness], (level) => {
      const single = args.map((x, i) => (dims[i] === null ? x : exampleOf(x, dims[i] ?? 0, level))) as Args; // as many
      const out = f(...single);
      const outputs: readonly Tensor[] = out instanceof Tensor ? [out] : out;
      const places = perItem(outDims, outputs.length);
      const batched = outputs.map((x, i) => batchOf(x, level, size, places[i] ?? 0));
      return (out instanceof Tensor ? batched[0] : batched) as Like<Out>; // made from `out`
    });
  };
}
