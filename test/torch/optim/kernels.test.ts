import { describe, expect, it } from "vitest";
import { native } from "../../../src/native.js";
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

/** Runs `step` in float32, by our loops, and in float64, by libtorch's operators: the same to float32's rounding. */
function expectSame(lists: Lists, step: (lists: Lists) => void): void {
  const exact = lists.map((list) => list.map((one) => one.to("float64"))) as Lists;
  step(lists);
  step(exact);
  for (const [at, list] of lists.entries()) {
    for (const [i, one] of list.entries()) expectClose(one, exact[at]?.[i] as Tensor);
  }
}

/** A product whose gradient needs `param` unchanged. */
function graphOver(param: Tensor): Tensor {
  return enableGrad(() => param.mul(randn([4]).requiresGrad_()).sum());
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
      expectSame(adamLists(), (lists) => step(lists, decoupled, maximize));
    });
  }

  it("makes a stale graph an error", () => {
    const param = randn([4]).requiresGrad_();
    const product = graphOver(param);
    step([[param], [randn([4])], [zeros([4])], [zeros([4])]], true);
    expect(() => product.backward()).toThrow(/modified by an inplace operation/);
  });
});

// libtorch's own loop rounds otherwise for what is left over at the end of a tensor, and without vector instructions.
const vectors = /CPU capability usage: AVX/.test(native.versions().config);

describe.skipIf(!vectors)("fastai::adam_ has the bits of libtorch's kernel", () => {
  for (const [beta1, step, weightDecay] of [
    [0.9, 1, 0.01],
    [0.95, 3, 0],
    [0.85, 1000, 0.1],
    [0.4, 20, 0.01],
  ] as const) {
    it(`after ${step} steps, beta1 ${beta1}, weight decay ${weightDecay}`, () => {
      for (const decoupled of [true, false]) {
        const lists = () => {
          manualSeed(4);
          return Array.from({ length: 4 }, () => [randn([64, 32]).square(), randn([4096]).square()]) as Lists;
        };
        const [own, right] = [lists(), lists()];
        const counts = own[0].map(() => tensor(step, { dtype: "float32" }));
        const hypers = [1e-2, beta1, 0.99, weightDecay, 1e-5, false, false];
        const theirs = kernel(decoupled ? "_fused_adamw_" : "_fused_adam_");
        noGrad(() => kernel("fastai::adam_")(...own, [], counts, ...hypers, decoupled));
        noGrad(() => theirs(...right, [], counts, ...hypers, null, null));
        for (const [at, list] of own.entries()) {
          for (const [i, one] of list.entries()) expect(one.equal(right[at]?.[i] as Tensor)).toBe(true);
        }
      }
    });
  }
});

/** LAMB's seventh step, in place; in float64 libtorch's operators make it. */
function lambStep(lists: Lists, decoupled: boolean): void {
  noGrad(() => kernel("fastai::lamb_")(...lists, 7, 0.01, 0.9, 0.99, 0.1, 1e-6, decoupled));
}

describe("fastai::lamb_", () => {
  for (const decoupled of [true, false]) {
    const how = decoupled ? "decoupled decay" : "decay in the gradient";
    it(`equals libtorch's operators in float64, ${how}`, () => {
      expectSame(adamLists(), (lists) => lambStep(lists, decoupled));
    });

    it(`takes 1 for the trust where a norm is 0, ${how}`, () => {
      const still = [zeros([40]), zeros([40]), zeros([40]), zeros([40])];
      const zero = [zeros([40]), randn([40]), randn([40]), randn([40]).abs()];
      const lists = still.map((one, i) => [one, zero[i]]) as Lists;
      expectSame(lists, (each) => lambStep(each, decoupled));
      expect(lists[0][1]?.abs().max().item()).toBeGreaterThan(0);
    });
  }

  it("goes through more parameters than a group holds, one of them larger than a group", () => {
    manualSeed(2);
    const sizes = [1_300_000, 900_000, 5, 2_300_000, 7];
    const list = () => sizes.map((size) => randn([size]));
    expectSame([list(), list(), list(), list().map((one) => one.abs())], (lists) => lambStep(lists, true));
  });

  it("makes a stale graph an error", () => {
    const param = randn([4]).requiresGrad_();
    const product = graphOver(param);
    lambStep([[param], [randn([4])], [zeros([4])], [zeros([4])]], true);
    expect(() => product.backward()).toThrow(/modified by an inplace operation/);
  });

  it("of no parameters does nothing", () => {
    lambStep([[], [], [], []], true);
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
