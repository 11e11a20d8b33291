import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { Learner } from "../../../src/callback/index.js";
import {
  Function as AutogradFunction,
  autocast,
  cuda,
  GradScaler,
  manualSeed,
  nn,
  optim,
  randn,
  type Tensor,
} from "../../../src/torch/index.js";

const device = "cuda:0";

function net(): nn.Sequential {
  manualSeed(3);
  return new nn.Sequential(
    new nn.Conv2d(3, 8, 3),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(8 * 36, 4),
  );
}

/** A hook that sees nothing of the test's tensors, which would otherwise hold it and be held by it. */
function fail(): never {
  throw new RangeError("from the hook");
}

/** Losses of ten steps of AdamW on a device. */
function losses(where: "cpu" | "cuda:0"): number[] {
  const model = net().to(where);
  const opt = new optim.AdamW(model.parameters(), { lr: 1e-2 });
  manualSeed(4);
  const [x, y] = [randn([16, 3, 8, 8]).to(where), randn([16, 4]).to(where)];
  return Array.from({ length: 10 }, () => {
    opt.zeroGrad();
    const loss = nn.functional.mseLoss(model(x) as Tensor, y);
    loss.backward();
    opt.step();
    return loss.item() as number;
  });
}

describe.skipIf(!cuda.isAvailable())("training on CUDA", () => {
  it("gives the CPU's losses", () => {
    expect(losses(device)).toBeClose(losses("cpu"), { rtol: 1e-3, atol: 1e-4 });
  });

  it("calls hooks and functions of JavaScript from the engine's device threads", () => {
    class Double extends AutogradFunction {
      static override forward(_: unknown, x: Tensor): Tensor {
        return x.mul(2);
      }
      static override backward(_: unknown, gradient: Tensor): Tensor {
        return gradient.mul(2);
      }
    }
    const x = randn([4], { device, requiresGrad: true });
    const seen: number[] = [];
    x.registerHook((gradient) => {
      seen.push(gradient.sum().item() as number);
    });
    const y = Double.apply(x) as Tensor;
    y.sum().backward();
    expect(seen).toEqual([8]);
    expect(x.grad?.cpu()).toBeClose([2, 2, 2, 2]);
    const failing = randn([4], { device, requiresGrad: true });
    failing.registerHook(fail);
    expect(() => failing.mul(3).sum().backward()).toThrow(RangeError);
    const after = randn([2], { device, requiresGrad: true });
    after.sum().backward();
    expect(after.grad?.cpu()).toBeClose([1, 1]);
  });

  it("scales losses in half precision", () => {
    const model = new nn.Linear(8, 4).to(device);
    const opt = new optim.SGD(model.parameters(), { lr: 0.1 });
    const scaler = new GradScaler();
    const x = randn([16, 8], { device });
    const loss = autocast({ device }, () => nn.functional.mseLoss(model(x), x.narrow(1, 0, 4)));
    const before = model.weight.clone();
    scaler.scale(loss).backward();
    expect(scaler.unscale_(model.parameters())).toBe(true);
    opt.step();
    scaler.update();
    expect(model.weight.equal(before)).toBe(false);
    expect(model.weight.isfinite().all().item()).toBe(1);
  });

  it("moves a learner's model and batches", async () => {
    const batches = Array.from({ length: 4 }, (): [Tensor, Tensor] => [randn([8, 3, 8, 8]), randn([8, 4])]);
    const learn = new Learner({ train: batches, device }, net(), { lossFunc: nn.functional.mseLoss, cbs: [] });
    await learn.noLogging(() => learn.fit(2, { lr: 1e-3 }));
    for (const p of learn.model.parameters()) expect(p.device).toBe(device);
    expect(Number.isFinite(learn.recorder.losses.at(-1))).toBe(true);
  });

  it("hands tensors to workers without a copy", async () => {
    const program = fileURLToPath(new URL("../core/workers.program.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, device]);
    expect(stdout).toContain("shared: 24, tensors: 2");
  }, 60_000);
});
