import { describe, expect, it } from "vitest";
import { enableGrad, manualSeed, noGrad, optim, randn, type Tensor, tensor, zeros } from "../../../src/torch/index.js";

const { kernel, TensorList } = optim;

const shapes = [[3], [], [0], [64, 33], [40_000], [16, 8, 3, 3], [300, 1000]];

/** Numbers of these shapes; four dimensions lie with their channels last. */
function numbers(): Tensor[] {
  return shapes.map((shape) => {
    const values = randn(shape);
    return shape.length === 4 ? values.contiguous({ memoryFormat: "channels_last" }) : values;
  });
}

type Lists = [params: Tensor[], grads: Tensor[], means: Tensor[], squares: Tensor[]];

function adamLists(): Lists {
  manualSeed(1);
  return [numbers(), numbers(), numbers(), numbers().map((one) => one.abs())];
}

/** Adam's seventh step, in place; in float64 libtorch's kernel makes it. */
function step([params, grads, means, squares]: Lists, decoupled: boolean, maximize = false): void {
  const counts = params.map(() => tensor(7, { dtype: "float32" }));
  const adam = kernel("fastai::adam_");
  noGrad(() => adam(params, grads, means, squares, [], counts, 0.01, 0.9, 0.99, 0.1, 1e-6, false, maximize, decoupled));
}

function expectClose(own: Tensor, right: Tensor, tolerance = 1e-6): void {
  expect(own.shape).toEqual(right.shape);
  expect(own.to(right.dtype).allclose(right, tolerance, tolerance)).toBe(true);
}

describe("fastai::adam_", () => {
  for (const [decoupled, maximize] of [
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ] as const) {
    it(`equals libtorch's in float64${decoupled ? ", decoupled" : ""}${maximize ? ", climbing" : ""}`, () => {
      const own = adamLists();
      const exact = own.map((list) => list.map((one) => one.to("float64"))) as Lists;
      step(own, decoupled, maximize);
      step(exact, decoupled, maximize);
      for (const [at, list] of own.entries()) {
        for (const [i, one] of list.entries()) expectClose(one, exact[at]?.[i] as Tensor);
      }
    });
  }

  it("makes a stale graph an error", () => {
    const [param, other] = [randn([4]).requiresGrad_(), randn([4]).requiresGrad_()];
    const product = enableGrad(() => param.mul(other).sum());
    step([[param], [randn([4])], [zeros([4])], [zeros([4])]], true);
    expect(() => product.backward()).toThrow(/modified by an inplace operation/);
  });
});

describe("norms", () => {
  it("are those of each tensor, whatever their size, dtype and order", () => {
    manualSeed(3);
    for (const dtype of ["float32", "float64"] as const) {
      const list = new TensorList([...numbers(), randn([60, 50]).slice(1, 3, 40)].map((one) => one.to(dtype)));
      const right = list.map((one) => one.to("float64").norm().item());
      expect(list.norms().shape).toEqual([list.length]);
      expect(list.norms().toArray()).toBeClose(right, { rtol: dtype === "float32" ? 2e-7 : 1e-12 });
      expect([...list.norm()].map((norm) => norm.item())).toBeClose(right, { rtol: 1e-6 });
    }
  });

  it("of no tensors are no norms", () => {
    expect(new TensorList().norm()).toHaveLength(0);
    expect(() => new TensorList().norms()).toThrow(/at least one tensor/);
  });
});
