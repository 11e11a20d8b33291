/** Indexing as in Python: x[0], x[0:2, 1], x[..., None, ::2], x[mask], x[[0, 2]]. */

import { native, packed } from "../native.js";
import { describeValue } from "./checks.js";
import { tensor } from "./creation.js";
import { IndexError } from "./errors.js";
import { failure } from "./native-call.js";
import { opFunction } from "./op-callable.js";
import type { Scalar } from "./scalar.js";
import { Slice } from "./slice.js";
import { Tensor } from "./tensor.js";
import type { Index } from "./tensor-extras.js";

const select = opFunction("aten::select", "schema", "int");
const sliceDim = opFunction("aten::slice", "schema", "Tensor");
const unsqueeze = opFunction("aten::unsqueeze");
const takeAt = opFunction("aten::index", "schema", "Tensor");
const putAt = opFunction("aten::index_put_", "schema", "");
const copyInto = opFunction("aten::copy_");
const fill = opFunction("aten::fill_");
const fullLike = opFunction("aten::new_full");

function where(index: readonly Index[]): string {
  return `at(${index.map((entry) => (entry instanceof Tensor ? "Tensor" : describeValue(entry))).join(", ")})`;
}

function dimensionsTaken(entry: Index): number {
  if (entry === null || entry === "..." || typeof entry === "boolean") return 0;
  return entry instanceof Tensor && (entry.dtype === "bool" || entry.dtype === "uint8") ? entry.ndim : 1;
}

/** Replaces `"..."` by as many full slices as are left. */
function expand(x: Tensor, index: readonly Index[]): Index[] {
  const taken = index.reduce((sum: number, entry) => sum + dimensionsTaken(entry), 0);
  const { ndim } = x;
  if (taken > ndim) throw new IndexError(`${where(index)}: expected at most ${ndim} indices, got ${taken}.`);
  const dots = index.indexOf("...");
  if (dots < 0) return [...index];
  if (index.lastIndexOf("...") !== dots) throw new IndexError(`${where(index)}: expected one "...", got several.`);
  const fill = Array.from({ length: ndim - taken }, () => new Slice(null, null, null));
  return [...index.slice(0, dots), ...fill, ...index.slice(dots + 1)];
}

function indexTensor(entry: Tensor | readonly number[]): Tensor {
  return entry instanceof Tensor ? entry : tensor(entry as number[], { dtype: "int64" }); // only read
}

function isAdvanced(entry: Index): entry is Tensor | readonly number[] {
  return entry instanceof Tensor || Array.isArray(entry);
}

/** The view that the basic entries select, and the advanced entries that are left, by dimension. */
function basic(x: Tensor, index: readonly Index[]): { view: Tensor; advanced: (Tensor | null)[] } {
  let view = x;
  let dim = 0;
  const advanced: (Tensor | null)[] = [];
  const step = (next: unknown) => {
    view = next as Tensor; // these operators return one tensor
  };
  for (const entry of expand(x, index)) {
    if (typeof entry === "number") step(select(view, dim, entry));
    else if (entry instanceof Slice) {
      if (entry.start !== null || entry.stop !== null || entry.step !== null) {
        step(sliceDim(view, dim, entry.start, entry.stop, entry.step ?? 1));
      }
      dim++;
    } else if (entry === null) step(unsqueeze(view, dim++));
    else if (typeof entry === "boolean") {
      step(unsqueeze(view, dim));
      while (advanced.length < dim) advanced.push(null);
      advanced.push(tensor([entry], { dtype: "bool" }));
      dim++;
    } else if (isAdvanced(entry)) {
      while (advanced.length < dim) advanced.push(null);
      const positions = indexTensor(entry);
      advanced.push(positions);
      dim += dimensionsTaken(positions);
    }
  }
  return { view, advanced };
}

/** `x[i, j]` with integers alone, in one native call; null for any other index. */
function atIntegers(x: Tensor, index: readonly Index[]): Tensor | null {
  for (let i = 0; i < index.length; i++) {
    const position = index[i];
    if (typeof position !== "number" || !Number.isInteger(position)) return null;
    packed[i] = position;
  }
  native.select(x._h, index.length);
  if (packed[0] === -1) throw failure(where(index), [x]);
  return x._like(packed[0] as number); // the new handle
}

/** `x[index]`. */
export function at(x: Tensor, index: readonly Index[]): Tensor {
  const direct = atIntegers(x, index);
  if (direct !== null) return direct;
  const { view, advanced } = basic(x, index);
  if (advanced.length > 0) return takeAt(view, advanced) as Tensor; // one tensor
  return view === x ? x._like(x.aliasHandle()) : view;
}

function valueTensor(x: Tensor, value: Tensor | Scalar): Tensor {
  return value instanceof Tensor ? value : (fullLike(x, [], value) as Tensor); // one tensor
}

/** `x[index] = value`, in place. */
export function setAt(x: Tensor, index: readonly Index[], value: Tensor | Scalar): Tensor {
  const { view, advanced } = basic(x, index);
  if (advanced.length > 0) putAt(view, advanced, valueTensor(x, value));
  else if (value instanceof Tensor) copyInto(view, value);
  else fill(view, value);
  return x;
}
