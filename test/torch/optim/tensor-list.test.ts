import { describe, expect, it } from "vitest";
import { optim, scope, type Tensor, tensor } from "../../../src/torch/index.js";

const { TensorList } = optim;

function list(...values: (number | number[])[]) {
  return new TensorList(values.map((value) => tensor(value)));
}

function plain(tensors: readonly Tensor[]): unknown[] {
  return tensors.map((one) => one.toArray());
}

describe("TensorList", () => {
  it("combines with one number, a number each, a tensor each, and one tensor for all", () => {
    expect(plain(list([1, 2], 3).mul(2))).toEqual([[2, 4], 6]);
    expect(plain(list([1, 2], 3).mul([2, 10]))).toEqual([[2, 4], 30]);
    expect(plain(list([1, 2], 3).mul(list([3, 4], 5)))).toEqual([[3, 8], 15]);
    expect(plain(list([1, 2], 3).mul(tensor(2)))).toEqual([[2, 4], 6]);
  });

  it("changes its tensors in methods with an underscore, and returns itself", () => {
    const own = list([4, 9], 16);
    const [first] = own;
    expect(
      own
        .sqrt_()
        .add_(1)
        .sub_(list([1, 1], 1))
        .div_(2),
    ).toBe(own);
    expect(plain(own)).toEqual([[1, 1.5], 2]);
    expect(own[0]).toBe(first);
    own.addcmul_(list([1, 1], 1), list([2, 2], 2), 10).addcdiv_(list([1, 1], 1), list([2, 2], 2), -2);
    expect(plain(own)).toEqual([[20, 20.5], 21]);
    expect(
      plain(
        own
          .copy_(list([5, 6], 7))
          .clampMax_(6)
          .maximum_(list([0, 6.5], 0)),
      ),
    ).toEqual([[5, 6.5], 6]);
    expect(plain(own.lerp_(list([7, 6.5], 8), 0.5))).toEqual([[6, 6.5], 7]);
    expect(plain(own.zero_())).toEqual([[0, 0], 0]);
  });

  it("makes new lists in the others", () => {
    const own = list([3, 4], -5);
    expect(plain(own.norm())).toEqual([5, 5]);
    expect(plain(own.add(list([1, 1], 1), { alpha: 2 }))).toEqual([[5, 6], -3]);
    expect(plain(own.sub(list([1, 1], 1)).div(2))).toEqual([[1, 1.5], -3]);
    expect(
      plain(
        own
          .addcmul(list([1, 1], 1), list([2, 2], 2), 3)
          .sqrt()
          .mul(own),
      ),
    ).toBeClose([[9, 4 * Math.sqrt(10)], -5], { rtol: 1e-6 });
    expect(own.add(1)).toBeInstanceOf(TensorList);
    expect(plain(own)).toEqual([[3, 4], -5]);
  });

  it("maps to a plain array, and each to a list", () => {
    expect(list(1, 2).map((one) => one.item())).toEqual([1, 2]);
    expect(plain(list(1, 2).each((one) => one.neg()))).toEqual([-1, -2]);
  });

  it("keeps zeros and copies beyond a scope, outside the graph", () => {
    const p = tensor([1, 2]).requiresGrad_();
    const made = { zeros: null as unknown as Tensor, copy: null as unknown as Tensor };
    scope(() => {
      made.zeros = new TensorList([p]).zerosLike()[0] as Tensor;
      made.copy = new TensorList([p]).copies()[0] as Tensor;
    });
    expect([made.zeros.toArray(), made.copy.toArray()]).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(made.copy.requiresGrad).toBe(false);
  });
});
