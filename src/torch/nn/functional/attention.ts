/** Multi-head attention as a function of all its weights. */
import { checkTensor } from "../../checks.js";
import { full, zerosLike } from "../../creation.js";
import { isFloatingPoint } from "../../dtype.js";
import { checkOptions, DtypeError, ShapeError } from "../../errors.js";
import { cat, dropout, linear, scaledDotProductAttention, softmax } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";

/** Which places may see which, and what is returned. */
export interface AttentionOptions {
  /** Keys that do not count, bool [N, S] or [S] (true: ignored), or numbers added to the scores. Default none. */
  keyPaddingMask?: Tensor | null;
  /** Whether to return the attention weights too; without them a faster kernel runs. Default true. */
  needWeights?: boolean;
  /** Pairs that do not count, bool [T, S] or [N * heads, T, S] (true: ignored), or numbers added to the scores. Default none. */
  attnMask?: Tensor | null;
  /** Whether the weights are averaged over the heads. Default true. */
  averageAttnWeights?: boolean;
  /** Whether each place sees only itself and those before it; `attnMask` may then be left out. Default false. */
  isCausal?: boolean;
}

/** The option keys of `AttentionOptions`. */
export const attentionKeys = ["keyPaddingMask", "needWeights", "attnMask", "averageAttnWeights", "isCausal"] as const;

/** What `multiHeadAttentionForward` computes with. */
export interface AttentionWeights {
  numHeads: number;
  /** Projections of query, key and value: each [E, its size]. */
  projections: readonly [Tensor, Tensor, Tensor];
  /** Their biases, one after the other [3E]. */
  inProjBias: Tensor | null;
  /** A further key and value [1, 1, E]. */
  biasK: Tensor | null;
  biasV: Tensor | null;
  /** Whether a key and a value of zeros are added. */
  addZeroAttn: boolean;
  dropoutP: number;
  outProjWeight: Tensor;
  outProjBias: Tensor | null;
}

/** Masks as numbers added to the scores: [T or 1, S] or [N * heads, T, S], and [N, S]. */
interface Masks {
  pairs: Tensor | null;
  keys: Tensor | null;
}

/**
 * Attention of `query` to `key` and `value` in several heads.
 * Shapes: query [T, N, E] or [T, E], key [S, N, kdim], value [S, N, vdim] -> `[output like query, weights]`; weights
 * [N, T, S] (or [N, heads, T, S] without averaging), null without `needWeights`. Source: Vaswani et al. 2017.
 */
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  weights: AttentionWeights,
  options: AttentionOptions = {},
): [output: Tensor, weights: Tensor | null] {
  checkOptions("multiHeadAttentionForward", options, attentionKeys);
  const { needWeights = true, averageAttnWeights = true, isCausal = false } = options;
  for (const given of [query, key, value]) checkTensor("multiHeadAttentionForward", given);
  checkTensor("multiHeadAttentionForward's weights.outProjWeight", weights?.outProjWeight);
  if (query.ndim === 2) {
    const keys = options.keyPaddingMask?.unsqueeze(0) ?? null;
    const batch = [query, key, value].map((x) => x.unsqueeze(1)) as [Tensor, Tensor, Tensor]; // as many as given
    const [out, seen] = multiHeadAttentionForward(...batch, weights, { ...options, keyPaddingMask: keys });
    return [out.squeeze(1), seen?.squeeze(0) ?? null];
  }
  const [steps = 0, batch = 0, size = 0] = query.shape;
  checkShapes(query, key, value, weights);
  let [q, k, v] = project(query, key, value, weights);
  const causalKernel = isCausal && !options.keyPaddingMask && !needWeights && !weights.biasK && !weights.addZeroAttn;
  const masks: Masks = {
    pairs: causalKernel ? null : pairMask(options.attnMask ?? null, isCausal, q, k.shape[0] ?? 0),
    keys: additive("keyPaddingMask", options.keyPaddingMask ?? null, q),
  };
  if (weights.biasK && weights.biasV) {
    k = cat([k, weights.biasK.repeat([1, batch, 1])]);
    v = cat([v, weights.biasV.repeat([1, batch, 1])]);
    widen(masks);
  }
  const heads = (x: Tensor) => x.unflatten(-1, [weights.numHeads, -1]).permute(1, 2, 0, 3); // [N, heads, T, E / heads]
  let [keys, values] = [heads(k), heads(v)];
  if (weights.addZeroAttn) {
    keys = cat([keys, zerosLike(keys.narrow(2, 0, 1))], 2);
    values = cat([values, zerosLike(values.narrow(2, 0, 1))], 2);
    widen(masks);
  }
  const mask = scoreMask(masks, batch, weights.numHeads);
  const join = (x: Tensor) => {
    const joined = x.permute(2, 0, 1, 3).reshape([steps * batch, size]); // [T * N, E]
    return linear(joined, weights.outProjWeight, weights.outProjBias).view([steps, batch, -1]);
  };
  if (!needWeights) {
    return [join(scaledDotProductAttention(heads(q), keys, values, mask, weights.dropoutP, causalKernel)), null];
  }
  const scores = heads(q)
    .mul(Math.sqrt(weights.numHeads / size))
    .matmul(keys.transpose(-2, -1)); // [N, heads, T, S]
  const seen = softmax(mask ? scores.add(mask) : scores, -1);
  const kept = weights.dropoutP > 0 ? dropout(seen, weights.dropoutP, true) : seen;
  return [join(kept.matmul(values)), averageAttnWeights ? kept.mean(1) : kept];
}

function project(query: Tensor, key: Tensor, value: Tensor, weights: AttentionWeights): [Tensor, Tensor, Tensor] {
  const biases = weights.inProjBias?.chunk(3) ?? [null, null, null];
  const [q, k, v] = [query, key, value].map(
    (x, i) => linear(x, weights.projections[i] as Tensor, biases[i] ?? null), // one projection for each
  );
  return [q, k, v] as [Tensor, Tensor, Tensor]; // as many as were mapped
}

function checkShapes(query: Tensor, key: Tensor, value: Tensor, { numHeads, outProjWeight }: AttentionWeights): void {
  const size = outProjWeight.shape[1] ?? 0;
  const sameLength = key.shape[0] === value.shape[0] && key.shape[1] === value.shape[1];
  if (query.ndim === 3 && query.shape[2] === size && sameLength && key.shape[1] === query.shape[1]) return;
  const shapes = [query, key, value].map((x) => `[${x.shape.join(", ")}]`);
  throw new ShapeError(
    `multiHeadAttentionForward: expected a query [T, N, ${size}] for ${numHeads} heads, key and value [S, N, *], ` +
      `got ${shapes.join(", ")}. Transpose the inputs, or make the module with { batchFirst: true }.`,
  );
}

/** A mask as numbers that are added to the scores. Throws `DtypeError` on integers. */
function additive(what: string, mask: Tensor | null, like: Tensor): Tensor | null {
  if (mask === null) return null;
  if (mask.dtype === "bool") return zerosLike(mask, { dtype: like.dtype }).maskedFill(mask, Number.NEGATIVE_INFINITY);
  if (isFloatingPoint(mask.dtype)) return mask;
  throw new DtypeError(`multiHeadAttentionForward: expected ${what} of bool or floats, got ${mask.dtype}.`);
}

function pairMask(mask: Tensor | null, isCausal: boolean, q: Tensor, sources: number): Tensor | null {
  if (mask !== null || !isCausal) return additive("attnMask", mask, q);
  const blocked = full([q.shape[0] ?? 0, sources], Number.NEGATIVE_INFINITY, { dtype: q.dtype, device: q.device });
  return blocked.triu(1);
}

/** One more key that everybody sees. */
function widen(masks: Masks): void {
  masks.pairs = masks.pairs?.constantPadNd([0, 1]) ?? null;
  masks.keys = masks.keys?.constantPadNd([0, 1]) ?? null;
}

/** Both masks as one that fits [N, heads, T, S]. */
function scoreMask({ pairs, keys }: Masks, batch: number, heads: number): Tensor | null {
  const byPair = pairs === null ? null : pairs.ndim === 3 ? pairs.unflatten(0, [batch, heads]) : pairs;
  const byKey = keys?.unsqueeze(1).unsqueeze(1) ?? null; // [N, 1, 1, S]
  return byPair && byKey ? byPair.add(byKey) : (byPair ?? byKey);
}
