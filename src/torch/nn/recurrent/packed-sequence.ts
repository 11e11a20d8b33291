/** Sequences of different lengths without padding between them. */
import { type HoldsTensors, tensorsKey } from "../../containers.js";
import { arange, emptyLike, tensor } from "../../creation.js";
import type { Device, DType } from "../../dtype.js";
import { checkOptions, ShapeError, ValueError } from "../../errors.js";
import { padSequence as padSequenceOp } from "../../generated/functions.js";
import { opFunction } from "../../op-callable.js";
import type { Tensor } from "../../tensor.js";

/**
 * The steps of several sequences, longest first, one time step after the other. Made by `packPaddedSequence` and
 * `packSequence`, taken by the recurrent layers.
 */
export class PackedSequence implements HoldsTensors {
  constructor(
    /** The elements of all sequences [sum of lengths, *]: all first steps, then all second ones, and so on. */
    readonly data: Tensor,
    /** How many sequences reach each step, int64 on the CPU. */
    readonly batchSizes: Tensor,
    /** Which sequence of the caller's stands at each place; null: they came sorted. */
    readonly sortedIndices: Tensor | null = null,
    /** Where each sequence of the caller's stands. Default: worked out from `sortedIndices`. */
    readonly unsortedIndices: Tensor | null = sortedIndices && invertPermutation(sortedIndices),
  ) {}

  /** The same sequences with other elements. */
  withData(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }

  /** The same sequences on another device or in another dtype. */
  to(target: Device | DType): PackedSequence {
    const data = this.data.to(target);
    const move = (indices: Tensor | null) => indices?.to(data.device) ?? null;
    return new PackedSequence(data, this.batchSizes, move(this.sortedIndices), move(this.unsortedIndices));
  }

  [tensorsKey](): Iterable<unknown> {
    return [this.data, this.batchSizes, this.sortedIndices, this.unsortedIndices];
  }
}

/** The permutation that undoes another one. */
export function invertPermutation(permutation: Tensor): Tensor {
  const count = permutation.numel();
  return emptyLike(permutation).scatter_(
    0,
    permutation,
    arange(0, count, { dtype: "int64", device: permutation.device }),
  );
}

const packPadded = opFunction("aten::_pack_padded_sequence");
const padPacked = opFunction("aten::_pad_packed_sequence");

/** Options of `packPaddedSequence`. */
export interface PackOptions {
  /** Whether the input is [N, T, *] instead of [T, N, *]. Default false. */
  batchFirst?: boolean;
  /** Whether the sequences come sorted, longest first, which is then checked. Default true. */
  enforceSorted?: boolean;
}

/**
 * Packs padded sequences. Shapes: x [T, N, *] (or [N, T, *] with `batchFirst`), lengths [N], each at least 1.
 * Throws `ValueError` when the lengths are not sorted and `enforceSorted` is not false.
 */
export function packPaddedSequence(
  x: Tensor,
  lengths: Tensor | readonly number[],
  options: PackOptions = {},
): PackedSequence {
  checkOptions("packPaddedSequence", options, ["batchFirst", "enforceSorted"]);
  const { batchFirst = false, enforceSorted = true } = options;
  const given = Array.isArray(lengths) ? tensor(lengths, { dtype: "int64" }) : (lengths as Tensor).cpu(); // not narrowed
  if (enforceSorted) {
    const ordered = given.toArray() as number[]; // lengths are a vector
    if (ordered.some((length, i) => i > 0 && Number(length) > Number(ordered[i - 1]))) {
      throw new ValueError(
        `packPaddedSequence: expected lengths from the longest to the shortest, got [${ordered.join(", ")}]. ` +
          "Sort the sequences, or pass { enforceSorted: false }.",
      );
    }
    return packed(x, given, batchFirst, null);
  }
  const { values, indices } = given.sort({ descending: true });
  const order = indices.to(x.device);
  return packed(x.indexSelect(batchFirst ? 0 : 1, order), values, batchFirst, order);
}

function packed(x: Tensor, lengths: Tensor, batchFirst: boolean, order: Tensor | null): PackedSequence {
  const [data, batchSizes] = packPadded(x, lengths, batchFirst) as [Tensor, Tensor]; // the schema returns two
  return new PackedSequence(data, batchSizes, order);
}

/** Options of `padPackedSequence`. */
export interface PadPackedOptions {
  /** Whether to return [N, T, *] instead of [T, N, *]. Default false. */
  batchFirst?: boolean;
  /** What stands behind the ends. Default 0. */
  paddingValue?: number;
  /** Number of steps of the result. Default: that of the longest sequence. */
  totalLength?: number | null;
}

/** Pads packed sequences again, in the caller's order. Returns `[padded, lengths]`. */
export function padPackedSequence(sequence: PackedSequence, options: PadPackedOptions = {}): [Tensor, Tensor] {
  checkOptions("padPackedSequence", options, ["batchFirst", "paddingValue", "totalLength"]);
  const { batchFirst = false, paddingValue = 0, totalLength = null } = options;
  const longest = sequence.batchSizes.numel();
  if (totalLength !== null && totalLength < longest) {
    throw new ValueError(
      `padPackedSequence: expected a totalLength of at least ${longest}, the longest sequence, got ${totalLength}.`,
    );
  }
  const { data, batchSizes, unsortedIndices } = sequence;
  const [padded, lengths] = padPacked(data, batchSizes, batchFirst, paddingValue, totalLength ?? -1) as [
    Tensor,
    Tensor,
  ]; // the schema returns two
  if (unsortedIndices === null) return [padded, lengths];
  return [padded.indexSelect(batchFirst ? 0 : 1, unsortedIndices), lengths.indexSelect(0, unsortedIndices.cpu())];
}

/** Options of `padSequence`. */
export interface PadSequenceOptions {
  /** Whether to return [N, T, *] instead of [T, N, *]. Default false. */
  batchFirst?: boolean;
  /** What fills up the shorter sequences. Default 0. */
  paddingValue?: number;
  /** On which side. Default "right". */
  paddingSide?: "right" | "left";
}

/** Stacks sequences [T_i, *] of different lengths. Shapes: -> [T, N, *] (or [N, T, *]) with the longest T. */
export function padSequence(sequences: readonly Tensor[], options: PadSequenceOptions = {}): Tensor {
  checkOptions("padSequence", options, ["batchFirst", "paddingValue", "paddingSide"]);
  const { batchFirst = false, paddingValue = 0, paddingSide = "right" } = options;
  return padSequenceOp(sequences, batchFirst, paddingValue, paddingSide);
}

/** Takes the sequences out of a padded batch again. Shapes: padded [T, N, *] (or [N, T, *]), lengths [N]. */
export function unpadSequence(
  padded: Tensor,
  lengths: Tensor | readonly number[],
  { batchFirst = false }: { batchFirst?: boolean } = {},
): Tensor[] {
  const counts = Array.isArray(lengths) ? lengths : ((lengths as Tensor).toArray() as number[]); // lengths are a vector
  const rows = batchFirst ? padded : padded.transpose(0, 1);
  if (counts.length !== rows.shape[0]) {
    throw new ShapeError(`unpadSequence: expected ${rows.shape[0]} lengths, got ${counts.length}.`);
  }
  return counts.map((count: number, i: number) => rows.select(0, i).narrow(0, 0, Number(count)));
}

/** Packs sequences [T_i, *]. Longest first, unless `enforceSorted: false`. */
export function packSequence(
  sequences: readonly Tensor[],
  { enforceSorted = true }: { enforceSorted?: boolean } = {},
): PackedSequence {
  const lengths = sequences.map((sequence) => sequence.shape[0] ?? 0);
  return packPaddedSequence(padSequence(sequences), lengths, { enforceSorted });
}

/** The sequences that were packed, in the caller's order. */
export function unpackSequence(sequence: PackedSequence): Tensor[] {
  const [padded, lengths] = padPackedSequence(sequence, { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}
