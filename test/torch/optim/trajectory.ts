/** The deterministic parameters and gradients that test/parity/optim.py steps through, in float64. */
import { readFileSync } from "node:fs";
import { arange, noGrad, ops, optim, scope, type Tensor, tensor } from "../../../src/torch/index.js";

export interface Case {
  class: Exclude<keyof typeof classes, never>;
  kind: "dense" | "sparse" | "closure";
  shapes: number[][];
  options: Record<string, unknown>;
  params: Record<string, number[][]>;
  state_dict: { state: Record<string, Record<string, unknown>>; param_groups: Record<string, unknown>[] };
}

const classes = {
  SGD: optim.SGD,
  Adam: optim.Adam,
  AdamW: optim.AdamW,
  NAdam: optim.NAdam,
  RAdam: optim.RAdam,
  Adamax: optim.Adamax,
  Adagrad: optim.Adagrad,
  Adadelta: optim.Adadelta,
  Adafactor: optim.Adafactor,
  RMSprop: optim.RMSprop,
  ASGD: optim.ASGD,
  Rprop: optim.Rprop,
  SparseAdam: optim.SparseAdam,
  Muon: optim.Muon,
  LBFGS: optim.LBFGS,
};

export const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../../fixtures/torch-optim.json", import.meta.url), "utf8"),
).cases;

/** fill(i) for each element. */
function filled(shape: readonly number[], wave: (i: Tensor) => Tensor): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return wave(arange(count, { dtype: "float64" })).view([...shape]);
}

export function freshParams({ shapes }: Case): Tensor[] {
  return shapes.map((shape, k) => filled(shape, (i) => i.mul(1.7).add(k).sin().mul(1.5)).requiresGrad_());
}

function noise(k: number, shape: readonly number[], step: number): Tensor {
  return filled(shape, (i) => i.mul(0.9).add(2.1 * k + 1.3 * step).cos().mul(0.5)); // biome-ignore format: one line
}

function denseGrad(param: Tensor, k: number, step: number): Tensor | null {
  if (k === 3 && step >= 4 && step < 9) return null;
  return param
    .detach()
    .mul(0.1)
    .add(noise(k, param.shape, step));
}

function sparseGrad(param: Tensor, k: number, step: number): Tensor {
  const [rows = 1, width = 1] = param.shape;
  const indices = tensor([[step % rows, (3 * step) % rows]], { dtype: "int64" });
  return ops.aten.sparse_coo_tensor.indices_size(indices, noise(k, [2, width], step), param.shape);
}

/** Rosenbrock's function of the first parameter, and a quartic of the second. */
function closure(opt: { zeroGrad(): void }, [first, b]: readonly Tensor[]): () => Tensor {
  return () => {
    opt.zeroGrad();
    const a = (first as Tensor).flatten();
    const [next, last] = [a.narrow(0, 1, a.numel() - 1), a.narrow(0, 0, a.numel() - 1)];
    const valley = next.sub(last.square()).square().mul(10).add(last.neg().add(1).square()).sum();
    const loss = valley.add(
      (b as Tensor)
        .pow(4)
        .sub(b as Tensor)
        .sum(),
    );
    loss.backward();
    return loss;
  };
}

function camel(options: Case["options"]): object {
  const names = Object.entries(options).map(([key, value]) => [key.replace(/_(.)/g, (_, c) => c.toUpperCase()), value]);
  return Object.fromEntries(names);
}

/** The case's optimizer: two groups, the second at half the rate; one for LBFGS. */
export function build(one: Case, params: readonly Tensor[]): optim.Optimizer<object> {
  const half = params.length / 2;
  const groups = [
    { params: params.slice(0, half) },
    { params: params.slice(half), lr: (one.options.lr as number) / 2 },
  ];
  const Class = classes[one.class] as new (params: unknown, options: object) => optim.Optimizer<object>; // one of them
  return new Class(one.kind === "closure" ? params : groups, camel(one.options));
}

/** Steps `from` to `to`. */
export function train(
  one: Case,
  opt: optim.Optimizer<object>,
  params: readonly Tensor[],
  from: number,
  to: number,
): void {
  const gradOf = one.kind === "sparse" ? sparseGrad : denseGrad;
  for (let step = from; step <= to; step++) {
    scope(() => {
      if (one.kind === "closure") return void opt.step(closure(opt, params));
      params.forEach((param, k) => {
        param.grad = gradOf(param, k, step);
      });
      opt.step();
    });
  }
}

/** The parameters' values, each flat. */
export function values(params: readonly Tensor[]): number[][] {
  return noGrad(() => params.map((param) => param.detach().flatten().toArray() as number[]));
}
