/** The deterministic parameters and gradients that test/parity/optimizer.py steps through. */
import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "../../src/torch/index.js";

export interface Setting {
  shapes: number[][];
  groups: number[][];
  noDecay: number[];
  skipped: { param: number; from: number; to: number };
  start: number[][];
}

/** A fixture file, parsed. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

/** The parameters at the start. */
export function freshParams({ shapes, start }: Setting): Tensor[] {
  return shapes.map((shape, k) =>
    tensor(start[k] as number[])
      .view(shape)
      .requiresGrad_(),
  );
}

/** The parameters as lists of groups. */
export function grouped({ groups }: Setting, params: readonly Tensor[]): Tensor[][] {
  return groups.map((group) => group.map((at) => params[at] as Tensor));
}

function noise(k: number, shape: readonly number[], step: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: n }, (_, i) => Math.cos(0.9 * i + 2.1 * k + 1.3 * step));
  return tensor(values.map((value) => Math.round(value * 1e4) / 1e4)).view([...shape]);
}

/** Gives each parameter its gradient at a step (one parameter has none for a while). */
export function setGrads({ shapes, skipped }: Setting, params: readonly Tensor[], step: number): void {
  params.forEach((param, k) => {
    const skip = k === skipped.param && skipped.from <= step && step < skipped.to;
    param.grad = skip
      ? null
      : param
          .detach()
          .mul(0.1)
          .add(noise(k, shapes[k] as number[], step).mul(0.5));
  });
}

/** The parameters' values, each flat. */
export function values(params: readonly Tensor[]): number[][] {
  return params.map((param) => param.detach().flatten().toArray() as number[]);
}
