/** All parameters as one vector. */
import { noGrad } from "../autograd.js";
import { ShapeError } from "../errors.js";
import { cat } from "../generated/functions.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** The elements of all parameters in one vector. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return scope(() => cat([...parameters].map((parameter) => parameter.reshape([-1]))));
}

/** Copies a vector made by `parametersToVector` back. Throws `ShapeError` when the lengths differ. */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const list = [...parameters];
  const expected = list.reduce((sum, parameter) => sum + parameter.numel(), 0);
  if (vector.numel() !== expected) {
    throw new ShapeError(
      `vectorToParameters: expected a vector of ${expected} elements, got shape [${vector.shape.join(", ")}].`,
    );
  }
  scope(() =>
    noGrad(() => {
      let start = 0;
      for (const parameter of list) {
        const length = parameter.numel();
        parameter.copy_(vector.narrow(0, start, length).view(parameter.shape));
        start += length;
      }
    }),
  );
}
