import { describe, expect, it } from "vitest";
import {
  autocast,
  checkpoint,
  manualSeed,
  nn,
  noGrad,
  rand,
  randn,
  scope,
  type Tensor,
  tensor,
} from "../../../src/torch/index.js";
import { caught } from "./caught.js";

function gradients(net: nn.Sequential, x: Tensor, forward: (x: Tensor) => Tensor): unknown[] {
  net.zeroGrad();
  x.grad = null;
  manualSeed(3);
  scope(() => forward(x).pow(2).sum().backward());
  const { grad } = x;
  return [grad, ...[...net.parameters()].map((parameter) => parameter.grad)].map((g) => g?.toArray());
}

function failingTheSecondTime(x: Tensor): Tensor {
  let first = true;
  const body = (z: Tensor) => {
    if (!first) throw new RangeError("the second time");
    first = false;
    return z.mul(2);
  };
  return checkpoint(body, [x]);
}

describe("checkpoint", () => {
  it("gives the gradients of a plain call, dropout included", () => {
    const net = new nn.Sequential(new nn.Linear(4, 8), new nn.Dropout(0.5), new nn.Tanh(), new nn.Linear(8, 2));
    const x = randn([3, 4], { requiresGrad: true });
    const plain = gradients(net, x, (input) => net(input) as Tensor);
    expect(gradients(net, x, (input) => checkpoint((z) => net(z) as Tensor, [input]))).toEqual(plain);
  });

  it("reaches the parameters when no input needs a gradient", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    checkpoint((x) => x.mul(w).sum(), [tensor([3, 4])]).backward();
    expect(w.grad).toBeClose([3, 4]);
  });

  it("runs the body once more in backward, with what is not a tensor, several outputs and nested", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    let runs = 0;
    const [a, b] = checkpoint(
      (z: Tensor, factor: number) => {
        runs++;
        return [checkpoint((y) => y.exp(), [z]).mul(factor), z.detach()];
      },
      [x, 3],
    );
    expect(runs).toBe(1);
    a?.sum().backward();
    expect(runs).toBe(2);
    expect(x.grad).toBeClose([3 * Math.E, 3 * Math.E ** 2]);
    expect(b?.shape).toEqual([2]);
  });

  it("leaves the generator as the first run left it", () => {
    const x = tensor([1], { requiresGrad: true });
    const seen: number[] = [];
    const body = (z: Tensor) => {
      const noise = rand([1]);
      seen.push(noise.item());
      return z.mul(noise);
    };
    manualSeed(5);
    const y = checkpoint(body, [x]);
    const next = rand([1]).item();
    manualSeed(5);
    rand([1]);
    expect(rand([1]).item()).toBe(next);
    y.backward();
    expect(seen[1]).toBe(seen[0]);
    checkpoint(body, [x], { preserveRngState: false }).backward();
    expect(seen[3]).not.toBe(seen[2]);
  });

  it("runs again in the precision of the first run", () => {
    const w = randn([4, 4], { requiresGrad: true });
    const dtypes: string[] = [];
    const y = autocast({ dtype: "bfloat16" }, () =>
      checkpoint(
        (x) => {
          const product = x.matmul(w);
          dtypes.push(product.dtype);
          return product.float().sum();
        },
        [randn([2, 4])],
      ),
    );
    y.backward();
    expect(dtypes).toEqual(["bfloat16", "bfloat16"]);
  });

  it("is a plain call without recording, and passes errors on", () => {
    const x = tensor([1], { requiresGrad: true });
    expect(noGrad(() => checkpoint((z) => z.mul(2), [x])).requiresGrad).toBe(false);
    expect(caught(() => checkpoint((_) => 1 as unknown as Tensor, [x])).message).toMatch(/returns a tensor/);
    expect(caught(() => checkpoint((z) => z, [x], { useReentrant: true } as object)).name).toBe("OptionError");
    const y = failingTheSecondTime(x);
    expect(caught(() => y.backward()).message).toBe("the second time");
    x.mul(2).backward();
    expect(x.grad).toBeClose([2]);
  });
});
