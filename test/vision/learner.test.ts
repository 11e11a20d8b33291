import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadLearner } from "../../src/callback/index.js";
import { Categorize, type DataLoaders, Datasets, Normalize, TensorImage, Transform } from "../../src/data/index.js";
import { accuracy } from "../../src/learner/index.js";
import {
  manualSeed,
  nn,
  noGrad,
  randn,
  register,
  saveSafetensors,
  type Tensor,
  tensor,
} from "../../src/torch/index.js";
import { RgbImage } from "../../src/vision/image.js";
import { ImageDataLoaders } from "../../src/vision/image-data-loaders.js";
import { type VisionLearner, visionLearner } from "../../src/vision/learner.js";
import { type ArchMeta, defineArch } from "../../src/vision/models/arch.js";
import { splitBodyAt } from "../../src/vision/models/split.js";
import { xresnet18 } from "../../src/vision/models/xresnets.js";
import { Resize } from "../../src/vision/resize.js";
import { imagenetStats } from "../../src/vision/stats.js";
import { unetLearner } from "../../src/vision/unet-learner.js";
import { tiny, withScenes } from "./tasks/scenes.js";

class ToPicture extends Transform {
  override encodes = (x: number) => TensorImage.from(randn([3, 12, 12]).mul(0.1).add(x));
}
class ToLabel extends Transform {
  override encodes = (x: number) => (x > 0.5 ? "bright" : "dark");
}
for (const cls of [ToPicture, ToLabel]) {
  register(`test.${cls.name}`, { cls, config: z.object({}), toConfig: () => ({}), fromConfig: () => new cls() });
}

class Small extends nn.Sequential {
  constructor(nOut: number) {
    const block = new nn.Sequential(new nn.Conv2d(4, 8, 3), new nn.BatchNorm2d(8), new nn.ReLU());
    super(new nn.Conv2d(3, 4, 3), block, new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), new nn.Linear(8, nOut));
  }
}
const meta: ArchMeta = {
  cut: -3,
  split: splitBodyAt(1),
  stats: imagenetStats,
  weights: { url: "http://127.0.0.1:1/small-00.pth", sha256: "00" },
};
const small = defineArch("test_small", ({ nOut = 10 }: { nOut?: number } = {}) => new Small(nOut), meta);

const numbers = Array.from({ length: 24 }, (_, i) => ((i * 7) % 24) / 24);

async function loaders(afterBatch: Transform[] = []): Promise<DataLoaders> {
  const indices = numbers.map((_, i) => i);
  const splits = [indices.slice(0, 16), indices.slice(16)];
  const dsets = await Datasets.create(numbers, [[new ToPicture()], [new ToLabel(), new Categorize()]], { splits });
  return dsets.dataLoaders({ bs: 8, afterBatch });
}

const normalizers = (dls: DataLoaders) => dls.train.pipelines.afterBatch.fs.filter((step) => step instanceof Normalize);

/** A folder with the published weights of `small` in it. */
async function withWeights(body: (weightsDir: string, published: Map<string, Tensor>) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "learner-"));
  try {
    manualSeed(5);
    const published = new Small(10).stateDict();
    await saveSafetensors(join(folder, "small-00.safetensors"), published);
    await body(folder, published);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Why a promise failed. */
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => "it did not fail",
    (error: Error) => error.message,
  );

describe("visionLearner from scratch", () => {
  it("VLN-6: takes the number of outputs from the data, trains every group, leaves the data alone", async () => {
    const dls = await loaders();
    manualSeed(0);
    const learn = visionLearner(dls, small, { pretrained: false, metrics: accuracy, linFtrs: [], ps: 0 });
    expect(learn.model(randn([2, 3, 12, 12])).shape).toEqual([2, 2]);
    expect(learn.createOpt().paramLists.length).toBe(3);
    expect(learn.model.parameters().every((p) => p.requiresGrad)).toBe(true);
    expect(normalizers(dls)).toEqual([]);
    await learn.noLogging(() => learn.fitOneCycle(6, 3e-2));
    expect(learn.finalRecord.at(-1)).toBeGreaterThan(0.8);
  });

  it("VLN-6: learner and head options go where they belong, unknown ones nowhere", async () => {
    const dls = await loaders();
    const learn = visionLearner(dls, small, { pretrained: false, wd: 0.3, nOut: 5, yRange: [0, 1], lr: 0.5 });
    expect([learn.wd, learn.lr]).toEqual([0.3, 0.5]);
    expect(learn.model(randn([2, 3, 12, 12])).shape).toEqual([2, 5]);
    expect(() => visionLearner(dls, small, JSON.parse('{"pretrained": false, "linFtr": [3]}'))).toThrow('"linFtr"');
  });

  it("says what is missing: outputs, or weights", async () => {
    const unknown = { train: [] };
    expect(() => visionLearner(unknown, small, { pretrained: false })).toThrow("Pass { nOut }");
    const dls = await loaders();
    expect(() => visionLearner(dls, xresnet18)).toThrow("{ pretrained: false }");
  });
});

describe("visionLearner with pretrained weights", () => {
  it("VLN-6: freezes the body but its norms, and normalises as the weights were trained", async () => {
    await withWeights(async (weightsDir) => {
      const dls = await loaders();
      const learn = visionLearner(dls, small, { weightsDir });
      const trained = new Map(learn.model.namedParameters().map(([name, p]) => [name, p.requiresGrad]));
      expect(trained.get("0.0.weight")).toBe(false);
      expect(trained.get("0.1.1.weight")).toBe(true);
      expect(trained.get("1.4.weight")).toBe(true);
      expect(normalizers(dls).map((step) => (step as Normalize).mean?.flatten().toArray())).toEqual([
        imagenetStats[0].map(Math.fround),
      ]);
      visionLearner(dls, small, { weightsDir });
      expect(normalizers(dls).length).toBe(1);
    });
  });

  it("VLN-6: adds no normalisation to data that has one, to another number of channels, or when told not to", async () => {
    const own = Normalize.fromStats([0.5, 0.5, 0.5], [1, 1, 1]);
    const dls = await loaders([own]);
    visionLearner(dls, small);
    expect(normalizers(dls)).toEqual([own]);
    const plain = await loaders();
    visionLearner(plain, small, { normalize: false });
    visionLearner(plain, small, { nIn: 1 });
    expect(normalizers(plain)).toEqual([]);
  });

  it("waits for the weights before it trains, validates, saves, exports or describes", async () => {
    await withWeights(async (weightsDir, published) => {
      const first = published.get("0.weight")?.toArray();
      const dls = await loaders();
      const make = () => visionLearner(dls, small, { weightsDir, path: weightsDir });
      type Use = [name: string, use: (learn: ReturnType<typeof make>) => Promise<unknown>];
      const uses: Use[] = [
        ["fit", (learn) => learn.noLogging(() => learn.fit(1))],
        ["validate", (learn) => learn.validate()],
        ["getPreds", (learn) => learn.getPreds()],
        ["save", (learn) => learn.save("x")],
        ["load", (learn) => learn.load("x")],
        ["export", (learn) => learn.export("x.fai")],
        ["summary", (learn) => learn.summary()],
        ["ready", (learn) => Promise.all([learn.ready(), learn.ready()])],
      ];
      for (const [name, use] of uses) {
        const learn = make();
        await use(learn);
        expect(learn.model.stateDict().get("0.0.weight")?.toArray(), name).toEqual(first);
      }
    });
  });

  it("tells when there is no network, and tries again on the next use", async () => {
    await withWeights(async (weightsDir) => {
      const dls = await loaders();
      const elsewhere = join(weightsDir, "empty");
      const learn = visionLearner(dls, small, { weightsDir: elsewhere });
      expect(await failure(learn.fit(1))).toContain("{ pretrained: false }");
      expect(await failure(learn.getPreds())).toContain(`put it at ${join(elsewhere, "small-00.pth")}`);
      const state = new Small(10).stateDict();
      await saveSafetensors(join(elsewhere, "small-00.safetensors"), state);
      await learn.ready();
      expect(learn.model.stateDict().get("0.0.weight")?.toArray()).toEqual(state.get("0.weight")?.toArray());
    });
  });

  it("LRN-22: an exported learner predicts the same after loading, without the weights' source", async () => {
    await withWeights(async (weightsDir) => {
      const learn = visionLearner(await loaders(), small, { weightsDir, path: weightsDir, linFtrs: [4] });
      const again = await loadLearner(await learn.export("model.fai"));
      const x = randn([2, 3, 12, 12]);
      expect(again.model(x).toArray()).toEqual(learn.model.eval()(x).toArray());
      expect(again.model.children().length).toBe(2);
    });
  });
});

describe("a learner over its life", () => {
  const quiet = <T>(learn: VisionLearner, body: () => Promise<T>) => learn.noBar(() => learn.noLogging(body));

  it("VLN-6: progressive resizing: the same model goes on with larger photos", () =>
    withScenes(24, async (scenes, folder) => {
      const files = scenes.map(({ file }) => file);
      const at = (size: number) =>
        ImageDataLoaders.fromNameRe(folder, files, /^(\w+)_\d+/, { bs: 8, seed: 1, itemTfms: new Resize(size) });
      manualSeed(2);
      const learn = visionLearner(await at(16), tiny, { pretrained: false, metrics: accuracy, linFtrs: [], ps: 0 });
      await quiet(learn, () => learn.fitOneCycle(3, 1e-2));
      const small = learn.recorder.values.at(-1)?.[1] ?? 0;
      learn.dls = await at(32);
      expect(((await learn.dls.oneBatch()) as Tensor[])[0]?.shape).toEqual([8, 3, 32, 32]);
      await quiet(learn, () => learn.fitOneCycle(3, 1e-2));
      expect(learn.recorder.values.at(-1)?.[1]).toBeLessThan(small);
    }));

  it("VLN-6: predictions of an exported learner are normalised as in training, from path, bytes, tensor or image", () =>
    withScenes(8, async (scenes, folder) => {
      const files = scenes.map(({ file }) => file);
      const stats = Normalize.fromStats([0.2, 0.3, 0.4], [0.5, 0.6, 0.7]);
      const dls = await ImageDataLoaders.fromNameRe(folder, files, /^(\w+)_\d+/, { bs: 4, batchTfms: [stats] });
      const learn = visionLearner(dls, tiny, { pretrained: false });
      const again = await loadLearner(await learn.export("model.fai"));
      const [file = ""] = files;
      const photo = await RgbImage.open(file);
      const pixels = photo.toTensor().float().div(255).unsqueeze(0);
      const normal = pixels
        .sub(tensor([0.2, 0.3, 0.4]).view([1, 3, 1, 1]))
        .div(tensor([0.5, 0.6, 0.7]).view([1, 3, 1, 1]));
      const expected = noGrad(() => learn.model.eval()(normal))
        .softmax(1)
        .select(0, 0);
      for (const item of [file, await readFile(file), photo.toTensor(), photo]) {
        const [label, number, probs] = await again.noBar(() => again.predict(item));
        expect(probs).toBeClose(expected, { rtol: 1e-4, atol: 1e-5 });
        expect(String(label)).toBe(["blue", "red"][Number((number as Tensor).item())]);
      }
    }));

  it("VLN-6, VLN-12: an architecture goes by its name, too", async () => {
    const dls = await loaders();
    const learn = visionLearner(dls, "test_small", { pretrained: false });
    expect(learn.model(randn([2, 3, 12, 12])).shape).toEqual([2, 2]);
    expect(() => visionLearner(dls, "resnet19", { pretrained: false })).toThrow(/expected one of .*got "resnet19"/);
    expect(() => unetLearner(dls, "resnet19", { pretrained: false })).toThrow('"resnet19"');
  });
});
