import { describe, expect, it } from "vitest";
import { fineTune, fitFlatCos, fitOneCycle, fitSgdr } from "../../src/callback/fit-schedules.js";
import { minimum, type SuggestFunc, slide, steep, valley } from "../../src/callback/lr-suggestions.js";
import { ParamScheduler } from "../../src/callback/param-scheduler.js";
import {
  combinedCos,
  combineScheds,
  type Schedule,
  schedCos,
  schedExp,
  schedLin,
  schedNo,
  schedPoly,
} from "../../src/callback/schedules.js";
import { nn, slice } from "../../src/torch/index.js";
import { failure, fixture, handlers, type QuietLoop, regressor } from "../learner/setting.js";

interface Fixture {
  shapes: Record<string, [number, number][]>;
  fits: Record<string, { lrs: number[][]; moms: number[] }>;
  curves: { name: string; lrs: number[]; losses: number[]; suggests: Record<string, number> }[];
}

const { shapes, fits, curves } = fixture<Fixture>("schedule");

describe("schedules", () => {
  const made: Record<string, Schedule> = {
    lin: schedLin(0, 2),
    cos: schedCos(0, 2),
    no: schedNo(0.5, 2),
    exp: schedExp(1, 2),
    poly: schedPoly(0, 2, 2),
    pieces: combineScheds([0.3, 0.2, 0.5], [schedCos(0, 1), schedNo(1, 1), schedCos(1, 0)]),
    combinedCos: combinedCos(0.25, 0.5, 1, 0),
  };

  it.each(Object.keys(shapes))("SCH-1, SCH-2, SCH-3: %s has fastai's values to the last bit", (name) => {
    for (const [pos, value] of shapes[name] as [number, number][])
      expect(made[name]?.(pos), `at ${pos}`).toBeCloseTo(value, 14);
  });

  it("SCH-1: take a value for each layer group", () => {
    expect(schedLin([0, 10], [1, 20])(0.5)).toEqual([0.5, 15]);
    expect(schedLin<number | number[]>(0, [1, 2])(0.5)).toEqual([0.5, 1]);
    expect(() => schedLin([0, 1], [1, 2, 3])).toThrow(/expected 3 values/);
  });

  it("SCH-2: shares must add up to 1, be positive, and be one for each schedule", () => {
    const one = schedNo(1, 1);
    for (const pcts of [[0.5, 0.4], [1.5, -0.5], [1]])
      expect(() => combineScheds(pcts, [one, one])).toThrow(/add up to 1/);
  });
});

/** Each group's lr, and the last group's mom, at every training batch of a fit. */
async function traced(batches: number, groups: number, train: (learn: QuietLoop) => Promise<void>) {
  const lrs: number[][] = [];
  const moms: number[] = [];
  const noting = handlers(
    ["afterBatch"],
    (_, learn) => {
      if (!learn.training || !learn.opt) return;
      lrs.push(learn.opt.hypers.map((hyper) => hyper.lr as number));
      moms.push(learn.opt.hypers.at(-1)?.mom as number);
    },
    { order: 90 },
  );
  const splitter = (model: nn.AnyModule) => model.children().map((child) => child.parameters());
  const learn = regressor(noting, { nTrain: 2 * batches, bs: 2 }, { lr: 1e-2, ...(groups > 1 ? { splitter } : {}) });
  learn.model = new nn.Sequential(...Array.from({ length: groups }, (_, i) => new nn.Linear(i === 0 ? 2 : 1, 1)));
  await train(learn);
  return { lrs, moms };
}

describe("fits", () => {
  const cases: [name: string, batches: number, groups: number, train: (learn: QuietLoop) => Promise<void>][] = [
    ["oneCycle", 10, 1, (learn) => fitOneCycle(learn, 1)],
    [
      "oneCycle3Epochs",
      7,
      1,
      (learn) => fitOneCycle(learn, 3, { lrMax: 1e-3, pctStart: 0.4, div: 10, divFinal: 100, moms: [0.9, 0.8, 0.95] }),
    ],
    ["oneCycleGroups", 6, 4, (learn) => fitOneCycle(learn, 2, slice(1e-5, 1e-2))],
    ["oneCycleResumed", 5, 1, (learn) => fitOneCycle(learn, 3, { lrMax: 1e-3, startEpoch: 1 })],
    ["flatCos", 10, 1, (learn) => fitFlatCos(learn, 1)],
    ["sgdr", 4, 1, (learn) => fitSgdr(learn, 3, 1, { lrMax: 1e-2 })],
    ["fineTune", 10, 2, (learn) => fineTune(learn, 2)],
    [
      "sched",
      5,
      1,
      (learn) =>
        learn.fit(2, {
          cbs: new ParamScheduler({ lr: combineScheds([0.3, 0.7], [schedCos(0.3, 0.6), schedCos(0.6, 0.2)]) }),
        }),
    ],
  ];

  it.each(cases)(
    "SCH-4 to SCH-8: %s has fastai's learning rates and momentums",
    async (name, batches, groups, train) => {
      const { lrs, moms } = await traced(batches, groups, train);
      const expected = fits[name] as { lrs: number[][]; moms: number[] };
      expect(lrs).toHaveLength(expected.lrs.length);
      for (const [i, row] of expected.lrs.entries())
        for (const [g, lr] of row.entries()) expect(lrs[i]?.[g]).toBeCloseTo(lr, 15);
      for (const [i, mom] of expected.moms.entries()) expect(moms[i]).toBeCloseTo(mom, 14);
    },
  );

  it("F-20: takes the learning rate before the options, by name, or not at all", async () => {
    const learn = regressor();
    for (const [train, top] of [
      [() => fitOneCycle(learn, 1, 0.5, { pctStart: 0 }), 0.5],
      [() => fitOneCycle(learn, 1, { lrMax: 0.25, pctStart: 0 }), 0.25],
      [() => fitOneCycle(learn, 1, undefined, { pctStart: 0 }), 1e-3],
      [() => learn.fit(1, 0.125, { wd: 0 }), 0.125],
    ] as const) {
      await train();
      expect(learn.recorder.lrs[0]).toBeCloseTo(top, 12);
    }
    expect(learn.opt?.hypers[0]?.wd).toBe(0);
  });

  it("SCH-4: leaves the values in the recorder", async () => {
    const learn = regressor();
    await fitOneCycle(learn, 1, 0.1);
    expect(Object.keys(learn.recorder.hps)).toEqual(["lr", "mom"]);
    expect(learn.recorder.hps.lr).toEqual(learn.recorder.lrs);
  });

  it("SCH-5: schedules loaders that do not say how long they are", async () => {
    const learn = regressor();
    const { train } = learn.dls;
    Object.assign(learn.dls, { train: { [Symbol.iterator]: () => (train as [])[Symbol.iterator]() } });
    await fitOneCycle(learn, 1, 0.1);
    expect(learn.recorder.hps.lr?.every(Number.isFinite)).toBe(true);
  });

  it("refuses unknown options", async () => {
    expect(await failure(fitOneCycle(regressor(), 1, { maxLr: 1 } as object))).toMatch(/got "maxLr"/);
    expect(await failure(fineTune(regressor(), 1, { lrMax: 1 } as object))).toMatch(/got "lrMax"/);
  });
});

describe("suggestions", () => {
  it.each(curves)("SCH-11, SCH-12, SCH-13: are fastai's on a $name curve", ({ lrs, losses, suggests }) => {
    for (const func of [valley, slide, minimum, steep] as SuggestFunc[]) {
      const expected = suggests[func.suggests as string] as number;
      expect(func(lrs, losses, 100).lr / expected, func.suggests).toBeCloseTo(1, 6); // fastai works in float32
    }
  });
});
