/** The middle and low levels: loops, callbacks, optimizers, metrics, transforms and schedules as users write them. */
import { join } from "node:path";
import { arange, manualSeed, nn, randn, slice, stack, type Tensor, tensor } from "fastai-ts/torch";
import {
  Adam,
  accuracy,
  adamStep,
  augTransforms,
  averageGrad,
  averageMetric,
  averageSqrGrad,
  Callback,
  CancelFit,
  Categorize,
  combineScheds,
  DataLoader,
  DataLoaders,
  Datasets,
  dispatch,
  F1Score,
  getImageFiles,
  type HyperValue,
  IntToFloatTensor,
  imagenetStats,
  type LayerGroups,
  Learner,
  Metric,
  Normalize,
  Optimizer,
  ParamScheduler,
  parentLabel,
  RandTransform,
  Resize,
  RgbImage,
  type Stepper,
  schedCos,
  stepStat,
  TensorImage,
  TensorPoint,
  TfmdLists,
  ToTensor,
  weightDecay,
} from "fastai-ts/vision";
import { describe, expect, it } from "vitest";
import { withPhotos } from "../vision/data/photos.js";

class Net extends nn.Module<[Tensor], Tensor> {
  layers = [new nn.Linear(2, 16), new nn.Linear(16, 2)] as const;
  forward(x: Tensor): Tensor {
    return this.layers[1](this.layers[0](x).relu()).logSoftmax(1);
  }
}

/** Batches whose label says whether the first number is positive. */
function batches(n: number): [Tensor, Tensor][] {
  return Array.from({ length: n }, () => {
    const x = randn([16, 2]);
    return [x, x.at(slice(), 0).gt(0).long()];
  });
}

function learner(options: { cbs?: Callback[]; metrics?: (Metric | typeof accuracy)[] } = {}) {
  manualSeed(1);
  const learn = new Learner(new DataLoaders(batches(8), batches(2)), new Net(), {
    lossFunc: nn.functional.nllLoss,
    optFunc: Adam,
    metrics: accuracy,
    ...options,
  });
  learn.logger = () => {};
  return learn;
}

describe("your own pieces in the loop", () => {
  it("F-20: a plain module, plain iterables, any loss", async () => {
    const [epochs, lr] = [4, 1e-2];
    const learn = learner();
    await learn.noBar(() => learn.fitOneCycle(epochs, lr));
    expect(learn.recorder.values).toHaveLength(4);
    expect(learn.recorder.values.at(-1)?.at(-1)).toBeGreaterThan(0.9);
    expect(Math.max(...learn.recorder.lrs)).toBeCloseTo(lr, 4);
  });
});

class StopAtNaN extends Callback {
  override afterLoss(learn: Learner) {
    if (Number.isNaN(learn.loss.item())) throw new CancelFit("the loss is NaN");
  }
}

describe("callbacks", () => {
  it("F-21: an object with the events it needs changes the batch", async () => {
    const seen: number[] = [];
    const mixHalf: Callback = {
      name: "mixHalf",
      order: 5,
      beforeBatch(learn) {
        if (learn.training) learn.xb = learn.xb.map((x) => x.mul(0.5));
      },
    };
    const look: Callback = {
      name: "look",
      order: 6,
      beforeBatch(learn) {
        seen.push((learn.xb[0] as Tensor).std().item());
      },
    };
    const learn = learner();
    await learn.noBar(() => learn.fit(1, { lr: 1e-3, cbs: [mixHalf, look, new StopAtNaN()] }));
    expect(seen).toHaveLength(10);
    expect(Math.max(...seen.slice(0, 8))).toBeLessThan(0.7);
    expect(Math.min(...seen.slice(8))).toBeGreaterThan(0.7);
  });

  it("F-21: a class cancels the fit", async () => {
    const poison: Callback = {
      name: "poison",
      afterPred(learn) {
        if (learn.iter === 3) learn.pred = learn.pred.mul(Number.NaN);
      },
    };
    const learn = learner();
    await learn.noBar(() => learn.fit(1, { lr: 1e-3, cbs: [poison, new StopAtNaN()] }));
    expect(learn.iter).toBe(3);
  });
});

/** LAMB: Adam's direction, its length that of the weights. */
const lambLike: Stepper = {
  name: "lambLike",
  needs: ["gradAvg", "sqrAvg"],
  step({ params, state, hyper }) {
    const direction = state.gradAvg.div(state.sqrAvg.sqrt().add_(hyper.eps));
    params.add_(direction, { alpha: -hyper.lr });
  },
};

describe("optimizers from steppers", () => {
  const adamw = (params: LayerGroups, hypers: Record<string, HyperValue>) =>
    new Optimizer(
      params,
      [weightDecay, averageGrad({ dampening: true }), averageSqrGrad(), stepStat, adamStep],
      hypers,
    );

  it("F-22: AdamW from five steppers takes Adam's step", () => {
    const [a, b] = [0, 0].map(() => new nn.Parameter(tensor([1, -2, 3]))) as [nn.Parameter, nn.Parameter];
    const hypers = { lr: 1e-2, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.01 };
    for (const [p, opt] of [
      [a, adamw([a], hypers)],
      [b, Adam([b], hypers)],
    ] as const) {
      p.mul(tensor([1, 2, 3]))
        .sum()
        .backward();
      opt.step();
    }
    expect(a).toBeClose(b);
    expect(a.at(0).item()).toBeCloseTo(1 * (1 - 1e-4) - 1e-2, 4);
  });

  it("F-22: a stepper of one's own", () => {
    const p = new nn.Parameter(tensor([1, -2]));
    const opt = new Optimizer([p], [averageGrad({ dampening: true }), averageSqrGrad(), lambLike], { lr: 0.1, eps: 0 });
    p.mul(tensor([4, -9]))
      .sum()
      .backward();
    opt.step();
    expect(p).toBeClose([1 - 0.1 * 10 * 0.1, -2 + 0.1 * 10 * 0.1]); // (1 - 0.9) g / sqrt((1 - 0.99) g^2) = 1
  });

  it("F-22: hyper-parameters by group, freezing, state", () => {
    const learn = learner();
    const model = learn.model;
    const groups = (): nn.Parameter[][] => (model as unknown as Net).layers.map((layer) => layer.parameters());
    learn.splitter = groups;
    const opt = Adam(learn.splitter(model), { lr: 1e-3, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.01 });
    opt.setHyper("lr", slice(1e-5, 1e-3));
    expect(opt.hypers.map(({ lr }) => lr)).toEqual([1e-5, 1e-3]);
    opt.freezeTo(-1);
    expect(model.parameters().map((p) => p.requiresGrad)).toEqual([false, false, true, true]);
    expect(opt.stateDict().hypers[1]).toMatchObject({ lr: 1e-3, sqr_mom: 0.99 });
  });
});

class Dice extends Metric {
  #both = 0;
  #sum = 0;
  override reset() {
    this.#both = 0;
    this.#sum = 0;
  }
  override accumulate(learn: Learner) {
    const [pred, targ] = [learn.pred.argmax(1), learn.y as Tensor];
    this.#both += pred.mul(targ).sum().item();
    this.#sum += pred.add(targ).sum().item();
  }
  override get value() {
    return this.#sum > 0 ? (2 * this.#both) / this.#sum : null;
  }
}

describe("metrics", () => {
  it("F-23: of a function, from the library, of one's own class", async () => {
    const top = averageMetric((pred, targ) => pred.argmax(1).sub(targ).float().pow(2).mean(), { name: "mse" });
    const f1 = F1Score({ average: "macro" });
    const learn = learner({ metrics: [top, f1, new Dice()] });
    await learn.noBar(() => learn.fitOneCycle(3, 1e-2));
    expect(learn.recorder.metricNames).toEqual([
      "epoch",
      "train_loss",
      "valid_loss",
      "mse",
      "f1_score",
      "dice",
      "time",
    ]);
    const [, , mse, macro, dice] = learn.recorder.values.at(-1) as [number, number, number, number, number];
    expect(mse).toBeLessThan(0.2);
    expect(macro).toBeGreaterThan(0.8);
    expect(Math.abs(dice - macro)).toBeLessThan(0.2);
  });
});

class Flip extends RandTransform {
  override encodes = dispatch([TensorImage, (x) => x.flip(-1)], [TensorPoint, (p) => p.mul(tensor([-1, 1]))]);
}

describe("transforms, pipelines, lists", () => {
  const names = [0, 1, 2, 3, 4, 5].flatMap((i) => [`red/${i}.jpg`, `blue/${i}.jpg`]);

  it("F-24: a transform by the kinds of its items", async () => {
    const flip = new Flip({ p: 1 });
    const image = await flip.encode(TensorImage.from(arange(2).view([1, 1, 2])), { splitIdx: 0 });
    const point = await flip.encode(TensorPoint.from(tensor([[0.5, 1]])), { splitIdx: 0 });
    expect(image).toBeInstanceOf(TensorImage);
    expect([(image as Tensor).toArray(), (point as Tensor).toArray()]).toEqual([[[[1, 0]]], [[-0.5, 1]]]);
  });

  it("F-24: lists, datasets and their loaders", () =>
    withPhotos(names, async (path) => {
      const files = await getImageFiles(path);
      const splits = [
        [0, 1, 2, 3, 6, 7, 8, 9],
        [4, 5, 10, 11],
      ];
      const tls = await TfmdLists.create(files, [RgbImage.open, new Resize(128), new ToTensor()], { splits });
      expect(((await tls.get(0)) as Tensor).shape).toEqual([3, 128, 128]);
      const dsets = await Datasets.create(files, [[RgbImage.open], [parentLabel, new Categorize()]], { splits });
      const [, label] = await dsets.decode(await dsets.get(0));
      expect(String(label)).toBe(parentLabel(files[0] as string));
      const figure = await dsets.show(0);
      expect(figure.toSVG()).toContain("<image");
      const dls = dsets.dataLoaders({
        bs: 4,
        afterItem: [new Resize(24), new ToTensor()],
        afterBatch: [new IntToFloatTensor(), ...augTransforms(), Normalize.fromStats(imagenetStats)],
      });
      const [x, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x.shape, x.dtype, y.shape]).toEqual([[4, 3, 24, 24], "float32", [4]]);
      expect(join(path, "red")).toContain("red");
    }));

  it("F-24: each stage of a loader can be replaced by an option", async () => {
    let passes = 0;
    const ds = [1, 2, 3, 4, 5];
    const dl = new DataLoader(ds, {
      bs: 2,
      shuffle: true,
      createBatch: (items) => stack(items.map((item) => tensor([item as number, -(item as number)]))),
      beforeIter() {
        passes++;
      },
    });
    const rows: number[][] = [];
    for await (const batch of dl) rows.push(...((batch as Tensor).toArray() as number[][]));
    expect(passes).toBe(1);
    expect(rows.sort(([a], [b]) => (a as number) - (b as number))).toEqual(ds.map((n) => [n, -n]));
  });
});

describe("schedules", () => {
  it("F-25: combined schedules drive a hyper-parameter", async () => {
    const sched = combineScheds([0.3, 0.7], [schedCos(0.3, 0.6), schedCos(0.6, 0.2)]);
    expect([sched(0), sched(0.3), sched(1)].map((v) => Number(v))).toEqual(
      [0.3, 0.6, 0.2].map((v) => expect.closeTo(v)),
    );
    const learn = learner();
    await learn.noBar(() => learn.fit(2, { cbs: new ParamScheduler({ lr: sched }) }));
    const { lrs } = learn.recorder;
    expect(lrs).toHaveLength(16);
    lrs.forEach((lr, i) => {
      expect(lr).toBeCloseTo(Number(sched(i / 16)), 6);
    });
  });

  it("F-25: flat then cosine, and restarts", async () => {
    const learn = learner();
    await learn.noBar(() => learn.fitFlatCos(4, { lr: 1e-3 }));
    expect(learn.recorder.lrs.slice(0, 24)).toEqual(Array.from({ length: 24 }, () => expect.closeTo(1e-3)));
    expect(learn.recorder.lrs.at(-1)).toBeLessThan(1e-4);
    await learn.noBar(() => learn.fitSgdr(3, 1, { lrMax: 1e-3 }));
    expect(learn.recorder.values).toHaveLength(1 + 2 + 4);
  });
});
