import { describe, expect, it } from "vitest";
import { Learner } from "../../src/callback/index.js";
import { CrossEntropyLossFlat } from "../../src/layers/index.js";
import { accuracy } from "../../src/learner/index.js";
import { loadSafetensors, nn, type Tensor } from "../../src/torch/index.js";
import { fixture, handlers } from "../learner/setting.js";

interface HundredSteps {
  losses: number[];
  lrs: number[];
  moms: number[];
  smooth: number[];
  values: number[][];
  torch: number[];
}

const { hundredSteps } = fixture<{ hundredSteps: HundredSteps }>("learner");

class Net extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 8, 3, { stride: 2, padding: 1, bias: false });
  bn1 = new nn.BatchNorm2d(8);
  conv2 = new nn.Conv2d(8, 16, 3, { stride: 2, padding: 1 });
  bn2 = new nn.BatchNorm2d(16);
  fc = new nn.Linear(16, 10);

  forward(x: Tensor): Tensor {
    const low = this.bn1(this.conv1(x)).relu();
    const high = this.bn2(this.conv2(low)).relu();
    return this.fc(high.mean({ dim: [2, 3] }));
  }
}

const bs = 16;

async function setting() {
  const file = await loadSafetensors(new URL("../fixtures/learner-net.safetensors", import.meta.url).pathname);
  const images = (file.get("images") as Tensor).float().div(255);
  const labels = file.get("labels") as Tensor;
  file.delete("images");
  file.delete("labels");
  const net = new Net();
  net.loadStateDict(file);
  const train = Array.from({ length: 20 }, (_, i): [Tensor, Tensor] => [
    images.narrow(0, i * bs, bs),
    labels.narrow(0, i * bs, bs),
  ]);
  return { net, train };
}

function farthest(got: readonly number[], expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs((got[i] as number) - value) / Math.abs(value)));
}

describe("Learner", () => {
  it("trains 100 steps with fastai's losses and PyTorch's, to 1e-4, under the same schedule", async () => {
    const { net, train } = await setting();
    const learn = new Learner({ train, valid: train }, net, {
      lossFunc: new CrossEntropyLossFlat(),
      metrics: accuracy,
    });
    const moms: number[] = [];
    const noting = handlers(["afterBatch"], (_, { training, opt }) => {
      if (training) moms.push(opt?.hypers.at(-1)?.mom as number);
    });
    await learn.noBar(() =>
      learn.noLogging(() => learn.fitOneCycle(5, { lrMax: 1e-2, cbs: { ...noting, order: 90 } })),
    );
    const { recorder } = learn;
    expect(farthest(recorder.lrs, hundredSteps.lrs)).toBeLessThan(1e-12);
    expect(farthest(moms, hundredSteps.moms)).toBeLessThan(1e-12);
    expect(farthest(recorder.rawLosses, hundredSteps.losses)).toBeLessThan(1e-4);
    expect(farthest(recorder.rawLosses, hundredSteps.torch)).toBeLessThan(1e-4);
    expect(farthest(recorder.losses, hundredSteps.smooth)).toBeLessThan(1e-4);
    for (const [i, row] of hundredSteps.values.entries()) {
      expect(farthest(recorder.values[i] as number[], row)).toBeLessThan(1e-4);
    }
  });
});
