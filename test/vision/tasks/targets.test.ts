/** Keypoints, numbers and sets of labels as targets: learned, shown, predicted. */
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadLearner } from "../../../src/callback/index.js";
import {
  Category,
  DataBlock,
  getC,
  MultiCategoryBlock,
  RandomSplitter,
  RegressionBlock,
  showResults,
  TensorCategory,
  TensorImage,
  TensorPoint,
  TitledFloat,
} from "../../../src/data/index.js";
import { accuracyMulti, Interpretation, mae } from "../../../src/learner/index.js";
import { manualSeed, nn, type Tensor, tensor, zeros } from "../../../src/torch/index.js";
import { ImageBlock, PointBlock } from "../../../src/vision/blocks.js";
import { visionLearner } from "../../../src/vision/learner.js";
import { type Scene, tiny, withScenes } from "./scenes.js";

type Blocks = ConstructorParameters<typeof DataBlock>[0];

async function loaders(scenes: readonly Scene[], target: NonNullable<Blocks>["blocks"], label: (s: Scene) => unknown) {
  const byFile = new Map(scenes.map((scene) => [scene.file, scene]));
  const block = new DataBlock({
    blocks: [ImageBlock, ...(target ?? [])],
    getY: (file: string) => label(byFile.get(file) as Scene),
    splitter: RandomSplitter({ seed: 3 }),
  });
  return block.dataLoaders([...byFile.keys()], { bs: 8, seed: 1 });
}

const head = { pretrained: false, linFtrs: [], ps: 0 };

/** Where something is survives in a head that does not pool. */
const cornersHead = () => new nn.Sequential(new nn.Flatten(), new nn.Linear(24 * 64, 4));

describe("keypoints", () => {
  it("VCO-5, PointBlock: two corners learned in -1..1, shown as dots, predicted in pixels after export", () =>
    withScenes(64, async (scenes) => {
      manualSeed(1);
      const corners = ({ box: [x1, y1, x2, y2] }: Scene) => [x1, y1, x2, y2];
      const dls = await loaders(scenes, [PointBlock], corners);
      expect(getC(dls)).toBe(4);
      const learn = visionLearner(dls, tiny, { pretrained: false, customHead: cornersHead(), init: null });
      const before = (await learn.noBar(() => learn.validate()))[0] ?? 0;
      await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(12, 5e-3)));
      const after = (await learn.noBar(() => learn.validate()))[0] ?? 1;
      expect(after).toBeLessThan(before / 2);
      expect((await dls.showBatch({ maxN: 2 })).toSVG().match(/<circle/g)?.length).toBe(4);
      const interp = await learn.noBar(() => Interpretation.fromLearner(learn));
      const worst = (await learn.noBar(() => interp.plotTopLosses(2))).toSVG();
      expect(worst).toMatch(/>Prediction, loss 0\.\d+</);
      const beside = join(dirname(scenes[0]?.file ?? ""), "corners.fai");
      const again = await loadLearner(await learn.export(beside));
      const [points] = await again.noBar(() => again.predict(scenes[0]?.file));
      expect(points).toBeInstanceOf(TensorPoint);
      expect((points as Tensor).view([-1])).toBeClose(scenes[0]?.box ?? [], { atol: 8 });
    }));
});

describe("numbers", () => {
  it("RegressionBlock: the width of a square, with target, prediction and loss in the pictures", () =>
    withScenes(64, async (scenes) => {
      manualSeed(1);
      const dls = await loaders(scenes, [RegressionBlock], ({ box }) => (box[2] - box[0]) / 10);
      const learn = visionLearner(dls, tiny, { ...head, yRange: [0, 2], metrics: mae });
      const before = (await learn.noBar(() => learn.validate()))[1] ?? 0;
      await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(12, 1e-2)));
      expect((await learn.noBar(() => learn.validate()))[1]).toBeLessThan(before);
      const interp = await learn.noBar(() => Interpretation.fromLearner(learn));
      const worst = (await learn.noBar(() => interp.plotTopLosses(1))).toSVG();
      expect(worst).toContain(">Target, prediction, loss<");
      expect(worst.match(/>[01]\.\d+</g)?.length).toBe(2);
      const [width] = await learn.noBar(() => learn.predict(scenes[0]?.file));
      expect(Math.abs(Number(width) - 0.8)).toBeLessThan(0.6);
    }));
});

describe("sets of labels", () => {
  it("MultiCategoryBlock, MET-2: learned, scored at a threshold, wrong ones in red", () =>
    withScenes(64, async (scenes) => {
      manualSeed(1);
      const labels = ({ kind, box }: Scene) => [kind, ...(box[2] - box[0] > 10 ? ["wide"] : [])];
      const dls = await loaders(scenes, [MultiCategoryBlock()], labels);
      expect([...((dls.vocab ?? []) as string[])]).toEqual(["blue", "red", "wide"]);
      const learn = visionLearner(dls, tiny, { ...head, metrics: accuracyMulti({ thresh: 0.5 }) });
      await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(6, 1e-2)));
      expect((await learn.noBar(() => learn.validate()))[1]).toBeGreaterThan(0.8);
      const interp = await learn.noBar(() => Interpretation.fromLearner(learn));
      expect((await learn.noBar(() => interp.plotTopLosses(2))).toSVG()).toMatch(/>(red|blue)(, wide)?</);
      const results = (await learn.noBar(() => learn.showResults({ maxN: 4 }))).toSVG();
      expect(results).toMatch(/#15803d/);
      const [names] = await learn.noBar(() => learn.predict(scenes[0]?.file));
      expect([...(names as string[])]).toContain("red");
    }));
});

describe("two targets", () => {
  it("are drawn as the first is: a label and a number each on a line, the predictions judged", async () => {
    const photo = TensorImage.from(zeros([3, 8, 8]));
    const sample = [photo, new Category("cat"), new TitledFloat(0.5)];
    const targets = [TensorCategory.from(tensor(0)), tensor(0.5)];
    const out = [[new Category("cat"), new TitledFloat(0.7)]];
    const svg = (await showResults(photo, targets, [sample], out, {})).toSVG();
    const lines = [...svg.matchAll(/fill="(#\w+)"[^>]*>([^<]+)</g)].map(([, color, text]) => `${text} ${color}`);
    expect(lines.slice(-4)).toEqual(["cat #1f2933", "0.5 #1f2933", "cat #c81e1e", "0.7 #c81e1e"]);
  });
});
