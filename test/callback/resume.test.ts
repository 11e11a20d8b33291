import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  Checkpoint,
  EarlyStopping,
  EMA,
  fineTune,
  fitOneCycle,
  MixedPrecision,
  SaveModel,
  StopOnInterrupt,
} from "../../src/callback/index.js";
import { DataLoader, DataLoaders } from "../../src/data/index.js";
import { MSELossFlat } from "../../src/layers/index.js";
import { type Callback, load, save } from "../../src/learner/index.js";
import { getRngState, loadSafetensors, manualSeed, nn, randn, type Tensor } from "../../src/torch/index.js";
import { byFormula, failure, handlers, QuietLoop, wave } from "../learner/setting.js";
import { useFolder } from "./folder.js";
import { photoLoop } from "./setting.js";

const folder = useFolder();

/** Throws in the middle of an epoch, as a crash would. */
function crashAt(epoch: number): Callback {
  return handlers(["afterBackward"], (_, learn) => {
    if (learn.epoch === epoch && learn.iter === 2) throw new Error("crash");
  });
}

function learner() {
  return photoLoop({
    path: folder.path,
    lr: 1e-2,
    splitter: (model) => [model.parameters().slice(0, 4), model.parameters().slice(4)],
  });
}

const others = () => [new EMA({ decay: 0.5 }), new MixedPrecision("bf16"), new EarlyStopping({ patience: 9 })];

describe("going on after a crash", () => {
  it("LRN-21: gives the losses of a fit that was not broken off, with its schedule, its records and its callbacks", async () => {
    manualSeed(5);
    const whole = learner();
    await fitOneCycle(whole, 4, { cbs: [...others(), new Checkpoint({ fname: "whole" })] });

    manualSeed(5);
    const first = fitOneCycle(learner(), 4, { cbs: [...others(), new Checkpoint(), crashAt(2)] });
    expect(await failure(first)).toMatch("crash");
    manualSeed(99); // a program that starts again has other random numbers
    const again = learner();
    await fitOneCycle(again, 4, { cbs: [...others(), new Checkpoint()] });

    expect([...again.recorder.rawLosses]).toEqual([...whole.recorder.rawLosses]);
    expect([...again.recorder.losses]).toEqual([...whole.recorder.losses]);
    expect(again.recorder.values).toEqual(whole.recorder.values);
    expect(again.recorder.lrs).toEqual(whole.recorder.lrs);
    expect(again.recorder.iters).toEqual(whole.recorder.iters);
    expect(again.recorder.hps).toEqual(whole.recorder.hps);
    const weights = (learn: typeof whole) => learn.model.parameters().map((p) => p.toArray());
    expect(weights(again)).toEqual(weights(whole));
  });

  it("LRN-21: goes on with the order that a shuffling loader would have had", async () => {
    const items = Array.from({ length: 24 }, (_, i): [Tensor, Tensor] => [
      wave(24, 6).select(0, i),
      wave(24, 3).select(0, i),
    ]);
    const make = () => {
      const dls = new DataLoaders(new DataLoader(items, { bs: 4, shuffle: true }), new DataLoader(items, { bs: 8 }));
      const model = byFormula(new nn.Sequential(new nn.Linear(6, 4), new nn.Dropout(0.3), new nn.Linear(4, 3)));
      const learn = new QuietLoop(dls, model, { lossFunc: MSELossFlat(), path: folder.path, lr: 1e-2 });
      learn.logger = () => {};
      return learn;
    };
    manualSeed(3);
    const whole = make();
    await whole.fit(3);
    manualSeed(3);
    expect(await failure(make().fit(3, { cbs: [new Checkpoint(), crashAt(1)] }))).toMatch("crash");
    const again = make();
    await again.fit(3, { cbs: new Checkpoint() });
    expect([...again.recorder.rawLosses]).toEqual([...whole.recorder.rawLosses]);
  });

  it("LRN-21: a save that fails says where, and leaves weights, records and the older file alone", async () => {
    const learn = learner();
    await learn.fit(1);
    const path = await save(learn, "model");
    const before = await readFile(path);
    await mkdir(join(folder.path, "models", "taken.safetensors"));
    const [losses, weights] = [[...learn.recorder.losses], learn.model.parameters()[0]?.toArray()];
    expect(await failure(save(learn, "taken"))).toMatch(/taken\.safetensors/);
    expect([[...learn.recorder.losses], learn.model.parameters()[0]?.toArray()]).toEqual([losses, weights]);
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(join(folder.path, "models"))).sort()).toEqual(["model.safetensors", "taken.safetensors"]);
  });

  it("LRN-21: knows which fit of fineTune it was, and begins anew when told to", async () => {
    manualSeed(5);
    const whole = learner();
    await fineTune(whole, 2, { cbs: new Checkpoint({ fname: "whole", resume: false }) });
    manualSeed(5);
    const broken = fineTune(learner(), 2, {
      cbs: [
        new Checkpoint(),
        handlers(["afterBatch"], (_, learn) => {
          if (learn.nEpoch === 2 && learn.epoch === 1) throw new Error("crash");
        }),
      ],
    });
    expect(await failure(broken)).toMatch("crash");
    const again = learner();
    await fineTune(again, 2, { cbs: new Checkpoint() });
    expect([...again.recorder.rawLosses]).toEqual([...whole.recorder.rawLosses]);
    const anew = learner();
    await anew.fit(1, { cbs: new Checkpoint({ resume: false }) });
    expect(anew.recorder.values).toHaveLength(1);
    expect(anew.recorder.losses).toHaveLength(4);
  });

  it.each([
    ["CBK-8: counts what EarlyStopping waited for", () => new EarlyStopping({ patience: 2, minDelta: 10 }), 3],
    ["CBK-6: goes back to the best model", () => new SaveModel({ minDelta: 10 }), 4],
  ] as const)("%s before the crash, and not the epochs that are skipped", async (_, tracker, epochs) => {
    const weights = (learn: ReturnType<typeof learner>) => learn.model.parameters().map((p) => p.toArray());
    const run = async (fname: string, more: Callback[]): Promise<ReturnType<typeof learner>> => {
      manualSeed(5);
      const learn = learner();
      await learn.fit(4, { cbs: [tracker(), new Checkpoint({ fname }), ...more] });
      return learn;
    };
    const whole = await run("whole", []);
    expect(await failure(run("broken", [crashAt(2)]))).toMatch("crash");
    const again = await run("broken", []);
    expect(whole.recorder.values).toHaveLength(epochs);
    expect(again.recorder.values).toEqual(whole.recorder.values);
    expect(weights(again)).toEqual(weights(whole));
  });

  it("LRN-21: refuses a file that is no checkpoint, and leaves no half-written one", async () => {
    const learn = learner();
    await save(learn, "other");
    expect(await failure(learn.fit(1, { cbs: new Checkpoint({ fname: "other" }) }))).toMatch(/expected a checkpoint/);
    expect(await readdir(join(folder.path, "models"))).toEqual(["other.safetensors"]);
    await writeFile(join(folder.path, "models", "cut.safetensors"), "abc");
    expect(await failure(learn.fit(1, { cbs: new Checkpoint({ fname: "cut" }) }))).toMatch(/cut\.safetensors/);
  });

  it("LRN-21: load brings back random numbers when asked to", async () => {
    const learn = learner();
    manualSeed(7);
    await save(learn, "here");
    const next = randn([3]).toArray();
    await load(learn, "here", { withRng: true, withOpt: false });
    expect(randn([3]).toArray()).toEqual(next);
    await load(learn, "here", { withOpt: false });
    expect(randn([3]).toArray()).not.toEqual(next);
    const file = await loadSafetensors(join(folder.path, "models", "here.safetensors"));
    expect([...file.keys()].every((key) => !key.startsWith("$"))).toBe(true);
    expect(getRngState().dtype).toBe("uint8");
  });
});

describe("Ctrl-C", () => {
  it("LRN-13: ends the fit after the batch at hand, keeps the records and saves", async () => {
    const learn = learner();
    const stop = new StopOnInterrupt({ save: "stopped", signal: "SIGUSR2" });
    const interrupting = handlers(["afterBatch"], (_, { training, trainIter }) => {
      if (training && trainIter === 6) process.kill(process.pid, "SIGUSR2");
    });
    await learn.fit(50, { cbs: [interrupting, stop] });
    expect(stop.interrupted).toBe(true);
    expect(learn.recorder.losses.length).toBeGreaterThanOrEqual(6);
    expect(learn.recorder.values.length).toBeLessThan(50);
    expect(await readdir(join(folder.path, "models"))).toEqual(["stopped.safetensors"]);
    expect(process.listenerCount("SIGUSR2")).toBe(0);
  });
});
