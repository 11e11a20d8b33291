/** What is wrong with a target, a photo or a model is said with item, stage and remedy. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CategoryBlock,
  DataBlock,
  IndexSplitter,
  MultiCategoryBlock,
  RegressionBlock,
} from "../../../src/data/index.js";
import { BCEWithLogitsLossFlat, CrossEntropyLossFlat, MSELossFlat } from "../../../src/layers/index.js";
import { type Tensor, tensor } from "../../../src/torch/index.js";
import { BBoxBlock, BBoxLblBlock, ImageBlock, MaskBlock, PointBlock } from "../../../src/vision/blocks.js";
import { GrayImage } from "../../../src/vision/image.js";
import { visionLearner } from "../../../src/vision/learner.js";
import { Resize } from "../../../src/vision/resize.js";
import { unetLearner } from "../../../src/vision/unet-learner.js";
import { failure } from "../../failure.js";
import { maskOf, tiny, withScenes } from "./scenes.js";

type Blocks = NonNullable<ConstructorParameters<typeof DataBlock>[0]>;

/** Loaders of six scenes, whose third is in `file`. */
function loaders(files: readonly string[], options: Blocks) {
  return new DataBlock({ nInp: 1, splitter: IndexSplitter([0]), ...options }).dataLoaders([...files], { bs: 2 });
}

async function withFiles(body: (files: string[], folder: string) => Promise<void>): Promise<void> {
  await withScenes(6, async (scenes, folder) =>
    body(
      scenes.map(({ file }) => file),
      folder,
    ),
  );
}

const mask = (height: number, width: number) => tensor(new Uint8Array(height * width)).view([height, width]);
const masks = (getY: unknown, more: Blocks = {}): Blocks => ({
  blocks: [ImageBlock, MaskBlock({ codes: ["ground", "square", "void"] })],
  getY: getY as Blocks["getY"],
  ...more,
});
const boxed = (box: readonly number[]): Blocks => ({
  blocks: [ImageBlock, BBoxBlock, BBoxLblBlock()],
  getY: [() => [box], () => ["thing"]],
});

type Case = [what: string, options: Blocks, says: RegExp];
const data: Case[] = [
  ["a mask of another shape", masks(() => mask(20, 32)), /blue_1.png.*a mask that covers its photo of 32 x 32.*getY/],
  ["boxes outside", boxed([40, 2, 50, 9]), /blue_1.png.*lie in their image of 32 x 32, got box 0.*leave the box out/],
  ["exchanged corners", boxed([20, 2, 10, 9]), /blue_1.png.*corners x1 <= x2.*left, top, right, bottom/],
  ["boxes of three numbers", boxed([20, 2, 10]), /MakeBoxes failed on .*blue_1.png.*3 numbers.*getY/],
  ["boxes that are no numbers", boxed([0, Number.NaN, 9, 9]), /MakeBoxes failed on .*blue_1.png.*NaN/],
  ["half a point", { blocks: [ImageBlock, PointBlock], getY: () => [1, 2, 3] }, /blue_1.png.*pairs x, y.*got 3/],
];

describe("data that cannot be right", () => {
  it.each(data)("VCO-5 to VCO-8: %s", (_what, options, says) =>
    withFiles(async (files) => {
      const failed = loaders(files, options).then((dls) => dls.train.oneBatch());
      expect((await failure(failed)).message.replaceAll("\n", " ")).toMatch(says);
    }),
  );

  it("VCO-8: a mask of half the size is brought to its photo's", () =>
    withFiles(async (files) => {
      const dls = await loaders(
        files,
        masks(() => mask(16, 16), { itemTfms: new Resize(24) }),
      );
      const [x, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x.shape.slice(2), y.shape.slice(1)]).toEqual([
        [24, 24],
        [24, 24],
      ]);
    }));

  it("VCO-2: a photo that is none, in training and when predicting", () =>
    withFiles(async (files, folder) => {
      const none = join(folder, "none_9.png");
      await writeFile(none, "text");
      const labelled = { blocks: [ImageBlock, CategoryBlock], getY: (file: string) => file.includes("red") };
      const dls = await loaders([...files, none], labelled);
      const all = async () => {
        for await (const batch of dls.train) expect(batch.length).toBe(2);
      };
      expect((await failure(all())).message).toMatch(/preparing .*none_9.png failed: .*no known image format.*Convert/);
      const learn = visionLearner(dls, tiny, { pretrained: false });
      const missing = failure(learn.noBar(() => learn.predict(join(folder, "nowhere.png"))));
      expect((await missing).message).toMatch(/ENOENT.*nowhere.png.*Check the path/);
    }));
});

const named: Blocks = { blocks: [ImageBlock, CategoryBlock], getY: (file: string) => file.includes("red") };
const sets: Blocks = { blocks: [ImageBlock, MultiCategoryBlock()], getY: () => ["a"] };
const numbers: Blocks = { blocks: [ImageBlock, RegressionBlock], getY: () => 0.5 };
type Loss = typeof visionLearner extends (a: never, b: never, options: infer O) => unknown ? O : never;
const classes = new CrossEntropyLossFlat();
const mistakes: [what: string, options: Blocks, learner: Loss & object, says: RegExp][] = [
  ["classes with a loss for numbers", named, { lossFunc: MSELossFlat() }, /as many predictions.*another loss/],
  ["classes with a loss for sets", named, { lossFunc: new BCEWithLogitsLossFlat() }, /as many predictions/],
  ["numbers with a loss for classes", numbers, { lossFunc: classes }, /expected class numbers.*MSELossFlat/],
  ["sets with a loss for classes", sets, { lossFunc: classes }, /expected class numbers.*BCEWithLogits/],
  [
    "too few outputs",
    { ...numbers, getY: () => 0 },
    { nOut: 2, lossFunc: classes },
    /class numbers as targets, got float/,
  ],
  ["a class the model has no output for", named, { nOut: 1, lossFunc: classes }, /below 1.*got 1 too.*ignoreIndex/],
  ["two targets for one loss", boxed([1, 1, 9, 9]), { nOut: 4 }, /expected one target, got 2.*lossFunc of your own/],
  [
    "grey photos for a model of colours",
    { ...named, blocks: [ImageBlock({ cls: GrayImage }), CategoryBlock] },
    {},
    /3 channels, got \[2,1,32,32\].*nIn: 1/,
  ],
  ["photos for a model of grey", named, { nIn: 1 }, /1 channels, got \[2,3,32,32\].*GrayImage/],
];

describe("a learner that does not fit its data", () => {
  it.each(mistakes)("VLN-6, LOS-1: %s", (_what, options, more, says) =>
    withFiles(async (files) => {
      const learn = visionLearner(await loaders(files, options), tiny, { pretrained: false, ...more });
      const failed = failure(learn.noBar(() => learn.noLogging(() => learn.fit(1))));
      expect((await failed).message).toMatch(says);
    }),
  );

  it("VLN-7: masks smaller than their photos, and photos of other channels", () =>
    withFiles(async (files) => {
      const train = async (options: Blocks) => {
        const learn = unetLearner(await loaders(files, options), tiny, { pretrained: false });
        return (await failure(learn.noBar(() => learn.noLogging(() => learn.fit(1))))).message;
      };
      expect(await train(masks(() => mask(16, 16)))).toMatch(/got predictions.*targets \[2,16,16\].*one size.*Resize/);
      const grey = masks(maskOf, { blocks: [ImageBlock({ cls: GrayImage }), MaskBlock({ codes: ["a", "b", "c"] })] });
      expect(await train(grey)).toMatch(/DynamicUnet: expected photos of 3 channels/);
      expect(await train(masks(maskOf, { blocks: [ImageBlock, MaskBlock({ codes: ["a", "b"] })] }))).toMatch(
        /class numbers below 2.*got 2 too.*codes/,
      );
    }));
});
