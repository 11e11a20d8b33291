import { describe, expect, it } from "vitest";
import { DataLoader } from "../../src/data/index.js";
import { MSELossFlat } from "../../src/layers/index.js";
import {
  Callback,
  CallbackError,
  CancelBackward,
  CancelBatch,
  CancelEpoch,
  CancelFit,
  CancelStep,
  CancelTrain,
  CancelValid,
  type DataSource,
  type EventName,
  SkipToEpoch,
  type TrainingLoop,
} from "../../src/learner/index.js";
import { isGradEnabled, keep, memory, nn, type Tensor, tensor } from "../../src/torch/index.js";
import { camel, failure, fixture, handlers, QuietLoop, regressor, tracer } from "./setting.js";

const { traces } = fixture<{ traces: Record<string, string[]> }>("learner");
const cancels = { CancelBackward, CancelBatch, CancelEpoch, CancelFit, CancelStep, CancelTrain, CancelValid };

/** Throws at the nth time an event happens, in training or validation only if `when` says so. */
function throwAt(at: EventName, error: Error, nth: number, when?: string): Callback {
  let left = nth;
  const act = (_: EventName, learn: TrainingLoop) => {
    if (when && learn.training !== (when === "train")) return;
    left -= 1;
    if (left === 0) throw error;
  };
  return handlers([at], act, { order: 100 });
}

describe("events", () => {
  it.each([
    ["plain", 1],
    ["twoEpochs", 2],
  ] as const)("LRN-1, LRN-2, LRN-12: come in fastai's order (%s)", async (name, nEpoch) => {
    const trace = tracer();
    await regressor().fit(nEpoch, { cbs: trace });
    expect(trace.seen).toEqual(traces[name]?.map(camel));
  });

  it.each(Object.keys(traces).filter((name) => name.startsWith("Cancel")))("LRN-3: %s", async (name) => {
    const [exception, nth, at, when] = name.split(" ") as [keyof typeof cancels, string, string, string?];
    const trace = tracer();
    const thrower = throwAt(camel(at) as EventName, new cancels[exception](), Number(nth), when);
    await regressor().fit(2, { cbs: [trace, thrower] });
    expect(trace.seen).toEqual(traces[name]?.map(camel));
  });

  it("LRN-13: startEpoch skips the epochs before", async () => {
    const trace = tracer();
    await regressor().fit(2, { cbs: [trace, new SkipToEpoch(1)] });
    expect(trace.seen).toEqual(traces.skipToEpoch?.map(camel));
    const again = tracer();
    await regressor().fit(2, { cbs: again, startEpoch: 1 });
    expect(again.seen).toEqual(trace.seen);
  });

  it("LRN-8: afterCreate comes once, from the constructor", () => {
    const trace = tracer();
    regressor(trace);
    expect(trace.seen).toEqual(["afterCreate"]);
  });
});

describe("callbacks", () => {
  it("LRN-4: run by ascending order, equal ones as they were added", async () => {
    const seen: string[] = [];
    const noting = (name: string, order?: number): Callback => ({
      name,
      ...(order === undefined ? {} : { order }),
      beforeFit() {
        seen.push(name);
      },
    });
    await regressor().fit(1, { cbs: [noting("late", 5), noting("a"), noting("early", -1), noting("b")] });
    expect(seen).toEqual(["early", "a", "b", "late"]);
  });

  it("LRN-5: runTrain, runValid and run gate batch events; run is back after the fit", async () => {
    const count = { train: 0, valid: 0, none: 0 };
    const cbs = [
      handlers(["afterBatch"], () => void count.train++, { runValid: false }),
      handlers(["afterBatch"], () => void count.valid++, { runTrain: false }),
      handlers(["afterBatch", "beforeEpoch"], () => void count.none++, { run: false }),
    ];
    await regressor().fit(1, { cbs });
    expect(count).toEqual({ train: 2, valid: 1, none: 0 });
    const mine = handlers(["afterBatch"], () => {}, { run: false });
    const learn = regressor(mine);
    await learn.fit(1);
    expect(mine.run).toBe(true);
  });

  it("LRN-6, LRN-7, F-21: read and write everything, as objects and as classes", async () => {
    class Double extends Callback {
      override afterLoss(learn: TrainingLoop): void {
        learn.lossGrad = learn.lossGrad.mul(2);
      }
    }
    const inputs: number[] = [];
    const zero: Callback = {
      name: "zero",
      order: 5,
      beforeBatch(learn) {
        if (learn.training) learn.xb = learn.xb.map((x) => x.mul(0));
        inputs.push(Number(learn.xb[0]?.abs().sum().item()));
      },
    };
    await regressor().fit(1, { cbs: [zero, Double] });
    expect(inputs.slice(0, 2)).toEqual([0, 0]);
    expect(inputs[2]).toBeGreaterThan(0);
    expect(new Double().name).toBe("double");
  });

  it("waits for handlers that return promises, and only for those", async () => {
    const seen: string[] = [];
    const slow: Callback = {
      name: "slow",
      async beforeBatch() {
        seen.push("before");
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push("waited");
      },
      afterPred() {
        seen.push("pred");
      },
    };
    await regressor().fit(1, { cbs: slow });
    expect(seen).toEqual(Array.from({ length: 3 }, () => ["before", "waited", "pred"]).flat());
  });

  it("keeps the batch's tensors across a wait and frees them after it", async () => {
    const preds: Tensor[] = [];
    const waiting: Callback = {
      name: "waiting",
      async afterPred(learn) {
        preds.push(learn.pred);
        await Promise.resolve();
        expect(learn.pred.shape).toEqual([4, 1]);
      },
    };
    await regressor().fit(1, { cbs: waiting });
    expect(preds).toHaveLength(3);
    for (const pred of preds) expect(() => pred.shape).toThrow(/keep/);
  });

  it("LRN-7: names callback and event of an error and keeps it as cause", async () => {
    const cause = new TypeError("no such thing");
    const failing = handlers(["afterPred"], () => {
      throw cause;
    });
    const error = await regressor()
      .fit(1, { cbs: { ...failing, name: "myCallback" } })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CallbackError);
    expect(error).toMatchObject({ callback: "myCallback", event: "afterPred", cause });
    expect(String(error)).toContain('callback "myCallback" failed in afterPred: no such thing');
  });

  it("undoes what a before handler swapped on finish, cancel and throw alike, last first", async () => {
    for (const error of [null, new CancelTrain(), new CancelFit(), new Error("broken")]) {
      const undone: string[] = [];
      const swaps = ["one", "two"].map(
        (name): Callback => ({
          name,
          beforeTrain: () => () => void undone.push(name),
        }),
      );
      const after = handlers(["afterTrain"], () => void undone.push("afterTrain"));
      const throwing = handlers(["afterBatch"], (_, learn) => {
        if (error && learn.training) throw error;
      });
      const fit = regressor().fit(1, { cbs: [...swaps, after, throwing] });
      if (error?.message === "broken") expect(await failure(fit)).toMatch("broken");
      else await fit;
      const phaseEnded = error === null || error instanceof CancelTrain;
      expect(undone).toEqual([...(phaseEnded ? ["afterTrain"] : []), "two", "one"]);
    }
  });

  it("LRN-23: stays for one fit when given to fit, for good when added", async () => {
    const trace = tracer();
    const learn = regressor();
    const before = learn.cbs.length;
    await learn.fit(1, { cbs: trace });
    expect(learn.cbs).toHaveLength(before);
    learn.addCbs(trace);
    expect(learn.cbs).toHaveLength(before + 1);
    learn.removeCbs(trace);
    expect(learn.cbs).toHaveLength(before);
  });
});

describe("the loop", () => {
  it("LRN-10: shows where it stands", async () => {
    const seen: unknown[] = [];
    const noting = handlers(["beforeBatch"], (_, learn) => {
      seen.push([learn.epoch, learn.iter, learn.nIter, learn.trainIter, learn.training, learn.pctTrain]);
    });
    await regressor().fit(2, { cbs: noting });
    expect(seen).toEqual([
      [0, 0, 2, 0, true, 0],
      [0, 1, 2, 1, true, 0.25],
      [0, 0, 1, 2, false, 0.5],
      [1, 0, 2, 2, true, 0.5],
      [1, 1, 2, 3, true, 0.75],
      [1, 0, 1, 4, false, 1],
    ]);
  });

  it("validates without gradients, trains with them, whatever waits in between", async () => {
    const modes: boolean[] = [];
    const noting: Callback = {
      name: "noting",
      async beforeBatch() {
        modes.push(isGradEnabled());
        await Promise.resolve();
      },
      afterPred() {
        modes.push(isGradEnabled());
      },
    };
    await regressor().fit(1, { cbs: noting });
    expect(modes).toEqual([true, true, true, true, false, false]);
    expect(isGradEnabled()).toBe(true);
  });

  it("LRN-3: clears gradients after a cancelled step but not after a cancelled batch", async () => {
    for (const [error, cleared] of [
      [new CancelStep(), true],
      [new CancelBatch(), false],
    ] as const) {
      const learn = regressor();
      let graded = false;
      const throwing = handlers(["beforeStep"], () => {
        throw error;
      });
      const noting = handlers(["afterTrain"], () => {
        graded = learn.model.parameters().some((p) => p.grad !== null && p.grad.abs().sum().item() !== 0);
      });
      await learn.fit(1, { cbs: [throwing, noting] });
      expect(graded).toBe(!cleared);
      learn.opt?.zeroGrad();
    }
  });

  it("LRN-33, F-20: takes loaders of every kind: arrays, iterables, asynchronous ones, without a length", async () => {
    const batch = (): [Tensor, Tensor] => [tensor([[1, 2]]), tensor([[3]])];
    const sync = {
      *[Symbol.iterator]() {
        yield batch();
        yield batch();
      },
    };
    const slow = {
      async *[Symbol.asyncIterator]() {
        yield batch();
        await Promise.resolve();
        yield batch();
      },
    };
    for (const train of [[batch(), batch()], sync, slow]) {
      const learn = regressor();
      Object.assign(learn.dls, { train });
      await learn.fit(2);
      expect(learn.recorder.lrs).toHaveLength(4);
      expect(await learn.countBatches(train)).toBe(2);
    }
  });

  it("closes a loader that it leaves early", async () => {
    let closed = false;
    const train = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield [tensor([[1, 2]]), tensor([[3]])];
        } finally {
          closed = true;
        }
      },
    };
    const learn = regressor();
    Object.assign(learn.dls, { train });
    await learn.fit(1, {
      cbs: handlers(["afterBatch"], () => {
        throw new CancelFit();
      }),
    });
    expect(closed).toBe(true);
  });

  it("trains without validation data", async () => {
    const learn = regressor();
    Object.assign(learn.dls, { valid: undefined });
    await learn.fit(1);
    expect(learn.recorder.metricNames).toEqual(["epoch", "train_loss", "time"]);
    expect(learn.recorder.values[0]).toHaveLength(1);
    expect(await failure(learn.validate())).toMatch(/index of a loader, got 1/);
  });

  it("keeps memory flat: a fit leaves no tensors behind but what the learner holds", async () => {
    const learn = regressor([], { nTrain: 40 });
    await learn.fit(1);
    learn.recorder.losses;
    (globalThis as { gc?: () => void }).gc?.();
    const before = memory().tensors;
    await learn.fit(20);
    learn.recorder.losses;
    (globalThis as { gc?: () => void }).gc?.();
    expect(memory().tensors - before).toBeLessThan(20);
  });

  it("frees the batches of a loader that makes them, when they are done, but for what is kept", async () => {
    const items = Array.from({ length: 12 }, (_, i): [Tensor, Tensor] => [tensor([i, i]), tensor([i])]);
    const inputs: Tensor[] = [];
    const noting = handlers(["beforeBatch"], (_, learn) => {
      const x = learn.xb[0] as Tensor;
      inputs.push(learn.iter === 1 ? keep(x) : x);
    });
    const learn = regressor(noting);
    learn.dls = { train: new DataLoader(items, { bs: 4 }) };
    await learn.fit(1);
    expect(() => inputs[0]?.shape).toThrow(/freed/);
    expect(inputs[1]?.toArray()).toEqual([4, 5, 6, 7].map((i) => [i, i]));
    expect(items[0]?.[0].toArray()).toEqual([0, 0]);
    expect(() => inputs[2]?.shape).toThrow(/freed/);
  });

  it("LRN-13: hyper-parameters of a fit, and a new optimizer when asked", async () => {
    const learn = regressor();
    await learn.fit(1, { lr: 0.5, wd: 0.25 });
    const { opt } = learn;
    expect(opt?.hypers[0]).toMatchObject({ lr: 0.5, wd: 0.25 });
    await learn.fit(1, 0.125);
    expect(learn.opt).toBe(opt);
    expect(opt?.hypers[0]?.lr).toBe(0.125);
    await learn.fit(1, { resetOpt: true });
    expect(learn.opt).not.toBe(opt);
    expect(learn.opt?.hypers[0]).toMatchObject({ lr: 1e-3, wd: 0.01 });
  });

  it("OPT-22: keeps weight decay from biases and norm layers, and norm layers trainable when frozen", () => {
    const model = new nn.Sequential(new nn.Sequential(new nn.Linear(2, 2), new nn.BatchNorm1d(2)), new nn.Linear(2, 1));
    const splitter = () => model.children().map((child) => child.parameters());
    const learn = regressor([], {}, { splitter });
    learn.model = model;
    const [weight, bias, bnWeight, bnBias, headWeight] = model.parameters() as nn.Parameter[];
    const opt = learn.createOpt();
    const flags = [weight, bias, bnWeight, bnBias].map((p) => opt.flagsOf(p as nn.Parameter));
    expect(flags).toEqual([{}, { doWd: false }, { doWd: false, forceTrain: true }, { doWd: false, forceTrain: true }]);
    learn.freeze();
    expect([weight, bias, bnWeight, bnBias, headWeight].map((p) => p?.requiresGrad)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    learn.unfreeze();
    expect(weight?.requiresGrad).toBe(true);
  });

  it("refuses what cannot be: misspelt options, a fit inside a fit, a missing loss, half an epoch", async () => {
    const learn = regressor();
    expect(await failure(learn.fit(1, { lrs: 1 } as object))).toMatch(/expected options among lr.*got "lrs"/);
    expect(await failure(learn.fit(0.5))).toMatch(/number of epochs, got 0.5/);
    const nested = handlers(["beforeEpoch"], async () => learn.fit(1));
    expect(await failure(learn.fit(1, { cbs: nested }))).toMatch(/in the middle of a fit/);
    expect(() => regressor([], {}, { lossFunc: undefined })).toThrow(/Pass \{ lossFunc \}/);
    expect(() => learn.pred).toThrow(/inside a batch/);
  });

  it("refuses to train on no batches, which would change nothing without a word", async () => {
    expect(await failure(regressor([], { nTrain: 0 }).fit(1))).toMatch(/fit: expected at least one batch, got none/);
    const dls = { train: new DataLoader([1, 2, 3], { bs: 4, dropLast: true }), valid: [] } as unknown as DataSource;
    const learn = new QuietLoop(dls, new nn.Linear(2, 1), { lossFunc: MSELossFlat() });
    expect(await failure(learn.fit(1))).toMatch(/fit: .*\(3 items, bs 4, dropLast true\)\. Lower bs/);
    await regressor([], { nValid: 0 }).fit(1); // nothing to check with is fine
  });

  it("keeps the last loss readable in afterEpoch", async () => {
    const losses: number[] = [];
    const noting = handlers(["afterEpoch"], (_, learn) => void losses.push(Number(learn.loss.item())));
    await regressor().fit(2, { cbs: noting });
    expect(losses).toHaveLength(2);
  });
});
