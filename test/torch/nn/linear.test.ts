import { describe, expect, it } from "vitest";
import {
  addmm,
  autocast,
  enableGrad,
  grad,
  gradcheck,
  jvp,
  manualSeed,
  nn,
  noGrad,
  randn,
  type Tensor,
  vmap,
} from "../../../src/torch/index.js";

const { linear } = nn.functional;

type Wanted = readonly [x: boolean, weight: boolean, bias: boolean];

/** Input, weight and bias, of which some want gradients; the bias may be left out. */
function operands([x, weight, bias]: Wanted, hasBias = true): [Tensor, Tensor, Tensor | null] {
  manualSeed(7);
  return [
    randn([5, 4]).requiresGrad_(x),
    randn([3, 4]).requiresGrad_(weight),
    hasBias ? randn([3]).requiresGrad_(bias) : null,
  ];
}

/** The same by libtorch's own functions of the graph. */
function reference(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  return bias ? addmm(bias, x, weight.t()) : x.mm(weight.t());
}

describe("a linear layer's function of the graph", () => {
  for (const wanted of [
    [true, true, true],
    [false, true, true],
    [true, false, false],
    [false, false, true],
    [false, true, false],
  ] as const) {
    for (const hasBias of [true, false]) {
      if (!hasBias && !wanted[0] && !wanted[1]) continue;
      it(`gives libtorch's gradients of ${wanted}${hasBias ? "" : ", without a bias"}`, () => {
        const [own, right] = [operands(wanted, hasBias), operands(wanted, hasBias)];
        const y = linear(...own);
        expect(y.gradFn).toBe("LinearBackward");
        const other = reference(...right);
        expect(y.equal(other)).toBe(true);
        y.sin().sum().backward();
        other.sin().sum().backward();
        own.forEach((operand, at) => {
          const expected = right[at]?.grad;
          expect(operand?.grad?.equal(expected as Tensor) ?? expected ?? null).toBe(expected ? true : null);
        });
      });
    }
  }

  it("may be differentiated again", () => {
    manualSeed(3);
    const given = [[5, 4], [3, 4], [3]].map((shape) => randn(shape, { dtype: "float64" }).requiresGrad_());
    type Operands = [Tensor, Tensor, Tensor];
    expect(gradcheck((...own: Tensor[]) => linear(...(own as Operands)), given)).toBe(true);
    const first = (...own: Tensor[]) =>
      enableGrad(() => {
        const gradients = grad(
          linear(...(own as Operands))
            .sin()
            .sum(),
          own,
          { createGraph: true },
        ) as Tensor[];
        return gradients.map((one) => one.sin().sum()).reduce((sum, one) => sum.add(one));
      });
    expect(gradcheck(first, given)).toBe(true);
  });

  it("minds changes in place only of what it needs", () => {
    const change = (wanted: Wanted, which: 0 | 1): Tensor => {
      const given = operands(wanted);
      const y = linear(...given).sum();
      noGrad(() => given[which].mul_(2));
      return y;
    };
    change([false, true, true], 1).backward();
    change([true, false, true], 0).backward();
    expect(() => change([true, true, true], 1).backward()).toThrow(/modified by an inplace operation/);
    expect(() => change([true, true, true], 0).backward()).toThrow(/modified by an inplace operation/);
  });

  it("frees what it saved, unless the graph is kept", () => {
    const y = linear(...operands([true, true, true])).sum();
    y.backward({ retainGraph: true });
    y.backward();
    expect(() => y.backward()).toThrow(/second time/);
  });

  it("is left to libtorch for other shapes and orders, forward mode, vmap and autocast", () => {
    const [x, weight, bias] = operands([true, true, true]) as [Tensor, Tensor, Tensor];
    const wide = randn([2, 5, 4]);
    expect(linear(wide, weight, bias)).toBeClose(wide.matmul(weight.t()).add(bias), { rtol: 1e-5, atol: 1e-6 });
    const turned = x.detach().t().contiguous().t().requiresGrad_();
    expect(linear(turned, weight, bias).gradFn).not.toBe("LinearBackward");
    const [, tangent] = jvp((v: Tensor) => linear(v, weight, bias), [x.detach()], [x.detach()]);
    expect(tangent).toBeClose(x.mm(weight.t()), { rtol: 1e-5, atol: 1e-6 });
    expect(vmap((v: Tensor) => linear(v, weight, bias))(wide).shape).toEqual([2, 5, 3]);
    const half = autocast({ device: "cpu", dtype: "bfloat16" }, () => linear(x, weight, bias));
    expect(half.dtype).toBe("bfloat16");
    half.float().sum().backward();
    expect([x, weight, bias].map((operand) => operand.grad?.dtype)).toEqual(["float32", "float32", "float32"]);
    expect(bias.grad).toBeClose([5, 5, 5]);
  });

  it("works on one row, no rows, and in half width", () => {
    for (const [rows, dtype] of [
      [1, "float32"],
      [0, "float32"],
      [4, "bfloat16"],
    ] as const) {
      const [x, weight, bias] = [randn([rows, 4]), randn([3, 4]), randn([3])].map((one) =>
        one.to(dtype).requiresGrad_(),
      ) as [Tensor, Tensor, Tensor];
      const y = linear(x, weight, bias);
      const grads = grad(y.sum(), [x, weight, bias]) as Tensor[];
      const expected = grad(reference(x, weight, bias).sum(), [x, weight, bias]) as Tensor[];
      expect(y.shape).toEqual([rows, 3]);
      for (const [at, own] of grads.entries()) expect(own.equal(expected[at] as Tensor)).toBe(true);
    }
  });
});
