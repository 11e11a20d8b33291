/** The application as users write it: photos from folders to an exported model. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { manualSeed, slice, type Tensor } from "fastai-ts/torch";
import {
  augTransforms,
  CategoryBlock,
  ClassificationInterpretation,
  ColReader,
  ColSplitter,
  DataBlock,
  errorRate,
  GrandparentSplitter,
  GrayImage,
  getImageFiles,
  ImageBlock,
  ImageDataLoaders,
  imagenetStats,
  loadLearner,
  MultiCategoryBlock,
  minimum,
  Normalize,
  parentLabel,
  RandomResizedCrop,
  Resize,
  resnet18,
  resnet34,
  slide,
  steep,
  valley,
  visionLearner,
} from "fastai-ts/vision";
import { describe, expect, it } from "vitest";
import { jpegNames, withJpegs } from "./photos.js";

const quick = { timeout: 120_000 };

describe("classify photos", () => {
  it("F-10: five lines", quick, () =>
    withJpegs(jpegNames(10, ["cat", "dog"], "images/"), async (path) => {
      manualSeed(3);
      const dls = await ImageDataLoaders.fromNameRe(path, await getImageFiles(path + "/images"), /^(.*)_\d+.jpg$/, {
        itemTfms: new RandomResizedCrop(40, { minScale: 0.75 }),
        batchTfms: [...augTransforms({ size: 32, maxWarp: 0 }), Normalize.fromStats(imagenetStats)],
        bs: 4,
        seed: 1,
      });
      expect([...(dls.vocab ?? [])]).toEqual(["cat", "dog"]);
      const learn = visionLearner(dls, resnet34, { metrics: errorRate, pretrained: false });
      learn.logger = () => {};
      await learn.noBar(() => learn.fineTune(1));
      expect(learn.recorder.metricNames).toEqual(["epoch", "train_loss", "valid_loss", "error_rate", "time"]);
      const [, valid, wrong] = learn.recorder.values.at(-1) as [number, number, number];
      expect(valid).toBeGreaterThan(0);
      expect([0, 0.25, 0.5, 0.75, 1]).toContain(wrong);
    }),
  );

  it("F-11: look, tune, explain, ship", quick, () =>
    withJpegs(jpegNames(12, ["cat", "dog"]), async (path) => {
      manualSeed(1);
      const files = await getImageFiles(path);
      const dls = await ImageDataLoaders.fromNameRe(path, files, /^(.*)_\d+.jpg$/, {
        itemTfms: new Resize(32),
        batchTfms: Normalize.fromStats(imagenetStats),
        bs: 6,
        valBs: 4,
        seed: 1,
        validPct: 0.34,
      });
      const learn = visionLearner(dls, resnet18, { metrics: errorRate, pretrained: false, path });
      learn.logger = () => {};
      await (await dls.showBatch()).save(join(path, "batch.png"));
      await (await dls.showBatch()).save(join(path, "batch.svg"));
      expect(await readFile(join(path, "batch.svg"), "utf8")).toMatch(/cat|dog/);
      expect((await readFile(join(path, "batch.png"))).subarray(1, 4).toString()).toBe("PNG");
      expect((await learn.showResults({ maxN: 9 })).toSVG()).toMatch(/cat|dog/);
      expect(await learn.summary()).toContain("Conv2d");
      await learn.noBar(async () => {
        const found = await learn.lrFind({ suggestFuncs: [valley, minimum, steep, slide], numIt: 12 });
        expect(Object.keys(found).sort()).toEqual(["figure", "minimum", "slide", "steep", "valley"]);
        expect(found.valley).toBeGreaterThan(1e-8);
        await learn.fitOneCycle(3, { lrMax: slice(1e-4, 1e-2) });
        learn.freeze();
        expect(learn.model.parameters()[0]?.requiresGrad).toBe(false);
        learn.unfreeze();
        expect(learn.model.parameters()[0]?.requiresGrad).toBe(true);
        learn.freezeTo(-2);
        learn.unfreeze();
        const { preds, targs } = await learn.getPreds();
        expect([preds.shape, targs.shape]).toEqual([[8, 2], [8]]);
        const [label, idx, probs] = await learn.predict(files[0] as string);
        expect(String(label)).toBe(dls.vocab?.[(idx as Tensor).item()]);
        expect(probs.sum().item()).toBeCloseTo(1, 5);
        const averaged = await learn.tta({ n: 2 });
        expect(averaged.preds.shape).toEqual([8, 2]);
        const interp = await ClassificationInterpretation.fromLearner(learn);
        expect((await interp.plotTopLosses(4)).toSVG()).toContain("<image");
        expect((await interp.plotConfusionMatrix()).toSVG()).toContain("Confusion matrix");
        const table = await interp.confusionMatrix();
        expect(table.flat().reduce((a, b) => a + b)).toBe(8);
        for (const [actual, guess, count] of await interp.mostConfused({ minVal: 1 })) {
          expect([actual === guess, count > 0]).toEqual([false, true]);
        }
        await learn.export("model.fai");
        const learn2 = await loadLearner(join(path, "model.fai"));
        learn2.logger = () => {};
        const again = await learn2.noBar(async () =>
          learn2.getPreds({ dl: await learn2.dls.testDl(files.slice(0, 5)) }),
        );
        expect(again.preds.shape).toEqual([5, 2]);
        expect(again.preds.at(0)).toBeClose(probs, { rtol: 1e-4, atol: 1e-5 });
        await learn.save("stage-1");
        await learn.load("stage-1");
        expect(existsSync(join(path, "models/stage-1.safetensors"))).toBe(true);
      });
      expect(learn.recorder.plotLoss().toSVG()).toContain("<svg");
      expect(learn.recorder.values).toHaveLength(3);
    }),
  );
});

describe("other factories", () => {
  const folders = ["train/", "val/"].flatMap((split) =>
    (["cat", "dog"] as const).flatMap((animal) => jpegNames(3, [animal], `${split}${animal}/`)),
  );

  it("F-12: fromFolder", () =>
    withJpegs(folders, async (path) => {
      const dls = await ImageDataLoaders.fromFolder(path, {
        train: "train",
        valid: "val",
        itemTfms: new Resize(128),
        bs: 2,
      });
      expect([dls.train.n, dls.valid.n, ...(dls.vocab ?? [])]).toEqual([6, 6, "cat", "dog"]);
      const [x, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x.shape, y.dtype]).toEqual([[2, 3, 128, 128], "int64"]);
    }));

  it("F-12: fromCsv with several labels a photo", () =>
    withJpegs(jpegNames(5, ["cat", "dog"], "train/"), async (path) => {
      const rows = jpegNames(5, ["cat", "dog"]).map((name, i) => `${name},${name.slice(0, 3)}${i % 2 ? " young" : ""}`);
      await writeFile(join(path, "labels.csv"), ["fname,labels", ...rows].join("\n"));
      const dls = await ImageDataLoaders.fromCsv(path, {
        csvFname: "labels.csv",
        folder: "train",
        labelDelim: " ",
        validPct: 0.2,
        seed: 42,
        itemTfms: new Resize(128),
        bs: 4,
      });
      expect([...(dls.vocab ?? [])]).toEqual(["cat", "dog", "young"]);
      expect([dls.train.n, dls.valid.n]).toEqual([8, 2]);
      const [, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([y.shape, y.dtype]).toEqual([[4, 3], "float32"]);
      for (const row of y.toArray() as number[][]) expect((row[0] as number) + (row[1] as number)).toBe(1);
    }));
});

describe("the data block", () => {
  const digits = ["train", "valid"].flatMap((split) =>
    (["cat", "dog"] as const).flatMap((animal) => jpegNames(4, [animal], `${split}/${animal}/`)),
  );

  it("F-13: grey pictures by their grandparents", () =>
    withJpegs(digits, async (path) => {
      const mnist = new DataBlock({
        blocks: [ImageBlock({ cls: GrayImage }), CategoryBlock],
        getItems: getImageFiles,
        splitter: GrandparentSplitter(),
        getY: parentLabel,
        itemTfms: new Resize(28),
      });
      const dls = await mnist.dataLoaders(path, { batchTfms: Normalize, bs: 4 });
      const [x] = (await dls.oneBatch()) as [Tensor];
      expect([x.shape, dls.train.n, dls.valid.n]).toEqual([[4, 1, 28, 28], 8, 8]);
      expect(Math.abs(x.mean().item())).toBeLessThan(1);
      const lines: string[] = [];
      await mnist.summary(path, { print: (line) => lines.push(line) });
      expect(lines.join("\n")).toContain("applying Resize gives\n      [GrayImage 28x28");
    }));

  it("F-13: several categories, read from the columns of a table", () =>
    withJpegs(jpegNames(4, ["cat", "dog"], "train/"), async (path) => {
      const table = jpegNames(4, ["cat", "dog"]).map((fname, i) => ({
        fname,
        labels: i % 2 ? `${fname.slice(0, 3)} odd` : fname.slice(0, 3),
        is_valid: i % 4 === 3,
      }));
      const multi = new DataBlock({
        blocks: [ImageBlock, MultiCategoryBlock()],
        getX: ColReader("fname", { pref: path + "/train/" }),
        getY: ColReader("labels", { labelDelim: " " }),
        splitter: ColSplitter("is_valid"),
        itemTfms: new Resize(16),
      });
      const dls = await multi.dataLoaders(table, { bs: 2 });
      const [x, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x.shape, y.shape, dls.valid.n]).toEqual([[2, 3, 16, 16], [2, 3], 2]);
    }));
});
