/** The ways of writing with tensors and modules that users can count on: names, argument order and options. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  arange,
  buffer,
  cat,
  cuda,
  einsum,
  Function,
  type FunctionContext,
  grad,
  gradcheck,
  keep,
  load,
  loadSafetensors,
  manualSeed,
  memory,
  nn,
  noGrad,
  ones,
  ops,
  optim,
  randn,
  save,
  saveSafetensors,
  scope,
  slice,
  type Tensor,
  tensor,
  zeros,
} from "fastai-ts/torch";
import { describe, expect, it } from "vitest";

describe("tensors", () => {
  it("F-1: arithmetic chains, with arguments by position or by name", () => {
    manualSeed(42);
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    const b = randn([2, 2], { requiresGrad: true, dtype: "float32", device: "cpu" });
    expect([a.dtype, b.dtype, b.requiresGrad, b.device]).toEqual(["float32", "float32", true, "cpu"]);
    // PyTorch 2.13 after torch.manual_seed(42)
    expect(b).toBeClose([
      [0.33669036626815796, 0.12880940735340118],
      [0.23446236550807953, 0.23033303022384644],
    ]);
    const [[p, q], [r, s]] = b.toArray() as [[number, number], [number, number]];
    const sums = [
      [1 + 2 * p, 2 + 2 * q],
      [3 + 2 * r, 4 + 2 * s],
    ] as const;
    const product = sums.map(([u, v]) => [u * p + v * q, u * r + v * s]);
    expect(a.add(b, { alpha: 2 }).matmul(b.t()).relu_()).toBeClose(product);
    expect(a.sum().item()).toBe(10);
    expect(a.sum(1, { keepdim: true }).toArray()).toEqual([[3], [7]]);
    expect(a.sum({ dim: [0, 1] }).item()).toBe(10);
    expect(a.view(-1).shape).toEqual([4]);
    expect(a.view([4, 1]).shape).toEqual([4, 1]);
    expect(a.permute(1, 0).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(a.reshape(4).toArray()).toEqual([1, 2, 3, 4]);
    expect(cat([a, zeros([1, 2])], 0).shape).toEqual([3, 2]);
    expect(einsum("ij,kj->ik", [a, a]).toArray()).toEqual([
      [5, 11],
      [11, 25],
    ]);
  });

  it("F-1: several results come by name and by place", () => {
    const { values, indices } = tensor([
      [1, 2],
      [3, 4],
    ]).max({ dim: 1 });
    expect([values.toArray(), indices.dtype]).toEqual([[2, 4], "int64"]);
    const [best] = arange(4).max({ dim: 0 });
    expect(best.item()).toBe(3);
  });

  it("F-1: indexing as in Python", () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(a.at(0).toArray()).toEqual([1, 2]);
    expect(a.at(slice(0, 2), 1).toArray()).toEqual([2, 4]);
    expect(a.at("...", null, slice({ step: 2 })).toArray()).toEqual([[[1]], [[3]]]);
    expect(a.at(a.gt(2)).toArray()).toEqual([3, 4]);
    a.setAt_([0, slice()], 7);
    expect(a.toArray()).toEqual([
      [7, 7],
      [3, 4],
    ]);
  });

  it("F-1: what a tensor says of itself", async () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect([a.shape, a.dtype, a.device, a.ndim, a.numel()]).toEqual([[2, 2], "float32", "cpu", 2, 4]);
    expect(() => a.item()).toThrow("one");
    expect(a.data()).toEqual(Float32Array.of(1, 2, 3, 4));
    a.data()[0] = 9;
    expect(a.at(0, 0).item()).toBe(9);
    expect((await a.cpuAsync()).toArray()).toEqual([
      [9, 2],
      [3, 4],
    ]);
    expect(tensor([1, 2], { dtype: "int64" }).dtype).toBe("int64");
    expect(
      String(
        tensor([
          [1, 2.5],
          [3, 4],
        ]),
      ),
    ).toBe("tensor([[1.0000, 2.5000],\n        [3.0000, 4.0000]])");
  });

  it("F-1: every op by its own name, with or without the overload", () => {
    const [a, b] = [tensor([1, 2]), tensor([10, 20])];
    expect(ops.aten.add.Tensor(a, b, { alpha: 2 }).toArray()).toEqual([21, 42]);
    expect(ops.aten.add(a, b).toArray()).toEqual([11, 22]);
    const numberOrTensor = [2, b].map((other: number | Tensor) => a.add(other).toArray());
    expect(numberOrTensor).toEqual([
      [3, 4],
      [11, 22],
    ]);
  });

  it("F-1: cuda says what there is", () => {
    expect(cuda.isAvailable()).toBe(cuda.deviceCount() > 0);
    if (cuda.isAvailable()) cuda.synchronize();
    else expect(() => cuda.synchronize()).toThrow("CUDA");
  });
});

class Exp extends Function {
  static override forward(ctx: FunctionContext, x: Tensor) {
    const y = x.exp();
    ctx.saveForBackward(y);
    return y;
  }
  static override backward(ctx: FunctionContext, dy: Tensor) {
    const [y] = ctx.savedTensors as [Tensor];
    return dy.mul(y);
  }
}

describe("autograd", () => {
  it("F-2: backward, and a step by hand", () => {
    const a = tensor([1, 2]);
    const b = tensor([3, 4], { requiresGrad: true });
    const loss = a.mul(b).pow(2).sum();
    loss.backward();
    expect(b.grad?.toArray()).toEqual([6, 32]);
    // biome-ignore lint/style/noNonNullAssertion: as a user writes it
    noGrad(() => b.sub_(b.grad!.mul(0.1)));
    expect(b).toBeClose([2.4, 0.8]);
    b.grad = null;
    expect(b.grad).toBe(null);
  });

  it("F-2: gradients of gradients, and hooks", () => {
    const b = tensor([3, 4], { requiresGrad: true });
    const [g] = grad(b.pow(3).sum(), [b], { createGraph: true });
    expect(g?.toArray()).toEqual([27, 48]);
    const [second] = grad(g?.sum() as Tensor, [b]);
    expect(second?.toArray()).toEqual([18, 24]);
    b.registerHook((g) => g.clamp(-1, 1));
    b.mul(tensor([5, -0.5]))
      .sum()
      .backward();
    expect(b.grad?.toArray()).toEqual([1, -0.5]);
  });

  it("F-2: a function with its own backward", () => {
    const b = tensor([0, 1], { requiresGrad: true });
    Exp.apply(b).sum().backward();
    expect(b.grad).toBeClose([1, Math.E]);
    const x = randn([3], { dtype: "float64", requiresGrad: true });
    expect(gradcheck((x) => Exp.apply(x), [x])).toBe(true);
  });
});

class Net extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 8, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(8);
  blocks = [new nn.Linear(8, 8), new nn.Linear(8, 10)];
  scale = new nn.Parameter(ones([1]));
  counter = buffer(zeros([1]));
  forward(x: Tensor) {
    x = this.bn(this.conv1(x))
      .relu()
      .mean({ dim: [2, 3] });
    for (const b of this.blocks) x = b(x);
    return x.mul(this.scale);
  }
}

describe("modules", () => {
  it("F-3: fields register, and the module is called like a function", () => {
    const net = new Net();
    expect(net(randn([2, 1, 28, 28])).shape).toEqual([2, 10]);
    expect([...net.stateDict().keys()]).toEqual([
      ...["scale", "counter", "conv1.weight", "conv1.bias", "bn.weight", "bn.bias"],
      ...["bn.running_mean", "bn.running_var", "bn.num_batches_tracked"],
      ...["blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias"],
    ]);
    for (const [name, p] of net.namedParameters()) expect([name, p.requiresGrad]).toEqual([name, true]);
    if (cuda.isAvailable()) expect(net.to("cuda").scale.device).toBe("cuda:0");
    net.eval();
    expect(net.training).toBe(false);
    const net2 = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
    expect(net2(ones([3, 4])).shape).toEqual([3, 2]);
  });

  it("F-3: state goes through safetensors and .pth files", async () => {
    const folder = mkdtempSync(join(tmpdir(), "face-"));
    const [net, other] = [new Net().eval(), new Net().eval()];
    const x = randn([1, 1, 8, 8]);
    await saveSafetensors(join(folder, "net.safetensors"), net.stateDict());
    other.loadStateDict(await loadSafetensors(join(folder, "net.safetensors")), { strict: true });
    expect(other(x)).toBeClose(net(x), { rtol: 0, atol: 0 });
    noGrad(() => net.scale.fill_(3));
    await save(join(folder, "net.pth"), net.stateDict());
    other.loadStateDict(await load(join(folder, "net.pth")));
    expect(other(x)).toBeClose(net(x), { rtol: 0, atol: 0 });
    rmSync(folder, { recursive: true });
  });

  it("F-3: forward hooks see module, arguments and output", () => {
    const net = new Net();
    const seen: unknown[] = [];
    net.registerForwardHook((module, args, output) => {
      seen.push(module === net, args[0].shape, output.shape);
    });
    net(randn([2, 1, 4, 4]));
    expect(seen).toEqual([true, [2, 1, 4, 4], [2, 10]]);
  });
});

describe("the plain PyTorch loop", () => {
  it("F-4: trains, and holds as many tensors after a hundred steps as after one", () => {
    manualSeed(0);
    const net = new nn.Sequential(new nn.Linear(2, 16), new nn.ReLU(), new nn.Linear(16, 2));
    const x = randn([64, 2]);
    const batches: [Tensor, Tensor][] = Array.from({ length: 100 }, () => [x, x.at(slice(), 0).gt(0).long()]);
    const opt = new optim.AdamW(net.parameters(), { lr: 1e-2 });
    const losses: number[] = [];
    const counts: number[] = [];
    for (const [x, y] of batches)
      scope(() => {
        opt.zeroGrad();
        const loss = nn.functional.crossEntropy(net(x), y);
        loss.backward();
        opt.step();
        losses.push(loss.item());
        counts.push(memory().tensors);
      });
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 4);
    expect(counts.at(-1)).toBeLessThanOrEqual(counts[1] as number);
    const { tensors, bytes, peakBytes } = memory();
    expect(tensors).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThanOrEqual(bytes.cpu);
  });

  it("F-4: using, dispose and keep", () => {
    const before = memory().tensors;
    {
      using tmp = randn([1000, 1000]);
      expect(memory().tensors).toBe(before + 1);
      expect(tmp.numel()).toBe(1e6);
    }
    expect(memory().tensors).toBe(before);
    const kept = scope(() => ({ name: keep(ones([2])) })).name;
    expect(kept.sum().item()).toBe(2);
    kept.dispose();
    expect(() => kept.sum()).toThrow("freed");
  });
});
