/** The classes of a batch's members, to give bare tensors their class back. Source: DCO-3. */
import { Tensor } from "../torch/index.js";
import { type Class, classOf } from "./dispatch.js";
import { asTuple, isTuple } from "./tuple.js";

/** A class, or one for each member. */
export type TypeTree = Class | readonly TypeTree[];

/** The classes of a batch. Source: fastai `explode_types`. */
export function typeTree(batch: unknown): TypeTree {
  return isTuple(batch) ? batch.map(typeTree) : classOf(batch);
}

/** Gives plain tensors the class noted for their place. */
export function retainTypes(batch: unknown, types: TypeTree | undefined): unknown {
  if (types === undefined) return batch;
  if (isTuple(batch)) return asTuple(batch.map((x, i) => (typeof types === "function" ? x : retainTypes(x, types[i]))));
  if (!(batch instanceof Tensor) || typeof types !== "function" || batch.constructor !== Tensor) return batch;
  return types.prototype instanceof Tensor ? batch.as(types as unknown as typeof Tensor) : batch;
}

/** The items of a batch, at most `maxN`: each member's row. Source: TOR-8, fastai `batch_to_samples`. */
export function batchToSamples(batch: unknown, maxN = 10): unknown[] {
  if (batch instanceof Tensor)
    return Array.from({ length: Math.min(maxN, batch.shape[0] ?? 0) }, (_, i) => batch.at(i));
  if (!isTuple(batch)) return Array.isArray(batch) ? batch.slice(0, maxN) : [batch];
  const columns = batch.map((member) => batchToSamples(member, maxN));
  const length = Math.min(...columns.map((column) => column.length));
  return Array.from({ length }, (_, i) => asTuple(columns.map((column) => column[i])));
}
