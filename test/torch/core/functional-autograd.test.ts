import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  arange,
  hessian,
  hvp,
  jacobian,
  jvp,
  memory,
  OptionError,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  vhp,
  vjp,
} from "../../../src/torch/index.js";

interface Fixture {
  x: number[][];
  y: number[];
  v: number[][];
  w: number[];
  u: number[];
  cases: Record<string, unknown>;
}
const fixture = JSON.parse(readFileSync(new URL("../../fixtures/autograd.json", import.meta.url), "utf8")) as Fixture; // written by test/parity/autograd.py

const make = (values: number[] | number[][]) => tensor(values, { dtype: "float64" });
const matrix = (x: Tensor) =>
  x
    .sin()
    .matmul(arange(3, { dtype: "float64" }))
    .add(x.prod(1));
const number = (x: Tensor) => x.exp().mul(x).sum().sin();
const both = (x: Tensor, y: Tensor) => [x.mul(y).tanh(), y.pow(3).sum()];
const coupled = (x: Tensor, y: Tensor) => x.mul(y).sum(1).pow(2).sum().add(y.exp().prod());

type Case = (at: { x: Tensor; y: Tensor; v: Tensor; w: Tensor; u: Tensor }) => unknown;
const cases: Record<string, Case> = {
  jacobian: ({ x }) => jacobian(matrix, x),
  "jacobian of two": ({ x, y }) => jacobian(both, [x, y]),
  "jacobian at once": ({ x }) => jacobian(matrix, x, { vectorize: true }),
  "jacobian of two at once": ({ x, y }) => jacobian(both, [x, y], { vectorize: true }),
  "hessian of two at once": ({ x, y }) => hessian(coupled, [x, y], { vectorize: true }),
  hessian: ({ x }) => hessian(number, x),
  "hessian of two": ({ x, y }) => hessian(coupled, [x, y]),
  vjp: ({ x, u }) => vjp(matrix, x, u),
  jvp: ({ x, v }) => jvp(matrix, x, v),
  "jvp of two": ({ x, y, v, w }) => jvp(both, [x, y], [v, w]),
  "vjp of a number": ({ x }) => vjp(number, x),
  hvp: ({ x, v }) => hvp(number, x, v),
  vhp: ({ x, v }) => vhp(number, x, v),
  "hvp of two": ({ x, y, v, w }) => hvp(coupled, [x, y], [v, w]),
  "vhp of two": ({ x, y, v, w }) => vhp(coupled, [x, y], [v, w]),
};

function plain(value: unknown): unknown {
  return Array.isArray(value) ? value.map(plain) : (value as Tensor).toArray();
}

describe("derivatives of functions", () => {
  it.each(Object.keys(cases))("are those of torch.autograd.functional: %s", (name) => {
    const { x, y, v, w, u } = fixture;
    const got = cases[name]?.({ x: make(x), y: make(y), v: make(v), w: make(w), u: make(u) });
    expect(plain(got)).toBeClose(fixture.cases[name.replace(" at once", "")], { rtol: 1e-12, atol: 1e-12 });
  });

  it("can be differentiated again with createGraph, the inputs staying part of the graph", () => {
    const x = tensor([1, 2], { dtype: "float64", requiresGrad: true });
    jacobian((z) => z.pow(3), x, { createGraph: true })
      .sum()
      .backward();
    expect(x.grad).toBeClose([6, 12]);
  });

  it("are zero where nothing depends, or an error with strict", () => {
    const [x, y] = [tensor([1, 2]), tensor([3])];
    const ignoring = (a: Tensor, _b: Tensor) => a.mul(2).sum();
    expect(jacobian(ignoring, [x, y])[1]).toBeClose([0]);
    expect(jacobian((_: Tensor) => tensor([1, 2]), x)).toBeClose([
      [0, 0],
      [0, 0],
    ]);
    expect(() => jacobian(ignoring, [x, y], { strict: true })).toThrow(/no dependence on input 1/);
  });

  it("say what does not fit", () => {
    const x = tensor([1, 2]);
    expect(() => hessian((z) => z.mul(2), x)).toThrow(ValueError);
    expect(() => vjp((z) => z.mul(2), x)).toThrow(/expected vectors/);
    expect(() => jvp((z) => z.mul(2), x, tensor([1]))).toThrow(ShapeError);
    expect(() => jacobian((z) => z, x, { vectorise: true } as object)).toThrow(OptionError);
    expect(() => jacobian(() => 1 as unknown as Tensor, x)).toThrow(/returns a tensor/);
  });

  it("leave no tensors behind but the result", () => {
    const x = tensor([1, 2, 3]);
    const before = memory().tensors;
    const result = hessian((z) => z.pow(3).sum(), x);
    expect(memory().tensors).toBe(before + 1);
    expect(result.shape).toEqual([3, 3]);
  });
});
