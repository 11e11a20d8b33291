import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CastToTensor, Learner } from "../../src/callback/index.js";
import { TensorImage } from "../../src/data/index.js";
import { MSELossFlat } from "../../src/layers/index.js";
import { beforeBatchCb, getPreds, showTrainingLoop } from "../../src/learner/index.js";
import { SGD } from "../../src/optimizer/index.js";
import { loadSafetensors, nn, ones, type Tensor, zeros } from "../../src/torch/index.js";
import { classifier, handlers, QuietLoop, regressor, wave } from "./setting.js";

describe("a learner", () => {
  it("LRN-9: has fastai's defaults, and refuses options that it does not know", () => {
    const learn = regressor();
    expect([learn.lr, learn.wd, learn.wdBnBias, learn.trainBn]).toEqual([1e-3, undefined, false, true]);
    expect([learn.moms, learn.path, learn.modelDir]).toEqual([[0.95, 0.85, 0.95], ".", "models"]);
    expect(learn.createOpt().hypers[0]).toMatchObject({ lr: 1e-3, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.01 });
    expect(() => regressor([], {}, JSON.parse('{"loss_func": 1}'))).toThrow(/lossFunc/);
  });

  it("LRN-11: takes the first nInp members of a batch as inputs, else all but the last", () => {
    const learn = regressor();
    const [a, b, c] = [zeros([1]), ones([1]), ones([2])];
    expect(learn.split([a, b, c])).toEqual([[a, b], [c]]);
    expect(learn.split([a])).toEqual([[a], []]);
    Object.assign(learn.dls, { nInp: 1 });
    expect(learn.split([a, b, c])).toEqual([[a], [b, c]]);
  });

  it("LRN-20: freezes layer groups, forgets the optimizer's statistics, and warns when nothing trains", async () => {
    const learn = classifier({
      splitter: (model) =>
        model
          .children()
          .slice(0, 4)
          .map((part) => part.parameters())
          .filter((group) => group.length > 0),
    });
    await learn.fit(1);
    const trains = () => learn.model.parameters().map((p) => p.requiresGrad);
    learn.freezeTo(-2);
    expect(trains()).toEqual([false, false, true, true, true, true]);
    expect(Object.values(learn.opt?.stateDict() ?? {})[0][0]).not.toHaveProperty("grad_avg");
    learn.freeze();
    expect(trains()).toEqual([false, false, true, true, true, true]); // the batch norm keeps training
    learn.unfreeze();
    expect(trains()).toEqual([true, true, true, true, true, true]);
    const warned = new Promise<string>((resolve) => process.once("warning", ({ message }) => resolve(message)));
    learn.freezeTo(3);
    expect(await warned).toMatch(/all of them are frozen/);
    learn.unfreeze();
  });

  it("LRN-23: works without rows, bars or the loss's mean for as long as asked", async () => {
    const learn = regressor();
    const rows: unknown[] = [];
    learn.logger = (row) => void rows.push(row);
    const { lossFunc, logger } = learn;
    const seen = await learn.noLogging(() => learn.noMbar(() => [learn.quiet, learn.createMbar]));
    expect(seen).toEqual([true, false]);
    const x = wave(4, 2);
    expect(await learn.lossNotReduced(() => learn.lossFunc(x, x.mul(2)).shape)).toEqual([8]);
    await learn.noLogging(() => learn.fit(1));
    expect(rows).toEqual([]);
    expect([learn.createMbar, learn.logger, learn.lossFunc, lossFunc(x, x).shape]).toEqual([
      true,
      logger,
      lossFunc,
      [],
    ]);
  });

  it("LRN-23: removedCbs puts callbacks back where they were", async () => {
    const learn = regressor();
    const before = [...learn.cbs];
    const [first] = before;
    expect(await learn.removedCbs(first, () => learn.cbs.length)).toBe(before.length - 1);
    expect(learn.cbs).toEqual(before);
  });

  it("LRN-24: shows its loop with who listens where", () => {
    const text = showTrainingLoop(regressor(handlers(["beforeStep"], () => {})));
    expect(text.split("\n").slice(0, 4)).toEqual([
      "fit",
      "  beforeFit: trainEval, recorder",
      "    epoch",
      "      beforeEpoch: recorder",
    ]);
    expect(text).toContain("beforeStep: handlers");
    expect(text).toContain("- pred = model(...xb)");
  });

  it("LRN-25: beforeBatchCb changes batches before the model sees them", async () => {
    const seen: number[] = [];
    function halve(_learn: object, xb: Tensor[], yb: Tensor[]): [Tensor[], Tensor[]] {
      return [xb.map((x) => x.mul(0)), yb];
    }
    const looking = handlers(["afterPred"], (_, { xb }) => void seen.push(Number(xb[0]?.abs().sum().item())));
    const halving = beforeBatchCb(halve);
    await regressor().fit(1, { cbs: [halving, looking] });
    expect([halving.name, ...seen]).toEqual(["halve", 0, 0, 0]);
  });

  it("LRN-30: gives model and loss plain tensors", async () => {
    const kinds: string[] = [];
    const image = () => TensorImage.from(wave(2, 2)) as Tensor;
    const learn = new QuietLoop({ train: [[image(), wave(2, 1)]] }, new nn.Linear(2, 1), { lossFunc: MSELossFlat() });
    learn.logger = () => {};
    const looking = handlers(["afterPred"], (_, { xb }) => void kinds.push(xb[0]?.constructor.name ?? ""));
    await learn.fit(1, { cbs: looking });
    await learn.fit(1, { cbs: [looking, CastToTensor] });
    expect(kinds).toEqual(["TensorImage", "Tensor"]);
    expect(new CastToTensor().order).toBe(9);
  });

  it("LRN-33: takes a plain module, loss and optimizer", async () => {
    const learn = new Learner({ train: [[wave(4, 2), wave(4, 1)]] }, new nn.Linear(2, 1), {
      lossFunc: nn.functional.mseLoss,
      optFunc: SGD,
    });
    await learn.noBar(() => learn.noLogging(() => learn.fit(2, 0.1)));
    const [first = 0, second = 0] = learn.recorder.rawLosses;
    expect(second).toBeLessThan(first);
  });

  it("LRN-16: getPreds writes what memory does not hold to folders", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fastai-ts-"));
    const learn = classifier();
    const preds = join(folder, "preds");
    await getPreds(learn, { savePreds: preds, saveTargs: join(folder, "targs"), withPreds: false, withTargs: false });
    expect((await readdir(preds)).sort()).toEqual(["0.safetensors", "1.safetensors"]);
    const { preds: all } = await getPreds(learn, { act: (pred) => pred });
    const second = (await loadSafetensors(join(preds, "1.safetensors"))).get("preds");
    expect(second).toBeClose(all.narrow(0, 8, 6).toArray());
    const targs = (await loadSafetensors(join(folder, "targs", "0.safetensors"))).get("targs");
    expect([targs?.shape, targs?.dtype]).toEqual([[8], "int64"]);
    await rm(folder, { recursive: true });
  });
});
