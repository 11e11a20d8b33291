import { describe, expect, it } from "vitest";
import {
  BnFreeze,
  ChannelsLast,
  CutMix,
  EMA,
  Learner,
  MCDropout,
  MixedPrecision,
  ShowGraph,
  setBnEval,
  Timer,
} from "../../src/callback/index.js";
import { CrossEntropyLossFlat, MSELossFlat } from "../../src/layers/index.js";
import type { Callback } from "../../src/learner/index.js";
import { SGD } from "../../src/optimizer/index.js";
import { cuda, nn, type Tensor } from "../../src/torch/index.js";
import { failure, fixture, handlers, wave } from "../learner/setting.js";
import { flat, net, photoLoop, photos, seeded } from "./setting.js";

interface Losses {
  losses: number[];
  valid: number[];
}

interface Fixture {
  plain: Losses;
  cutMix: Losses;
  cutMixSmall: Losses;
  cutMixSoft: Losses;
  frozen: Losses & { mean: number[] };
  bf16: number[];
}

const fastai = fixture<Fixture>("callbacks");

describe("CutMix", () => {
  it.each([
    ["cutMix", 1, false],
    ["cutMixSmall", 0.3, false],
    ["cutMixSoft", 1, true],
  ] as const)("CBK-17: trains with fastai's losses (%s)", async (name, alpha, soft) => {
    const learn = photoLoop({ soft, ...(soft ? { lossFunc: MSELossFlat() } : {}) });
    await learn.fit(2, { lr: 1e-2, cbs: [seeded, new CutMix(alpha)] });
    const { losses, valid } = fastai[name];
    expect([...learn.recorder.rawLosses]).toBeClose(losses, { rtol: 1e-4, atol: 1e-6 });
    expect(learn.recorder.values.map((row) => row[1])).toBeClose(valid, { rtol: 1e-4, atol: 1e-6 });
  });

  it("CBK-17: leaves the loader's batches alone, and says what it cannot mix", async () => {
    const learn = photoLoop();
    const [[x]] = learn.dls.train as [Tensor, Tensor][] as [[Tensor, Tensor]];
    const before = x.toArray();
    await learn.fit(1, { cbs: new CutMix() });
    expect(x.toArray()).toEqual(before);
    const flat = new Learner({ train: [[wave(4, 6), wave(4, 3)]] }, new nn.Linear(6, 3), { lossFunc: MSELossFlat() });
    expect(await failure(flat.noBar(() => flat.fit(1, { cbs: CutMix })))).toMatch(/\[N, C, H, W\], got \[4,6\]/);
    expect(() => new CutMix(0)).toThrow(/CutMix: expected alpha above 0/);
  });
});

describe("MixedPrecision", () => {
  it("CBK-9: trains in bfloat16 on the CPU with PyTorch's losses, weights and losses in float32", async () => {
    const dtypes = new Set<string>();
    const learn = photoLoop({ optFunc: (params, hypers) => SGD(params, hypers) });
    const inside = learn.model.modules()[1] as nn.AnyModule;
    const undo = inside.registerForwardHook((_module, _args, out) => void dtypes.add((out as Tensor).dtype));
    const noting = handlers(["afterLoss"], (_, { pred, loss }) => void dtypes.add(`${pred.dtype} ${loss.dtype}`));
    await learn.fit(1, { lr: 1e-2, wd: 0, cbs: [seeded, new MixedPrecision("bf16"), noting] });
    undo();
    expect([...learn.recorder.rawLosses]).toBeClose(fastai.bf16, { rtol: 2e-3, atol: 0 });
    expect([...dtypes]).toEqual(["bfloat16", "float32 float32"]);
    expect(learn.model.parameters()[0]?.dtype).toBe("float32");
    expect(Object.hasOwn(learn.model, "forward")).toBe(false);
  });

  it("CBK-9: skips the step where a gradient overflows, and scales less from then on", async () => {
    const mixed = new MixedPrecision("fp16", { initScale: 1024 });
    const weights: unknown[] = [];
    const breaking = handlers(
      ["beforeBackward"],
      (_, learn) => {
        if (learn.trainIter === 1) learn.lossGrad = learn.lossGrad.mul(Number.POSITIVE_INFINITY);
      },
      { order: 20 },
    );
    const noting = handlers(["afterBatch"], (_, { training, model }) => {
      if (training) weights.push(model.parameters()[0]?.toArray());
    });
    await photoLoop().fit(1, { cbs: [mixed, breaking, noting] });
    expect(mixed.scales).toEqual([1024, 512, 512]);
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).not.toEqual(weights[1]);
    expect(() => new MixedPrecision(JSON.parse('"fp8"'))).toThrow(/"fp16" or "bf16"/);
  });

  it("CBK-9: gives the model its forward back after an error", async () => {
    const learn = photoLoop();
    const failing = handlers(["afterPred"], () => {
      throw new Error("in the middle");
    });
    expect(await failure(learn.fit(1, { cbs: [new MixedPrecision("bf16"), failing] }))).toMatch("in the middle");
    expect(Object.hasOwn(learn.model, "forward")).toBe(false);
  });

  it("CBK-10, CBK-21: toFp16, toBf16, toFp32, toChannelslast and toContiguous add and remove callbacks", () => {
    const learn = new Learner(photos(), net(), { lossFunc: new CrossEntropyLossFlat() });
    const modes = () => learn.cbs.filter((cb) => cb instanceof MixedPrecision).map(({ mode }) => mode);
    expect([learn.toFp16() === learn, modes()]).toEqual([true, ["fp16"]]);
    learn.toBf16();
    expect(modes()).toEqual(["bf16"]);
    learn.toFp32();
    expect(modes()).toEqual([]);
    learn.toChannelslast({ ampMode: "bf16" });
    expect([modes(), learn.cbs.some((cb) => cb instanceof ChannelsLast)]).toEqual([["bf16"], true]);
    learn.toContiguous({ toFp32: true });
    expect([modes(), learn.cbs.some((cb) => cb instanceof ChannelsLast)]).toEqual([[], false]);
    expect(() => learn.toFp16(JSON.parse('{"initscale": 2}'))).toThrow(/initScale/);
  });

  it("CBK-21: ChannelsLast lays weights out by pixel, with the same losses", async () => {
    const learn = photoLoop();
    await learn.fit(2, { lr: 1e-2, cbs: [seeded, ChannelsLast] });
    expect(learn.model.parameters()[0]?.stride()).toEqual([18, 1, 6, 2]);
    expect([...learn.recorder.rawLosses]).toBeClose(fastai.plain.losses, { rtol: 1e-4, atol: 0 });
  });

  it.runIf(cuda.isAvailable())("CBK-9: trains in float16 on CUDA", async () => {
    const learn = photoLoop();
    Object.assign(learn.dls, { device: "cuda:0" });
    await learn.fit(2, { lr: 1e-2, cbs: [seeded, new MixedPrecision()] });
    expect(learn.recorder.losses.at(-1)).toBeLessThan(1.5);
  });
});

describe("modes of layers", () => {
  it("CBK-15: BnFreeze keeps the statistics of frozen batch norms, with fastai's losses", async () => {
    const learn = photoLoop();
    const norm = learn.model.modules()[3] as nn.BatchNorm2d;
    for (const p of norm.parameters()) p.requiresGrad_(false);
    await learn.fit(2, { lr: 1e-2, cbs: [seeded, BnFreeze] });
    expect([...learn.recorder.rawLosses]).toBeClose(fastai.frozen.losses, { rtol: 1e-4, atol: 0 });
    expect(norm.running_mean).toBeClose(fastai.frozen.mean);
    setBnEval(learn.model, false);
    expect(norm.training).toBe(true);
  });

  it("CBK-20: MCDropout draws other predictions each time, and puts dropout back", async () => {
    const learn = new Learner(photos(), net(), { lossFunc: new CrossEntropyLossFlat() });
    const draw = async () => (await learn.getPreds({ cbs: MCDropout })).preds.toArray();
    expect(await draw()).not.toEqual(await draw());
    const plain = async () => (await learn.getPreds()).preds.toArray();
    expect(await plain()).toEqual(await plain());
  });
});

describe("beyond fastai", () => {
  it("EMA validates with averaged weights and leaves them in the model", async () => {
    const learn = photoLoop();
    const weight = learn.model.parameters()[0] as Tensor;
    let average = flat(weight);
    const validated: number[][] = [];
    const noting: Callback = {
      name: "noting",
      order: 90,
      afterStep(learn) {
        const decay = Math.min(0.2, (2 + learn.trainIter) / (11 + learn.trainIter));
        const now = flat(weight);
        average = average.map((old, i) => decay * old + (1 - decay) * (now[i] as number));
      },
      afterValidate: () => void validated.push(flat(weight)),
    };
    await learn.fit(1, { lr: 1e-2, cbs: [new EMA({ decay: 0.2 }), noting] });
    expect(validated).toBeClose([average], { rtol: 1e-4, atol: 1e-6 });
    expect(flat(weight)).toEqual(validated[0]);
    expect(() => new EMA({ decay: 1 })).toThrow(/below 1/);
  });

  it("EMA lets callbacks save what was measured, and trains on with its own weights", async () => {
    const plain = photoLoop();
    await plain.fit(2, { lr: 1e-2, cbs: seeded });
    const learn = photoLoop();
    const weight = learn.model.parameters()[0] as Tensor;
    const seen: number[][] = [];
    const looking = handlers(["afterValidate", "afterEpoch"], () => void seen.push(flat(weight)), { order: 90 });
    await learn.fit(2, { lr: 1e-2, cbs: [seeded, new EMA({ decay: 0.9, atEnd: false }), looking] });
    expect(seen[1]).toEqual(seen[0]);
    expect([...learn.recorder.rawLosses]).toEqual([...plain.recorder.rawLosses]);
    expect(flat(weight)).toEqual(flat(plain.model.parameters()[0] as Tensor));
  });

  it("Timer ends a fit that takes too long, and what is recorded stays", async () => {
    const learn = photoLoop();
    const timer = new Timer({ maxTime: 1e-6 });
    await learn.fit(3, { cbs: timer });
    expect(learn.recorder.losses).toHaveLength(1);
    const patient = new Timer();
    await learn.fit(2, { cbs: patient });
    expect(patient.epochs).toHaveLength(2);
    expect(() => new Timer({ maxTime: 0 })).toThrow(/maxTime/);
  });

  it("CBK-2: ShowGraph draws both losses after each epoch", async () => {
    const pictures: string[] = [];
    const graph = new ShowGraph({ show: (figure) => void pictures.push(figure.toSVG()) });
    await photoLoop().fit(2, { cbs: graph });
    expect(pictures).toHaveLength(2);
    expect(pictures[1]).toContain("Epoch 2 of 2");
    expect(pictures[1]).toContain("valid");
  });
});
