import { describe, expect, it } from "vitest";
import {
  arange,
  asFloat,
  hsplit,
  nn,
  OptionError,
  ones,
  ops,
  randn,
  type Tensor,
  tensor,
  tensorSplit,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import { fixedCall } from "../../../src/torch/op-call.js";
import { opFunction } from "../../../src/torch/op-callable.js";

const shapes = (parts: readonly Tensor[]) => parts.map((part) => part.shape);

// Each call is made twice: the first chooses the overload, the second has it remembered.
const twice = <T>(run: () => T): T => {
  run();
  return run();
};

describe("the overload of a call", () => {
  it("tells a number of parts from a list of places", () => {
    const x = zeros([6, 6]);
    expect(shapes(twice(() => hsplit(x, 3)))).toEqual([
      [6, 2],
      [6, 2],
      [6, 2],
    ]);
    expect(shapes(twice(() => hsplit(x, [1, 2])))).toEqual([
      [6, 1],
      [6, 1],
      [6, 4],
    ]);
  });

  it("depends on a tensor's dimensions where it stands for numbers", () => {
    const x = arange(6);
    const split = tensorSplit as (x: Tensor, at: Tensor) => Tensor[];
    for (let round = 0; round < 2; round++) {
      expect(shapes(split(x, tensor(3, { dtype: "int64" })))).toEqual([[2], [2], [2]]);
      expect(shapes(split(x, tensor([1], { dtype: "int64" })))).toEqual([[1], [5]]);
    }
  });

  it("takes sizes one by one, single values for lists, numbers for tensors", () => {
    const x = arange(6).float();
    expect(twice(() => x.view(2, 3)).shape).toEqual([2, 3]);
    expect(twice(() => x.view([3, 2])).shape).toEqual([3, 2]);
    expect(twice(() => x.view("int32")).dtype).toBe("int32");
    expect(twice(() => x.flip({ dims: 0 })).toArray()).toEqual([5, 4, 3, 2, 1, 0]);
    expect(twice(() => x.reshape(2, 3).sum({ dim: 0, keepdim: true })).toArray()).toEqual([[3, 5, 7]]);
    const maximum = ops.aten.maximum;
    expect(twice(() => maximum(x, 3))).toBeClose([3, 3, 3, 3, 4, 5]);
  });

  it("is remembered by kinds, not by values: whole and broken numbers, names that exist and names that do not", () => {
    const x = tensor([1n, 2n]);
    for (let round = 0; round < 2; round++) {
      expect([x.mul(2).dtype, x.mul(0.5).dtype, x.mul(asFloat(2)).dtype, x.mul(true).dtype]).toEqual([
        "int64",
        "float32",
        "float32",
        "int64",
      ]);
      expect(x.sum({ dtype: "float64" }).dtype).toBe("float64");
      // @ts-expect-error no such dtype
      expect(() => x.sum({ dtype: "float65" })).toThrow(ValueError);
      expect(() => ops.aten.sum(x, { dtypo: "float64" })).toThrow(OptionError);
    }
  });

  it("serves options in any order and undefined ones", () => {
    const x = randn([2, 3]);
    const expected = x.var(1, { correction: 0, keepdim: true });
    for (let round = 0; round < 2; round++) {
      expect(x.var({ keepdim: true, dim: 1, correction: 0 })).toBeClose(expected);
      expect(x.var({ dim: [1], correction: 0, keepdim: true })).toBeClose(expected);
      expect(ops.aten.sum(x, { dtype: undefined })).toBeClose(x.sum());
    }
  });

  it("gives the argument that an operator changes", () => {
    const [x, out] = [ones([2]), zeros([2])];
    expect(twice(() => x.add_(x, { alpha: 0.5 }))).toBe(x);
    expect(twice(() => ops.aten.mul.out(x, x, { out }))).toBe(out);
    expect(out).toBeClose(x.mul(x));
    expect(twice(() => ops.aten._foreach_add_.Scalar([x], 1))).toBeUndefined();
  });

  it("carries strings, and lists of every kind", () => {
    const a = ones([2, 2]);
    expect(twice(() => ops.aten.einsum("ij,jk->ik", [a, a]))).toBeClose([
      [2, 2],
      [2, 2],
    ]);
    const picked = twice(() => ops.aten.index.Tensor(a, [null, tensor([0], { dtype: "int64" })]));
    expect(picked.shape).toEqual([2, 1]);
    const [scaled] = twice(() => ops.aten._foreach_mul.ScalarList<Tensor[]>([tensor([2n])], [3]));
    expect([scaled?.dtype, scaled?.item()]).toEqual(["int64", 6]);
    expect(twice(() => ops.aten.upsample_nearest2d.vec(a.view([1, 1, 2, 2]), null, [2, 1.5])).shape).toEqual([
      1, 1, 4, 3,
    ]);
  });

  it("is the same for functions, layers and kernels", () => {
    const [x, w, b] = [randn([2, 3]), randn([4, 3]), randn([4])];
    const expected = x.matmul(w.t()).add(b);
    expect(twice(() => nn.functional.linear(x, w, b))).toBeClose(expected);
    expect(twice(() => fixedCall("aten::linear")(x, w, b) as Tensor)).toBeClose(expected);
    expect(twice(() => opFunction("aten::linear", "schema")({ input: x, weight: w, bias: b }) as Tensor)).toBeClose(
      expected,
    );
    expect(() => fixedCall("aten::linear", "nope")).toThrow(/expected overload "nope"/);
  });
});
