/** Weights of classes, as losses hold them and as exported learners describe them. */
import * as z from "zod";
import { nn, type Tensor, tensor } from "../../torch/index.js";

/** One weight for each class: a tensor [C] or numbers. */
export type ClassWeight = Tensor | readonly number[];

/** A buffer, so that it moves with the loss to the model's device. Null stays null. */
export function weightBuffer(weight: ClassWeight | null | undefined): nn.Buffer | null {
  if (!weight) return null;
  return nn.buffer(Array.isArray(weight) ? tensor(weight) : (weight as Tensor));
}

/** The schema of weights in a file. */
export const weightConfig = z.array(z.number()).nullable();

/** The weights as a file has them. */
export function weightNumbers(weight: Tensor | null): number[] | null {
  return weight && (weight.toArray() as number[]); // one dimension
}

/** The schema of a reduction. */
export const reductionConfig = z.enum(["mean", "sum", "none"]);
