import { describe, expect, it, vi } from "vitest";
import { Learner } from "../../src/callback/index.js";
import { Datasets, Transform } from "../../src/data/index.js";
import { CrossEntropyLossFlat } from "../../src/layers/index.js";
import {
  ClassificationInterpretation,
  Interpretation,
  SegmentationInterpretation,
  type TrainingLoop,
} from "../../src/learner/index.js";
import { memory, nn, stack, type Tensor, tensor, zeros } from "../../src/torch/index.js";
import { TensorImage, TensorMask } from "../../src/vision/index.js";
import { failure, QuietLoop } from "./setting.js";

const actual = [0, 0, 1, 1, 1, 2, 2, 2, 2, 0];
const guessed = [0, 1, 1, 1, 0, 2, 2, 0, 1, 0];
const labels = (values: number[]): Tensor => tensor(values, { dtype: "int64" });

/** A learner that hands on its inputs, here scores that make it guess as listed. */
function guesser(): TrainingLoop {
  const batch = (from: number, to: number): [Tensor, Tensor] => [
    nn.functional.oneHot(labels(guessed.slice(from, to)), { numClasses: 3 }).float(),
    labels(actual.slice(from, to)),
  ];
  const valid = [batch(0, 6), batch(6, 10)];
  const learn = new QuietLoop({ train: [], valid }, new nn.Identity(), { lossFunc: new CrossEntropyLossFlat() });
  Object.assign(learn.dls, { vocab: ["cat", "dog", "bird"] });
  return learn;
}

describe("ClassificationInterpretation", () => {
  it("INT-3: reports precision, recall, F1 and support as scikit-learn", async () => {
    const interp = await ClassificationInterpretation.fromLearner(guesser());
    const report = await interp.classificationReport();
    const row = (one: (typeof report)["macro"]) => [one.precision, one.recall, one.f1, one.support];
    expect(report.classes.map(row)).toBeClose([
      [0.5, 2 / 3, 0.57142857, 3],
      [0.5, 2 / 3, 0.57142857, 3],
      [1, 0.5, 2 / 3, 4],
    ]);
    expect(report.accuracy).toBeClose(0.6);
    expect(row(report.macro)).toBeClose([2 / 3, 0.61111111, 0.6031746, 10]);
    expect(row(report.weighted)).toBeClose([0.7, 0.6, 0.60952381, 10]);
    expect(report.classes.map(({ iou }) => iou)).toBeClose([0.4, 0.4, 0.5]);
  });

  it("INT-3: prints the report, and draws it", async () => {
    const print = vi.spyOn(console, "log").mockImplementation(() => {});
    const interp = await ClassificationInterpretation.fromLearner(guesser());
    const text = await interp.printClassificationReport();
    expect(print).toHaveBeenCalledWith(text);
    print.mockRestore();
    expect(text.split("\n")[0]).toMatch(/precision +recall +f1 +support/);
    expect(text).toMatch(/bird +1\.00 +0\.50 +0\.67 +4\n/);
    expect(text).toMatch(/accuracy +0\.60 +10\n/);
    const svg = (await interp.plotClassificationReport()).toSVG();
    expect(svg).toContain("bird");
    expect(svg).toContain("accuracy 0.60");
  });

  it("INT-3: counts without holding predictions, so that memory stays flat", async () => {
    const live: number[] = [];
    const batches = {
      *[Symbol.iterator](): Generator<[Tensor, Tensor]> {
        for (let i = 0; i < 60; i++) {
          live.push(memory().tensors);
          yield [zeros([50, 3]), labels(new Array(50).fill(i % 3))];
        }
      },
      length: 60,
    };
    const learn = new QuietLoop({ train: [], valid: batches }, new nn.Linear(3, 3), {
      lossFunc: new CrossEntropyLossFlat(),
    });
    const interp = await ClassificationInterpretation.fromLearner(learn);
    const afterLosses = live.length;
    const matrix = await interp.confusionMatrix();
    expect(matrix.flat().reduce((sum, n) => sum + n, 0)).toBe(3000);
    const counting = live.slice(afterLosses);
    expect(Math.max(...counting) - Math.min(...counting.slice(2))).toBeLessThanOrEqual(200); // the batches, until the collector runs
  });
});

class ToPhoto extends Transform {
  override encodes = (seed: number) =>
    TensorImage.from(
      stack([1, 2, 3].map((c) => wavy(seed, c)))
        .mul(0.5)
        .add(0.5),
    );
}
class ToMask extends Transform {
  override encodes = (seed: number) => TensorMask.from(wavy(seed, 1).gt(0).long().add(wavy(seed, 2).gt(0.3).long()));
}

function wavy(seed: number, c: number): Tensor {
  const at = (i: number) => Math.sin(seed + c * 0.7 + (i % 16) * 0.4) * Math.cos(Math.floor(i / 16) * 0.3 * c + seed);
  return tensor(Array.from({ length: 256 }, (_, i) => at(i))).view([16, 16]);
}

async function segmenter(): Promise<Learner> {
  const seeds = Array.from({ length: 12 }, (_, i) => i);
  const splits = [seeds.slice(0, 6), seeds.slice(6)];
  const dsets = await Datasets.create(seeds, [[new ToPhoto()], [new ToMask()]], { splits });
  const dls = await dsets.dataLoaders({ bs: 3 });
  Object.defineProperty(dls, "vocab", { value: ["sky", "tree", "car"] });
  return new Learner(dls, new nn.Conv2d(3, 3, 1), { lossFunc: new CrossEntropyLossFlat({ axis: 1 }) });
}

describe("SegmentationInterpretation", () => {
  it("INT-4: scores each class by its pixels and shows input, target and prediction", async () => {
    const learn = await segmenter();
    await learn.noBar(() => learn.noLogging(() => learn.fit(10, 0.05)));
    const interp = await SegmentationInterpretation.fromLearner(learn);
    const matrix = await interp.confusionMatrix();
    expect(matrix.flat().reduce((sum, n) => sum + n, 0)).toBe(6 * 256);
    const { classes } = await interp.classificationReport();
    expect(classes.map(({ name }) => name)).toEqual(["sky", "tree", "car"]);
    for (const { iou, f1 } of classes) expect(iou).toBeClose(f1 / (2 - f1));
    const svg = (await interp.plotTopLosses(2)).toSVG();
    for (const title of ["Input", "Target", "Prediction"]) expect(svg.split(title)).toHaveLength(3);
    expect((await interp.plotClassificationReport("Pixels")).toSVG()).toContain("iou");
  });
});

it("INT-1: fromLearner refuses options that it does not know", async () => {
  expect(await failure(Interpretation.fromLearner(guesser(), JSON.parse('{"dsIndex": 0}')))).toMatch(/dsIdx/);
});
