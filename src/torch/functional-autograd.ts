/** Derivatives of functions: Jacobians, Hessians and their products with vectors. */

import { enableGrad, type GradOptions, grad } from "./autograd.js";
import { checkFunction, checkTensors } from "./checks.js";
import { eye, onesLike, zerosLike } from "./creation.js";
import { checkOptions, ShapeError, ValueError } from "./errors.js";
import { stack } from "./generated/functions.js";
import { scope } from "./scope.js";
import { Tensor } from "./tensor.js";
import { vmap } from "./vmap.js";

/** One tensor or several. */
export type Tensors = Tensor | readonly Tensor[];
/** As many tensors as there are in `T`: one for one, an array for an array. */
export type Like<T extends Tensors> = T extends Tensor ? Tensor : Tensor[];
/** A derivative by output and input: a tensor, an array over one of them, or arrays of arrays. */
export type Derivative<Out extends Tensors, In extends Tensors> = Out extends Tensor ? Like<In> : Like<In>[];

/** A function of one or several tensors. */
export type TensorFunction<Out extends Tensors> = (...inputs: Tensor[]) => Out;

/** Options of the functions of this page. */
export interface DerivativeOptions {
  /** Record the result's own computation, so that it can be differentiated again. Default false. */
  createGraph?: boolean;
  /** Throw for an input that an output does not depend on, instead of giving zeros. Default false. */
  strict?: boolean;
}

/** Options of {@link jacobian} and {@link hessian}. */
export interface JacobianOptions extends DerivativeOptions {
  /** One backward pass for all elements by {@link vmap}, instead of one for each: faster, for more memory. Default false. */
  vectorize?: boolean;
}

const keys = ["createGraph", "strict"];

function listOf(value: Tensors): readonly Tensor[] {
  if (value instanceof Tensor) return [value];
  checkTensors("derivatives", value);
  return value;
}

const likeOf = <T extends Tensors>(like: T, list: Tensor[]): Like<T> =>
  (like instanceof Tensor ? list[0] : list) as Like<T>; // the list was made from `like`

interface Run<Out extends Tensors> {
  readonly inputs: Tensor[];
  readonly output: Out;
  readonly outputs: readonly Tensor[];
}

/** Calls the function on inputs of its own graph; with `createGraph` they stay part of the caller's graph too. */
function run<Out extends Tensors>(
  where: string,
  f: TensorFunction<Out>,
  given: Tensors,
  createGraph: boolean,
): Run<Out> {
  checkFunction(where, f);
  const inputs = listOf(given).map((x) => (createGraph ? x.viewAs(x) : x.detach().requiresGrad_()));
  if (createGraph) for (const x of inputs) if (!x.requiresGrad) x.requiresGrad_();
  const output = enableGrad(() => f(...inputs));
  if (!(output instanceof Tensor || (Array.isArray(output) && output.every((value) => value instanceof Tensor)))) {
    throw new ValueError(`${where}: expected a function that returns a tensor or an array of tensors.`);
  }
  return { inputs, output, outputs: listOf(output) };
}

/** Gradients, zeros for what does not depend. */
function gradients(
  where: string,
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  strict: boolean,
  options: GradOptions,
): Tensor[] {
  const connected = outputs.flatMap((output, i) => (output.requiresGrad ? [i] : []));
  const { gradOutputs } = options;
  const found =
    connected.length === 0
      ? inputs.map(() => null)
      : grad(
          connected.map((i) => outputs[i] as Tensor), // positions of the list
          inputs,
          {
            ...options,
            allowUnused: true,
            ...(gradOutputs && { gradOutputs: connected.map((i) => listOf(gradOutputs as Tensors)[i] ?? null) }), // by place
          },
        );
  return found.map((gradient, i) => {
    if (gradient === null && strict) {
      throw new ValueError(`${where}: expected outputs that depend on all inputs, got no dependence on input ${i}.`);
    }
    return gradient ?? zerosLike(inputs[i] as Tensor); // one for each input
  });
}

/** The vectors of a product: by default ones for a single number. */
function vectorsFor(where: string, values: readonly Tensor[], given: Tensors | undefined): readonly Tensor[] {
  if (given === undefined) {
    const [only] = values;
    if (values.length === 1 && only?.numel() === 1) return [onesLike(only)];
    throw new ValueError(`${where}: expected vectors, got none. Only a single number has a default.`);
  }
  const vectors = listOf(given);
  values.forEach((value, i) => {
    const shape = vectors[i]?.shape;
    if (vectors.length === values.length && shape?.join() === value.shape.join()) return;
    throw new ShapeError(`${where}: expected a vector of shape [${value.shape}], got [${shape ?? "nothing"}].`);
  });
  return vectors;
}

function optionsOf(where: string, options: DerivativeOptions): Required<DerivativeOptions> {
  checkOptions(where, options, keys);
  return { createGraph: options.createGraph ?? false, strict: options.strict ?? false };
}

/** For each element the tensor that is 1 there and 0 elsewhere. Shapes: [a…] -> [elements, a…]. */
function unitVectors(x: Tensor): Tensor {
  const count = x.numel();
  return eye(count, { dtype: x.dtype, device: x.device }).reshape([count, ...x.shape]);
}

/** What `vmap(f)(batch)` is, example by example. */
function oneByOne(f: (x: Tensor) => Tensor[], batch: Tensor, like: readonly Tensor[]): Tensor[] {
  const results = batch.unbind().map(f);
  return like.map(
    (x, i) =>
      results.length === 0 ? x.newZeros([0, ...x.shape]) : stack(results.map((result) => result[i] as Tensor)), // as many
  );
}

/**
 * The derivative of each output element by each input element.
 * Shapes: of an output [a…] and an input [b…] it is [a…, b…].
 *
 * @example
 * jacobian((x) => x.pow(2), tensor([1, 2])); // [[2, 0], [0, 4]]
 */
export function jacobian<Out extends Tensors, In extends Tensors>(
  f: TensorFunction<Out>,
  inputs: In,
  options: JacobianOptions = {},
): Derivative<Out, In> {
  checkOptions("jacobian", options, [...keys, "vectorize"]);
  const { vectorize = false, ...rest } = options;
  const { createGraph, strict } = optionsOf("jacobian", rest);
  return scope(() => {
    const made = run("jacobian", f, inputs, createGraph);
    const rows = made.outputs.map((output) => {
      const partials = { createGraph, retainGraph: true };
      const gradientsOf = (gradOutputs: Tensor) =>
        gradients("jacobian", [output], made.inputs, strict, { ...partials, gradOutputs });
      const units = unitVectors(output);
      const columns =
        vectorize && units.numel() > 0 ? vmap(gradientsOf)(units) : oneByOne(gradientsOf, units, made.inputs);
      return likeOf(
        inputs,
        columns.map((column, i) => column.reshape([...output.shape, ...(made.inputs[i]?.shape ?? [])])),
      );
    });
    return (made.output instanceof Tensor ? rows[0] : rows) as Derivative<Out, In>; // a row for each output
  });
}

/** The gradient of a function of a single number, as a function: what {@link hessian} and its products differentiate. */
function gradientOf(where: string, f: TensorFunction<Tensor>): TensorFunction<Tensor[]> {
  checkFunction(where, f);
  return (...inputs) => {
    const value = f(...inputs);
    if (!(value instanceof Tensor) || value.numel() !== 1) {
      throw new ValueError(`${where}: expected a function that returns a single number.`);
    }
    return gradients(where, [value.reshape([])], inputs, false, { createGraph: true });
  };
}

/**
 * The second derivatives of a function that returns a single number.
 * Shapes: of inputs [a…] and [b…] it is [a…, b…]; for several inputs an array of arrays.
 */
export function hessian<In extends Tensors>(
  f: TensorFunction<Tensor>,
  inputs: In,
  options: JacobianOptions = {},
): Derivative<In, In> {
  const all = jacobian(gradientOf("hessian", f), listOf(inputs), options);
  return (inputs instanceof Tensor ? all[0]?.[0] : all) as Derivative<In, In>; // one row for one input
}

/** The outputs, and the product of `v` with the Jacobian: gradients of sum(v · outputs) by the inputs. */
export function vjp<Out extends Tensors, In extends Tensors>(
  f: TensorFunction<Out>,
  inputs: In,
  v?: Tensors,
  options: DerivativeOptions = {},
): [Like<Out>, Like<In>] {
  const { createGraph, strict } = optionsOf("vjp", options);
  return scope(() => {
    const made = run("vjp", f, inputs, createGraph);
    const gradOutputs = vectorsFor("vjp", made.outputs, v);
    const product = gradients("vjp", made.outputs, made.inputs, strict, { gradOutputs, createGraph });
    return [outputsOf(made, createGraph), likeOf(inputs, product)];
  });
}

function outputsOf<Out extends Tensors>({ output, outputs }: Run<Out>, createGraph: boolean): Like<Out> {
  return likeOf(output, createGraph ? [...outputs] : outputs.map((value) => value.detach()));
}

/**
 * The outputs, and the product of the Jacobian with `v`: how the outputs change when the inputs move along `v`. Computed by
 * two backward passes, which works for every operator with second derivatives.
 */
export function jvp<Out extends Tensors, In extends Tensors>(
  f: TensorFunction<Out>,
  inputs: In,
  v?: Tensors,
  options: DerivativeOptions = {},
): [Like<Out>, Like<Out>] {
  const { createGraph, strict } = optionsOf("jvp", options);
  return scope(() => {
    const made = run("jvp", f, inputs, createGraph);
    const vectors = vectorsFor("jvp", made.inputs, v);
    // The Jacobian is the derivative of u -> u J, which is linear in u: any u will do.
    const any = made.outputs.map((output) => zerosLike(output, { requiresGrad: true }));
    const rows = enableGrad(() =>
      gradients("jvp", made.outputs, made.inputs, strict, { gradOutputs: any, createGraph: true }),
    );
    const product = gradients("jvp", rows, any, strict, { gradOutputs: vectors, createGraph });
    return [outputsOf(made, createGraph), likeOf(made.output, product)];
  });
}

type SecondOrder = <In extends Tensors>(
  f: TensorFunction<Tensor>,
  inputs: In,
  v?: Tensors,
  options?: DerivativeOptions,
) => [Tensor, Like<In>];

function secondOrder(where: string, product: typeof vjp | typeof jvp): SecondOrder {
  return (f, inputs, v, options = {}) =>
    scope(() => {
      const { createGraph } = optionsOf(where, options);
      const vectors = vectorsFor(where, listOf(inputs), v);
      const [, found] = product(gradientOf(where, f), listOf(inputs), vectors, options);
      const { output } = run(where, f, inputs, createGraph);
      return [createGraph ? output : output.detach(), likeOf(inputs, found)];
    });
}

/** The value, and the product of the Hessian with `v`. */
export const hvp = secondOrder("hvp", jvp);
/** The value, and the product of `v` with the Hessian: the same as {@link hvp} where second derivatives are continuous, and cheaper. */
export const vhp = secondOrder("vhp", vjp);
