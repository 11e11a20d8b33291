import { describe, expect, it } from "vitest";
import { Learner, MixUp, ShortEpoch } from "../../src/callback/index.js";
import { DataLoader, Datasets, Transform } from "../../src/data/index.js";
import { CrossEntropyLossFlat, MSELossFlat } from "../../src/layers/index.js";
import { manualSeed, nn, type Tensor, tensor } from "../../src/torch/index.js";
import { classifier, failure, fixture, handlers, mlp, QuietLoop, regressor, tracer, wave } from "../learner/setting.js";

interface TtaResult {
  preds: unknown;
  targs: number[][];
}
interface MixUpResult {
  losses: number[];
  values: number[][];
}
const fastai = fixture<{ tta: Record<string, TtaResult>; mixUp: Record<string, MixUpResult> }>("tta");

/** Adds the square of the number of the pass over two items, counted from 1, to a training item. */
class Counted extends Transform {
  override splitIdx = 0;
  calls = 0;
  override encodes = (x: Tensor) => x.add(Math.ceil(++this.calls / 2) ** 2);
}

async function learner(): Promise<Learner> {
  const pair = new Transform((i: number) => tensor([i, 3 - i]));
  const counted = new Counted();
  const splits = [
    [0, 1],
    [2, 3],
  ];
  const dsets = await Datasets.create([0, 1, 0, 1], [[pair, counted], [pair]], { splits });
  const dls = dsets.dataLoaders({ bs: 2 });
  await dls.oneBatch();
  counted.calls = 0;
  return new Learner(dls, new nn.Identity(), { lossFunc: MSELossFlat() });
}

describe("tta", () => {
  it("LRN-19: gives a quarter of the weight to the plain pass, as fastai", async () => {
    const learn = await learner();
    const { preds, targs } = await learn.tta();
    expect(preds.toArray()).toBeClose(fastai.tta.default?.preds);
    expect(targs?.toArray()).toEqual(fastai.tta.default?.targs);
    const again = await (await learner()).tta({ n: 6, beta: 0.5 });
    expect(again.preds.toArray()).toBeClose(fastai.tta.six?.preds);
    expect([...again]).toHaveLength(2);
  });

  it("LRN-19: takes the greatest prediction, or returns both apart", async () => {
    const { preds } = await (await learner()).tta({ useMax: true });
    expect(preds.toArray()).toBeClose(fastai.tta.max?.preds);
    const { augmented, plain, targs } = await (await learner()).tta({ n: 3, beta: null });
    expect([augmented.toArray(), plain.toArray()]).toBeClose(fastai.tta.parts?.preds);
    expect(targs?.toArray()).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  it("QRK-15: goes through a shuffled loader in the dataset's order, and leaves the dataset as it was", async () => {
    const learn = await learner();
    const { targs } = await learn.tta({ dsIdx: 0, n: 1 });
    expect(targs?.toArray()).toEqual([
      [0, 3],
      [1, 2],
    ]);
    const { preds } = await learn.getPreds();
    expect(preds.toArray()).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  it("LRN-19: replaces the steps of items or of batches", async () => {
    const learn = await learner();
    const tenfold = new Transform((x: Tensor) => x.mul(10));
    const { preds } = await learn.tta({ n: 1, beta: 0, batchTfms: tenfold });
    expect(preds.toArray()).toBeClose([
      [10, 40],
      [20, 30],
    ]);
    const { plain } = await learn.tta({ n: 1, beta: null, itemTfms: tenfold });
    expect(plain.toArray()).toEqual([
      [0, 30],
      [10, 20],
    ]);
  });

  it("says what it needs", async () => {
    const learn = await learner();
    expect(await failure(learn.tta({ n: 0 }))).toMatch(/augmented passes, got 0/);
    expect(await failure(learn.tta({ ...JSON.parse('{"shuffled":false}') }))).toMatch(/shuffled/);
    const plain = new Learner({ train: [], valid: [[wave(2, 2), wave(2, 1)]] }, new nn.Linear(2, 1), {
      lossFunc: MSELossFlat(),
    });
    expect(await failure(plain.tta())).toMatch(/Datasets or TfmdLists/);
  });
});

function mixUpLearner(lossFunc: nn.Module<[Tensor, Tensor], Tensor>, targets: (x: Tensor) => Tensor): QuietLoop {
  const x = wave(50, 6);
  const y = targets(x);
  const loader = (from: number, to: number) =>
    new DataLoader(
      Array.from({ length: to - from }, (_, i) => [x.select(0, from + i), y.select(0, from + i)]),
      { bs: 8 },
    );
  const learn = new QuietLoop({ train: loader(0, 36), valid: loader(36, 50) }, mlp(), { lossFunc });
  learn.logger = () => {};
  return learn;
}

describe("MixUp", () => {
  const numbers = (x: Tensor) => x.narrow(1, 0, 3).add(x.narrow(1, 3, 3), { alpha: 0.3 });
  const seeded = handlers(["beforeTrain"], (_, learn) => void manualSeed(100 + learn.epoch));

  it.each([
    ["classes", new CrossEntropyLossFlat(), (x: Tensor) => numbers(x).argmax(1)],
    ["numbers", MSELossFlat(), numbers],
  ] as const)("CBK-16: trains on %s with fastai's losses", async (kind, lossFunc, targets) => {
    const learn = mixUpLearner(lossFunc, targets);
    await learn.fit(2, { lr: 1e-2, cbs: [seeded, new MixUp(0.4)] });
    expect([...learn.recorder.rawLosses]).toBeClose(fastai.mixUp[kind]?.losses, { rtol: 1e-4 });
    expect(learn.recorder.values).toBeClose(fastai.mixUp[kind]?.values, { rtol: 1e-4 });
    expect(learn.lossFunc).toBe(lossFunc);
    expect(lossFunc.reduction).toBe("mean");
  });

  it("CBK-16: gives the loss back when training is cancelled", async () => {
    const learn = classifier();
    const { lossFunc } = learn;
    const during: unknown[] = [];
    const look = handlers(["beforeValidate"], (_, l) => void during.push(l.lossFunc));
    await learn.fit(1, { lr: 1e-2, cbs: [new MixUp(), new ShortEpoch(0.5), look] });
    expect(during).toEqual([lossFunc]);
    expect(learn.lossFunc).toBe(lossFunc);
  });

  it("CBK-16: mixes the losses of plain functions too when targets are classes", async () => {
    const learn = classifier({ lossFunc: nn.functional.crossEntropy });
    const seen: boolean[] = [];
    const look = handlers(["afterLoss"], (_, l) => void seen.push(l.yb[0]?.dtype === "int64" && l.loss.ndim === 0));
    await learn.fit(1, { lr: 1e-2, cbs: [new MixUp(), look] });
    expect(seen.every(Boolean)).toBe(true);
    expect(learn.lossFunc).toBe(nn.functional.crossEntropy);
    expect(() => new MixUp(0)).toThrow(/alpha above 0/);
  });
});

describe("ShortEpoch", () => {
  it("CBK-14: ends training and validation when enough of their batches are done", async () => {
    const trace = tracer();
    await regressor([], { nTrain: 40, nValid: 40 }).fit(1, { cbs: [trace, new ShortEpoch(0.25)] });
    const count = (event: string) => trace.seen.filter((name) => name === event).length;
    expect(count("beforeBatch")).toBe(8); // iter 0, 1, 2 and 3 of 10 in each
    expect(count("afterCancelTrain")).toBe(1);
    expect(count("afterCancelValidate")).toBe(1);
  });

  it("CBK-14: leaves validation whole when told so", async () => {
    const trace = tracer();
    const cut = new ShortEpoch(0.01, { shortValid: false });
    await regressor([], { nTrain: 40, nValid: 40 }).fit(1, { cbs: [trace, cut] });
    expect(trace.seen.filter((name) => name === "beforeBatch")).toHaveLength(2 + 10); // iter 0 is 0 of 10
    expect(trace.seen).not.toContain("afterCancelValidate");
  });
});
