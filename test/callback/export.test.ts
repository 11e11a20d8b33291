import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Learner, loadLearner } from "../../src/callback/index.js";
import { Categorize, Datasets, Transform } from "../../src/data/index.js";
import { CrossEntropyLossFlat } from "../../src/layers/index.js";
import { accuracy, averageMetric } from "../../src/learner/index.js";
import { loadSafetensors, nn, register, saveSafetensors, type Tensor, tensor } from "../../src/torch/index.js";
import { failure } from "../learner/setting.js";

class TwoNumbers extends Transform {
  override encodes = (x: number) => tensor([x, 1 - x]);
}
class Labelled extends Transform {
  override encodes = (x: number) => (x > 0.5 ? "high" : "low");
}
class Net extends nn.Module<[Tensor], Tensor> {
  fc: nn.Linear;
  constructor(readonly nOut: number) {
    super();
    this.fc = new nn.Linear(2, nOut);
  }
  forward(x: Tensor): Tensor {
    return this.fc(x);
  }
}
class Nameless extends Net {}

register("test.TwoNumbers", {
  cls: TwoNumbers,
  config: z.object({}),
  toConfig: () => ({}),
  fromConfig: () => new TwoNumbers(),
});
register("test.Labelled", {
  cls: Labelled,
  config: z.object({}),
  toConfig: () => ({}),
  fromConfig: () => new Labelled(),
});
register("test.Net", {
  cls: Net,
  config: z.object({ nOut: z.number() }),
  toConfig: ({ nOut }) => ({ nOut }),
  fromConfig: ({ nOut }) => new Net(nOut),
});

const numbers = Array.from({ length: 40 }, (_, i) => ((i * 7) % 40) / 40);

async function learner(path: string, model: Net = new Net(2)): Promise<Learner> {
  const splits = [numbers.map((_, i) => i).slice(0, 30), numbers.map((_, i) => i).slice(30)];
  const dsets = await Datasets.create(numbers, [[new TwoNumbers()], [new Labelled(), new Categorize()]], { splits });
  const dls = await dsets.dataLoaders({ bs: 8 });
  return new Learner(dls, model, { path, lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fastai-ts-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("export and loadLearner", () => {
  it("LRN-22, LRN-17: bring a learner back that predicts the same", async () => {
    await withFolder(async (folder) => {
      const learn = await learner(folder);
      await learn.noLogging(() => learn.fit(3, 0.1));
      const file = await learn.export("model.fai");
      expect(file).toBe(join(folder, "model.fai"));
      const again = await loadLearner(file);
      for (const x of [0.1, 0.9]) {
        const [label, idx, probs] = await learn.predict(x);
        const [label2, idx2, probs2] = await again.predict(x);
        expect(String(label2)).toBe(String(label));
        expect((idx2 as Tensor).item()).toBe((idx as Tensor).item());
        expect((probs2 as Tensor).toArray()).toEqual((probs as Tensor).toArray());
        expect((probs as Tensor).shape).toEqual([2]);
      }
      const { preds } = await again.getPreds({ dl: await again.dls.testDl([0.2, 0.4, 0.6]) });
      expect(preds.shape).toEqual([3, 2]);
      expect(again.metrics.map((metric) => metric.name)).toEqual(["accuracy"]);
      expect(again.model.training).toBe(false);
      const withInput = await again.predict(0.25, { withInput: true });
      expect(withInput).toHaveLength(4);
    });
  });

  it("LRN-22: know the layers of nn, and the losses of nn.functional", async () => {
    await withFolder(async (folder) => {
      const net = new nn.Sequential(new nn.Linear(2, 4), new nn.BatchNorm1d(4), new nn.ReLU(), new nn.Linear(4, 2));
      const { dls } = await learner(folder);
      const learn = new Learner(dls, net, { lossFunc: nn.functional.crossEntropy, path: folder });
      await learn.noLogging(() => learn.fit(1, 0.1));
      const again = await loadLearner(await learn.export());
      expect(String(again.model)).toBe(String(net));
      expect(again.lossFunc).toBe(nn.functional.crossEntropy);
      const [{ preds }, { preds: preds2 }] = [await learn.getPreds(), await again.getPreds({ dl: dls.valid })];
      expect(preds2.toArray()).toEqual(preds.toArray());
      expect(await failure(learn.predict(0.3))).toMatch(/number of a class, got \[2\].*CrossEntropyLossFlat/);
    });
  });

  it("LRN-21, LRN-22: take an absolute path as it is, and put relative ones below the learner's", async () => {
    await withFolder(async (folder) => {
      const learn = await learner(join(folder, "here"));
      expect(await learn.export(join(folder, "there/model.fai"))).toBe(join(folder, "there/model.fai"));
      expect(await learn.export("deep/model.fai")).toBe(join(folder, "here/deep/model.fai"));
      expect((await loadLearner(join(folder, "there/model.fai"))).metrics).toHaveLength(1);
      const saved = await learn.save(join(folder, "weights"));
      expect(saved).toBe(join(folder, "weights.safetensors"));
      expect(await learn.load(join(folder, "weights"), { withOpt: false })).toBe(learn);
      learn.modelDir = join(folder, "models");
      expect(await learn.save("stage-1")).toBe(join(folder, "models/stage-1.safetensors"));
    });
  });

  it("LRN-22: names what is not registered, and leaves out nameless metrics with a warning", async () => {
    await withFolder(async (folder) => {
      const learn = await learner(folder, new Nameless(2));
      expect(await failure(learn.export())).toMatch(/an instance of Nameless/);
      const plain = new Learner({ train: [] }, new Net(2), { lossFunc: new CrossEntropyLossFlat() });
      expect(await failure(plain.export())).toMatch(/expected DataLoaders/);
      expect(await failure(plain.predict(1))).toMatch(/expected DataLoaders/);
      const warned: string[] = [];
      const listen = (warning: Error) => warned.push(warning.message);
      process.on("warning", listen);
      const named = await learner(folder);
      named.metrics = averageMetric((p) => p.mean(), { name: "mine" });
      const again = await loadLearner(await named.export());
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", listen);
      expect(warned.join()).toMatch(/metrics mine are not registered/);
      expect(again.metrics).toEqual([]);
    });
  });

  it("refuses files that are none of ours, changed ones, and names that this program does not know", async () => {
    await withFolder(async (folder) => {
      const learn = await learner(folder);
      const file = await learn.export();
      const tensors = await loadSafetensors(file);
      const description = tensors.metadata["fastai-ts"] as string;
      const changed = async (text: string | null) => {
        await saveSafetensors(file, tensors, text === null ? {} : { metadata: { "fastai-ts": text } });
        return failure(loadLearner(file));
      };
      expect(await changed(null)).toMatch(/written by learn.export/);
      expect(await changed("{")).toMatch(/damaged description/);
      expect(await changed(description.replace('"version":1', '"version":9'))).toMatch(/version 1.*at (version|data)/);
      expect(await changed(description.replace("test.Net", "other.Net"))).toMatch(
        /"other.Net".*similar name: test.Net/,
      );
      expect(await changed(description.replace('"nOut":2', '"nOut":"2"'))).toMatch(/at nOut/);
    });
  });
});
