import { describe, expect, it } from "vitest";
import { grad, jvp, manualSeed, nn, noGrad, randn, type Tensor, vmap } from "../../../src/torch/index.js";

const { batchNorm } = nn.functional;

function expectClose(own: Tensor, right: Tensor, tolerance: { rtol: number; atol: number }): void {
  expect(own.shape).toEqual(right.shape);
  expect(own.to(right.dtype).allclose(right, tolerance.rtol, tolerance.atol)).toBe(true);
}

/** Everything that a training batch gives: output, gradients, statistics. */
interface Outcome {
  y: Tensor;
  gradients: Tensor[];
  running: Tensor[];
}

/** One training batch, in float32 by the kernels here, in float64 by libtorch's. */
function train(
  dtype: "float32" | "float64",
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  dy: Tensor,
): Outcome {
  const cast = (tensor: Tensor | null) => tensor?.detach().to(dtype) ?? null;
  const leaves = [x, weight, bias].map((one) => cast(one)?.requiresGrad_() ?? null);
  const [input, scale, shift] = leaves as [Tensor, Tensor | null, Tensor | null];
  const channels = x.shape[1] as number;
  const running = [randn([channels]).to(dtype), randn([channels]).abs().to(dtype)] as const;
  manualSeed(9);
  running[0].copy_(randn([channels]));
  running[1].copy_(randn([channels]).abs());
  const y = batchNorm(input, ...running, { weight: scale, bias: shift, training: true, momentum: 0.3, eps: 1e-4 });
  y.backward(dy.to(dtype));
  const gradients = leaves.flatMap((leaf) => leaf?.grad ?? []);
  return { y, gradients, running: [...running] };
}

function expectSame(x: Tensor, weight: Tensor | null, bias: Tensor | null, dy: Tensor): void {
  const ours = train("float32", x, weight, bias, dy);
  const exact = train("float64", x, weight, bias, dy);
  const pairs: [Tensor, Tensor][] = [
    [ours.y, exact.y],
    ...ours.gradients.map((one, i): [Tensor, Tensor] => [one, exact.gradients[i] as Tensor]),
    ...ours.running.map((one, i): [Tensor, Tensor] => [one, exact.running[i] as Tensor]),
  ];
  expect(ours.gradients.length).toBe(exact.gradients.length);
  for (const [own, right] of pairs) {
    const scale = Math.max(1, right.abs().max().item() as number);
    expectClose(own, right, { rtol: 2e-6, atol: 2e-6 * scale });
  }
}

describe("batch normalisation in training", () => {
  const shapes = [
    [64, 64],
    [7, 1],
    [3, 17],
    [300, 5], // rows
    [64, 32, 2, 2],
    [5, 3, 7, 7],
    [2, 20, 15, 17], // few pixels, odd counts
    [2, 3, 16, 16],
    [4, 2, 67, 61],
    [1, 5, 80, 80], // many
    [6, 4, 9],
    [2, 3, 4, 5, 6], // other ranks
  ];
  for (const shape of shapes) {
    it(`equals libtorch's in float64 on ${shape.join(" x ")}`, () => {
      manualSeed(3);
      const channels = shape[1] as number;
      const [x, dy] = [randn(shape).mul(3).add(1), randn(shape)];
      const [weight, bias] = [randn([channels]), randn([channels])];
      expectSame(x, weight, bias, dy);
      expectSame(x, null, null, dy);
      expectSame(x, weight, null, dy);
    });
  }

  it("keeps its digits far from zero", () => {
    manualSeed(4);
    const x = randn([16, 3, 40, 40]).add(1000);
    const y = batchNorm(x, null, null, { training: true });
    const exact = batchNorm(x.to("float64"), null, null, { training: true });
    expectClose(y.to("float64"), exact, { rtol: 0, atol: 1e-4 }); // x itself has steps of 6e-5
  });

  it("takes inputs and gradients that lie otherwise in memory", () => {
    manualSeed(5);
    const [weight, bias] = [randn([6]), randn([6])];
    const x = randn([4, 6, 9, 8]);
    const dy = randn([4, 6, 9, 8]);
    expectSame(x.contiguous({ memoryFormat: "channels_last" }), weight, bias, dy);
    expectSame(x.transpose(2, 3), weight, bias, dy.transpose(2, 3));
    expectSame(x, weight, bias, dy.transpose(2, 3).contiguous().transpose(2, 3));
    expectSame(x, weight, bias, randn([4, 1, 9, 1]).expand([4, 6, 9, 8]));
    expectSame(x, randn([12]).slice(0, 0, 12, 2), bias, dy);
  });

  it("gives each gradient by itself", () => {
    manualSeed(6);
    const x = randn([8, 4, 5, 5]);
    for (const part of [0, 1, 2]) {
      const leaves = [x.clone(), randn([4]), randn([4])];
      const wanted = (leaves[part] as Tensor).requiresGrad_();
      const loss = (dtype: "float32" | "float64") => {
        const [a, weight, bias] = leaves.map((leaf) => leaf.to(dtype)) as [Tensor, Tensor, Tensor];
        return batchNorm(a, null, null, { weight, bias, training: true }).pow(3).sum();
      };
      const [own] = grad(loss("float32"), [wanted]) as [Tensor];
      const [exact] = grad(loss("float64"), [wanted]) as [Tensor];
      expectClose(own, exact, { rtol: 1e-4, atol: 1e-4 });
    }
  });

  it("has second derivatives, forward-mode ones, and maps over batches", () => {
    manualSeed(7);
    const x = randn([6, 3, 4, 4]);
    const second = (dtype: "float32" | "float64") => {
      const input = x.to(dtype).requiresGrad_();
      const y = batchNorm(input, null, null, { training: true });
      const [first] = grad(y.pow(3).sum(), [input], { createGraph: true }) as [Tensor];
      return (grad(first.pow(2).sum(), [input]) as [Tensor])[0];
    };
    expectClose(second("float32").to("float64"), second("float64"), { rtol: 1e-3, atol: 1e-2 });
    const norm = (one: Tensor) => batchNorm(one, null, null, { training: true });
    const direction = randn([6, 3, 4, 4]);
    const [, slope] = jvp(norm, [x], [direction]) as [Tensor, Tensor];
    const [, exact] = jvp(norm, [x.to("float64")], [direction.to("float64")]) as [Tensor, Tensor];
    expectClose(slope.to("float64"), exact, { rtol: 1e-4, atol: 1e-5 });
    const several = randn([2, 6, 3, 4, 4]);
    const mapped = vmap(norm)(several) as Tensor;
    expectClose(mapped.select(0, 1), norm(several.select(0, 1)), { rtol: 1e-5, atol: 1e-5 });
  });

  it("notices that its input was changed before the backward pass", () => {
    const x = randn([4, 3]).requiresGrad_().mul(1);
    const y = batchNorm(x, null, null, { training: true });
    noGrad(() => x.add_(1));
    expect(() => y.sum().backward()).toThrow(/modified by an inplace operation/);
  });

  it("leaves an empty batch and mismatched parameters to libtorch's errors", () => {
    const x = randn([4, 3, 2]);
    expect(() => batchNorm(x, null, null, { weight: randn([4]), training: true })).toThrow(/weight.*3/s);
    expect(() => batchNorm(x, randn([2]), randn([2]), { training: true })).toThrow(/running_mean.*3/s);
    expect(batchNorm(randn([4, 3, 0]), null, null, { training: true }).shape).toEqual([4, 3, 0]);
  });
});
