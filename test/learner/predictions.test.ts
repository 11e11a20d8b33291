import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataLoader } from "../../src/data/index.js";
import {
  ClassificationInterpretation,
  getPreds,
  Interpretation,
  load,
  type OptFunc,
  save,
  summary,
} from "../../src/learner/index.js";
import { OptimWrapper } from "../../src/optimizer/index.js";
import { nn, optim, type Tensor, tensor } from "../../src/torch/index.js";
import { classifier, failure, handlers, mlp, regressor, wave } from "./setting.js";

function items(n: number): [Tensor, Tensor][] {
  return Array.from({ length: n }, (_, i) => [tensor([i, i]), tensor([2 * i])]);
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fastai-ts-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("getPreds", () => {
  it("LRN-16: gives what was asked for, by name and in fastai's order", async () => {
    const learn = classifier();
    const all = await getPreds(learn, { withInput: true, withDecoded: true, withLoss: true });
    const list = [...all];
    expect(list).toEqual([all.inputs, all.preds, all.targs, all.decoded, all.losses]);
    expect(list.map((t) => t?.shape)).toEqual([[14, 6], [14, 3], [14], [14], [14]]);
    expect(all.preds.sum(1).toArray()).toBeClose(new Array(14).fill(1));
    expect(learn.lossFunc.reduction).toBe("mean");
    const some = await getPreds(learn);
    expect([...some]).toHaveLength(2);
    expect(() => some.losses).toThrow(/withLoss/);
  });

  it("LRN-16: puts a shuffled loader's items back into the dataset's order, and takes the last batch", async () => {
    const learn = regressor();
    const dl = new DataLoader(items(10), { bs: 4, shuffle: true, dropLast: true });
    const { targs, inputs } = await getPreds(learn, { dl, withInput: true });
    expect(targs?.flatten().toArray()).toEqual(Array.from({ length: 10 }, (_, i) => 2 * i));
    expect(inputs.select(1, 0).toArray()).toEqual(Array.from({ length: 10 }, (_, i) => i));
    const asDrawn = await getPreds(learn, { dl, reorder: false });
    expect(((asDrawn.targs as Tensor).flatten().toArray() as number[]).sort((a, b) => a - b)).toEqual(
      targs?.flatten().toArray(),
    );
  });

  it("LRN-16: targets are null for data without, and losses of plain functions are not reduced", async () => {
    const learn = regressor([], {}, { lossFunc: nn.functional.mseLoss });
    const { preds, targs } = await getPreds(learn, { dl: [[wave(3, 2)]] });
    expect(targs).toBeNull();
    expect(preds.shape).toEqual([3, 1]);
    const { losses } = await getPreds(learn, { withLoss: true });
    expect(losses.shape).toEqual([4]);
    expect(learn.lossFunc).toBe(nn.functional.mseLoss);
  });

  it("applies another activation, joins lists of outputs, and stays on the CPU without gradients", async () => {
    const learn = regressor();
    const { preds } = await getPreds(learn, { act: (p) => p.mul(0) });
    expect(preds.abs().sum().item()).toBe(0);
    expect(preds.requiresGrad).toBe(false);
    expect(await failure(getPreds(learn, { dsIdx: 5 }))).toMatch(/index of a loader, got 5/);
  });

  it("LRN-14: runs in the middle of a fit and leaves it as it was", async () => {
    const seen: unknown[] = [];
    const peeking = handlers(
      ["afterPred"],
      async (_, learn) => {
        if (!learn.training) return;
        const { iter, xb } = learn;
        await getPreds(learn, { inner: true });
        seen.push([learn.iter === iter, learn.xb === xb, learn.training, learn.model.training, learn.pred.shape]);
      },
      { runValid: false },
    );
    await regressor().fit(1, { cbs: peeking });
    expect(seen).toEqual([0, 1].map(() => [true, true, true, true, [4, 1]]));
  });

  it("LRN-14, LRN-15: a callback may validate and predict at any time of a fit", async () => {
    const seen: unknown[] = [];
    const looking = handlers(
      ["afterBatch", "afterEpoch"],
      async (event, learn) => {
        if (event === "afterBatch" && !learn.training) return;
        const { epoch, iter, trainIter, pctTrain } = learn;
        const [[loss], { preds }] = [await learn.validate(), await getPreds(learn)];
        seen.push([event, preds.shape, learn.epoch - epoch, learn.iter - iter, learn.trainIter - trainIter]);
        expect(learn.pctTrain).toBe(pctTrain);
        if (event === "afterEpoch") expect(loss).toBe(learn.recorder.values.at(-1)?.[1]);
      },
      { order: 70, removeOnFetch: true },
    );
    const [plain, watched] = [classifier(), classifier()];
    await plain.fit(2, 1e-2);
    await watched.fit(2, { lr: 1e-2, cbs: looking });
    expect(watched.recorder.values).toEqual(plain.recorder.values);
    expect([...watched.recorder.rawLosses]).toEqual([...plain.recorder.rawLosses]);
    expect(seen).toHaveLength(12);
    for (const [, shape, ...moved] of seen as [string, number[], ...number[]][]) {
      expect([shape, moved]).toEqual([
        [14, 3],
        [0, 0, 0],
      ]);
    }
  });

  it("LRN-28: leaves the recorder's values alone", async () => {
    const learn = regressor();
    await learn.fit(1);
    const { losses } = learn.recorder;
    await getPreds(learn);
    await learn.validate();
    expect(learn.recorder.losses).toEqual(losses);
    expect(learn.recorder.values).toHaveLength(1);
  });
});

describe("save and load", () => {
  it("LRN-21, OPT-21: bring the state of a wrapped torch optimizer back", async () => {
    const optFunc: OptFunc = (params, { lr }) => OptimWrapper.over(params, optim.AdamW, { lr, weightDecay: 0.1 });
    await withFolder(async (path) => {
      const [first, second] = [classifier({ path, optFunc }), classifier({ path, optFunc })];
      await first.fit(1, 1e-2);
      await save(first, "stage-1");
      await load(second, "stage-1");
      await first.fit(1, 1e-2);
      await second.fit(1, 1e-2);
      expect(second.recorder.losses).toEqual(first.recorder.losses);
    });
  });

  it("LRN-21: bring weights and optimizer back, so that training goes on the same", async () => {
    await withFolder(async (path) => {
      const first = classifier({ path });
      await first.fit(1, 1e-2);
      expect(await save(first, "stage-1")).toBe(join(path, "models", "stage-1.safetensors"));
      await first.fit(1, 1e-2);
      const second = classifier({ path });
      await load(second, "stage-1");
      await second.fit(1, 1e-2);
      expect(second.recorder.rawLosses).toEqual(first.recorder.rawLosses);
    });
  });

  it("LRN-21: warn about a missing optimizer state, and refuse other models' weights", async () => {
    await withFolder(async (path) => {
      const learn = classifier({ path });
      await save(learn, "weights", { withOpt: false });
      const warnings: string[] = [];
      const listen = (warning: Error) => warnings.push(warning.message);
      process.on("warning", listen);
      await load(learn, "weights");
      await load(learn, "weights", { withOpt: false });
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", listen);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/weights holds no optimizer state/);
      const other = regressor([], {}, { path });
      expect(await failure(load(other, "weights", { withOpt: false }))).toMatch(/weight/);
    });
  });
});

describe("summary", () => {
  it("LRN-32: counts parameters and shows shapes, 76 wide", async () => {
    const learn = classifier();
    const model = mlp();
    learn.model = model;
    model.children()[0]?.requiresGrad_(false);
    const text = await summary(learn);
    const lines = text.split("\n");
    expect(lines[0]).toBe("Sequential (Input shape: 8 x 6)");
    expect(lines[1]).toBe("=".repeat(76));
    expect(text).toContain("Linear                                    56         False");
    expect(text).toContain("BatchNorm1d                               16         True");
    expect(text).toMatch(/Total params: 99\nTotal trainable params: 43\nTotal non-trainable params: 56/);
    expect(text).toContain("Optimizer used: Adam");
    expect(text).toContain("Loss function: CrossEntropyLossFlat");
    expect(text).toContain("  - recorder");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
  });
});

describe("Interpretation", () => {
  it("INT-1, INT-2: sorts items by their losses", async () => {
    const learn = classifier();
    const interp = await Interpretation.fromLearner(learn);
    const { losses, idxs } = interp.topLosses(3);
    const all = (await getPreds(learn, { withLoss: true })).losses.toArray() as number[];
    expect(losses).toBeClose([...all].sort((a, b) => b - a).slice(0, 3));
    expect(idxs.map((i) => all[i])).toBeClose(losses);
    expect(interp.topLosses(1, { largest: false }).losses[0]).toBeCloseTo(Math.min(...all), 6);
    expect(interp.topLosses().idxs).toHaveLength(14);
    expect(await failure(interp.plotTopLosses(2))).toMatch(/finds items by position/);
  });

  it("INT-3: counts which class was taken for which", async () => {
    const learn = classifier();
    await learn.fit(1, 1e-2);
    const interp = await ClassificationInterpretation.fromLearner(learn);
    const { targs, decoded } = await getPreds(learn, { withDecoded: true });
    const matrix = await interp.confusionMatrix();
    const expected = [0, 1, 2].map((t) =>
      [0, 1, 2].map(
        (p) => ((targs as Tensor).toArray() as number[]).filter((v, i) => v === t && decoded.at(i).item() === p).length,
      ),
    );
    expect(matrix).toEqual(expected);
    const confused = await interp.mostConfused();
    expect(confused.every(([a, b, n]) => a !== b && n >= 1)).toBe(true);
    expect(confused.map(([, , n]) => n)).toEqual(confused.map(([, , n]) => n).sort((a, b) => b - a));
    expect((await interp.plotConfusionMatrix({ normalize: true })).toSVG()).toContain("Confusion matrix");
    const wrong = await ClassificationInterpretation.fromLearner(regressor());
    expect(await wrong.confusionMatrix().catch(String)).toBeDefined();
  });
});
