import { describe, expect, it } from "vitest";
import { loadLearner } from "../../../src/callback/index.js";
import { getC, TensorImage, TensorMask } from "../../../src/data/index.js";
import { CrossEntropyLossFlat } from "../../../src/layers/index.js";
import { foregroundAcc, Interpretation } from "../../../src/learner/index.js";
import { manualSeed, type Tensor, tensor } from "../../../src/torch/index.js";
import { classColor, maskLegend } from "../../../src/vision/draw-on-image.js";
import { MaskImage } from "../../../src/vision/image.js";
import { SegmentationDataLoaders } from "../../../src/vision/segmentation-data-loaders.js";
import { unetLearner } from "../../../src/vision/unet-learner.js";
import { failure } from "../../failure.js";
import { maskOf, tiny, withScenes } from "./scenes.js";

const codes = ["ground", "square", "void"];

describe("segmentation of drawn scenes", () => {
  it("VCO-4, VCO-8, VCO-10, VLN-7, MET-4: learns squares, scores without void, exports, predicts, is shown with a legend", () =>
    withScenes(20, async (scenes, folder) => {
      manualSeed(2);
      const files = scenes.map(({ file }) => file);
      const dls = await SegmentationDataLoaders.fromLabelFunc(folder, files, maskOf, { codes, bs: 8, seed: 1 });
      expect(getC(dls)).toBe(3);
      const [x, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x instanceof TensorImage, x.shape, y instanceof TensorMask, y.dtype, y.shape]).toEqual([
        ...[true, [8, 3, 32, 32], true],
        ...["int64", [8, 32, 32]],
      ]);
      const learn = unetLearner(dls, tiny, {
        pretrained: false,
        lossFunc: new CrossEntropyLossFlat({ axis: 1, ignoreIndex: 2 }),
        metrics: foregroundAcc({ bkgIdx: 2 }),
      });
      await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(8, 1e-2)));
      const [, accuracy = 0] = await learn.noBar(() => learn.validate());
      expect(accuracy).toBeGreaterThan(0.9);

      const batch = (await dls.showBatch({ maxN: 2 })).toSVG();
      for (const name of codes) expect(batch).toContain(`>${name}<`);
      const results = (await learn.noBar(() => learn.showResults({ maxN: 2 }))).toSVG();
      expect(results).toContain(">Target<");
      expect(results).toContain(">square<");
      const interp = await learn.noBar(() => Interpretation.fromLearner(learn));
      expect((await learn.noBar(() => interp.plotTopLosses(1))).toSVG()).toMatch(/>Prediction, loss \d/);

      const mask = async (name: string) => {
        const again = await loadLearner(name);
        const [decoded] = await again.noBar(() => again.predict(scenes[0]?.file));
        return decoded as TensorMask;
      };
      const found = await mask(await learn.export("unet.fai"));
      expect(found).toBeInstanceOf(TensorMask);
      expect(found.meta.codes).toEqual(codes);
      const truth = (await MaskImage.open(maskOf(scenes[0]?.file ?? ""))).toTensor();
      const share = found.eq(truth).float().mean().item();
      expect(share).toBeGreaterThan(0.9);
    }));

  it("VCO-8: names the files when a mask has another size", () =>
    withScenes(6, async (scenes, folder) => {
      const odd = tensor(new Uint8Array(20 * 20)).view([20, 20]);
      const label = (file: string) => (file.includes("_0") ? odd : maskOf(file));
      const files = scenes.map(({ file }) => file);
      const dls = await SegmentationDataLoaders.fromLabelFunc(folder, files, label, { codes, bs: 6, validPct: 0.01 });
      expect((await failure(dls.train.new(undefined, { dropLast: false }).oneBatch())).message).toMatch(
        /TensorMask.*\[20,20\]/,
      );
    }));
});

describe("the colours of masks", () => {
  it("TOR-5: 200 classes have 200 colours", () => {
    expect(new Set(Array.from({ length: 200 }, (_, k) => classColor(k))).size).toBe(200);
  });

  it("TOR-5: the legend names classes that are there, the largest first, and numbers those without a name", () => {
    const mask = { data: Uint8Array.from([1, 1, 1, 0, 7, 7]), width: 3, height: 2, channels: 1 };
    expect(maskLegend([mask], ["ground", "square"]).map(({ name }) => name)).toEqual(["square", "7", "ground"]);
  });
});
