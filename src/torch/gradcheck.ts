/** Checking a backward against finite differences. */

import { grad, noGrad } from "./autograd.js";
import { checkFunction, checkTensors } from "./checks.js";
import { zerosLike } from "./creation.js";
import { checkOptions, ValueError } from "./errors.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";

/** Options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** Step of the finite differences. Default 1e-6. */
  eps?: number;
  /** Absolute tolerance. Default 1e-5. */
  atol?: number;
  /** Relative tolerance. Default 1e-3. */
  rtol?: number;
}

function asList(value: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(value) ? (value as readonly Tensor[]) : [value as Tensor]; // readonly arrays are not narrowed
}

/** The sum of all outputs, each weighted by fixed numbers so that no gradient cancels. */
function weighted(outputs: readonly Tensor[]): Tensor {
  return outputs
    .map((output, i) => output.mul(output.detach().mul(0).add(1).cumsum(-1).add(i)).sum())
    .reduce((sum, part) => sum.add(part));
}

function numeric(f: () => Tensor, input: Tensor, eps: number): number[] {
  const flat = input.detach().view(-1);
  return Array.from({ length: input.numel() }, (_, i) => {
    const element = flat.narrow(0, i, 1);
    element.add_(eps);
    const above = f().item();
    element.sub_(2 * eps);
    const below = f().item();
    element.add_(eps);
    return (above - below) / (2 * eps);
  });
}

/**
 * Compares the gradients of `f` at `inputs` (float64, contiguous, requiring gradients) with finite differences.
 * @returns true when all agree.
 * @throws ValueError naming the first input and element that disagree, with both values.
 */
export function gradcheck(
  f: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): true {
  checkOptions("gradcheck", options, ["eps", "atol", "rtol"]);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options;
  checkFunction("gradcheck", f);
  checkTensors("gradcheck", inputs);
  return scope(() => {
    const value = () => weighted(asList(f(...inputs)));
    const wanted = inputs.filter((input) => input.requiresGrad);
    const analytic = grad(value(), wanted, { allowUnused: true });
    wanted.forEach((input, k) => {
      if (input.dtype !== "float64") throw new ValueError(`gradcheck: expected float64 inputs, got ${input.dtype}.`);
      const expected = noGrad(() => numeric(value, input, eps));
      const got = (analytic[k] ?? zerosLike(input)).reshape(-1).toArray() as number[]; // float64 vector
      expected.forEach((number, i) => {
        if (Math.abs((got[i] ?? Number.NaN) - number) <= atol + rtol * Math.abs(number)) return;
        throw new ValueError(
          `gradcheck: input ${inputs.indexOf(input)}, element ${i}: backward gives ${got[i]}, finite differences ${number}.`,
        );
      });
    });
    return true as const;
  });
}
