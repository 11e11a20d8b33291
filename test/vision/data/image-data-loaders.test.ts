import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  DataBlock,
  type DataLoaders,
  disposeTensors,
  getImageFiles,
  IndexSplitter,
  RegressionBlock,
  TensorMask,
} from "../../../src/data/index.js";
import type { Tensor } from "../../../src/torch/index.js";
import { ImageBlock, MaskBlock, PointBlock } from "../../../src/vision/blocks.js";
import { GrayImage } from "../../../src/vision/image.js";
import { ImageDataLoaders } from "../../../src/vision/image-data-loaders.js";
import { Resize } from "../../../src/vision/resize.js";
import { verifyImages } from "../../../src/vision/verify-images.js";
import { withPhotos } from "./photos.js";

const names = (kind: string, n: number) => Array.from({ length: n }, (_, i) => `${kind}_${i}.png`);
const flat = [...names("red", 5), ...names("blue", 5)];
const nested = [
  ...["train", "val"].flatMap((split) => flat.map((name) => join(split, name.split("_")[0] ?? "", name))),
];

/** Checks that red pictures have the label "red" in every batch, and counts the items. */
async function redIsRed(dls: DataLoaders): Promise<number> {
  const red = dls.vocab?.indexOf("red" as never);
  let n = 0;
  for (const dl of dls.loaders) {
    for await (const batch of dl) {
      const [x, y] = batch as [Tensor, Tensor];
      const isRed = (
        x
          .select(1, 0)
          .mean({ dim: [1, 2] })
          .toArray() as number[]
      ).map((mean) => mean > 0.5);
      expect((y.toArray() as unknown[]).map((label) => Number(label) === red)).toEqual(isRed);
      n += isRed.length;
      disposeTensors(batch);
    }
  }
  return n;
}

const options = { bs: 2, itemTfms: new Resize(8), device: "cpu" } as const;

describe("ImageDataLoaders", () => {
  it("VCO-9: fromFolder by folders", () =>
    withPhotos(nested, async (path) => {
      const dls = await ImageDataLoaders.fromFolder(path, { ...options, valid: "val" });
      expect([...(dls.vocab as string[])]).toEqual(["blue", "red"]);
      expect([dls.train.n, dls.valid.n, dls.path]).toEqual([10, 10, path]);
      expect(await redIsRed(dls)).toBe(20);
    }));

  it("VCO-9: fromFolder at random", () =>
    withPhotos(nested, async (path) => {
      const dls = await ImageDataLoaders.fromFolder(path, { ...options, validPct: 0.4, seed: 1 });
      expect([dls.train.n, dls.valid.n]).toEqual([12, 8]);
      expect(await redIsRed(dls)).toBe(20);
    }));

  it("VCO-9: fromNameRe, fromNameFunc, fromPathRe, fromPathFunc", () =>
    withPhotos(flat, async (path) => {
      const files = await getImageFiles(path);
      const made = [
        await ImageDataLoaders.fromNameRe(path, files, /^(.*)_\d+.png$/, options),
        await ImageDataLoaders.fromNameFunc(path, files, (name) => name.split("_")[0], options),
        await ImageDataLoaders.fromPathRe(path, files, /([^/]*)_\d+.png$/, options),
        await ImageDataLoaders.fromPathFunc(path, files, (file) => (file.includes("red_") ? "red" : "blue"), options),
      ];
      for (const dls of made) {
        expect([dls.train.n, dls.valid.n]).toEqual([8, 2]);
        expect(await redIsRed(dls)).toBe(10);
      }
    }));

  it("VCO-9: fromCsv with one label", () =>
    withPhotos(flat, async (path) => {
      const rows = flat.map(
        (name, i) => `${name.replace(".png", "")},"${name.split("_")[0]}",${i < 4 ? "True" : "False"}`,
      );
      await writeFile(join(path, "labels.csv"), `name,label,is_valid\r\n${rows.join("\r\n")}\r\n`);
      const dls = await ImageDataLoaders.fromCsv(path, { ...options, suff: ".png", validCol: "is_valid" });
      expect([dls.train.n, dls.valid.n]).toEqual([6, 4]);
      expect(await redIsRed(dls)).toBe(10);
    }));

  it("VCO-9: fromCsv finds out the delimiter and what kind labels are, and names a file without one", () =>
    withPhotos(flat, async (path) => {
      const load = async (labels: (i: number) => string, more: object = {}) => {
        await writeFile(
          join(path, "labels.csv"),
          `name;label\n${flat.map((name, i) => `${name};${labels(i)}`).join("\n")}`,
        );
        return ImageDataLoaders.fromCsv(path, { ...options, ...more });
      };
      expect((await load((i) => String(i % 3))).vocab).toEqual([0, 1, 2]);
      const values = await load((i) => String(i / 4), { yBlock: RegressionBlock });
      const batch = (await values.oneBatch()) as Tensor[];
      expect(batch[1]?.dtype).toBe("float32");
      disposeTensors(batch);
      // In the validation set it is found at once, in training when its batch is made.
      await expect(async () => {
        const holed = await load((i) => (i === 3 ? "" : `class ${i % 2}`), { bs: 8 });
        for await (const one of holed.train) disposeTensors(one as Tensor[]);
        for await (const one of holed.valid) disposeTensors(one as Tensor[]);
      }).rejects.toThrow(new RegExp(`name: ${flat[3]}.*expected a label, got null`));
    }));

  it("VCO-9: fromDf with several labels", () =>
    withPhotos(flat, async (path) => {
      const rows = flat.map((name) => ({ fname: name, labels: `${name.split("_")[0]} picture` }));
      const dls = await ImageDataLoaders.fromDf(rows, { ...options, path, labelDelim: " " });
      const batch = (await dls.oneBatch()) as Tensor[];
      expect(batch[1]?.shape).toEqual([2, 3]);
      disposeTensors(batch);
    }));

  it("VCO-9: fromLists takes numbers with fractions for values", () =>
    withPhotos(flat, async (path) => {
      const files = await getImageFiles(path);
      const dls = await ImageDataLoaders.fromLists(
        path,
        files,
        files.map((_, i) => i + 0.5),
        options,
      );
      const batch = (await dls.oneBatch()) as Tensor[];
      expect(batch[1]?.dtype).toBe("float32");
      disposeTensors(batch);
      await expect(async () => ImageDataLoaders.fromLists(path, files, [1.5])).rejects.toThrow(
        /as many labels as files/,
      );
    }));

  it("refuses unknown options and names the nearest", async () => {
    await expect(async () => ImageDataLoaders.fromFolder("x", { itemTfm: null } as object)).rejects.toThrow(
      /Did you mean "itemTfms"/,
    );
  });

  it("names the file that cannot be read", () =>
    withPhotos(flat, async (path) => {
      await writeFile(join(path, "red_9.png"), "no picture");
      const files = await getImageFiles(path);
      expect((await verifyImages(files)).map(({ file }) => file)).toEqual([join(path, "red_9.png")]);
      const dls = await ImageDataLoaders.fromNameRe(path, files, /^(.*)_\d+.png$/, {
        ...options,
        validPct: 0.5,
        seed: 3,
      });
      await expect(redIsRed(dls)).rejects.toThrow(/red_9\.png/);
    }));
});

describe("pictures", () => {
  it("DCO-5: showBatch draws titles", () =>
    withPhotos(nested, async (path) => {
      await import("../../../src/vision/show-images.js");
      const dls = await ImageDataLoaders.fromFolder(path, { ...options, valid: "val" });
      const svg = (await dls.showBatch({ maxN: 2 })).toSVG();
      expect(svg.match(/<image/g)).toHaveLength(2);
      expect(svg).toMatch(/red|blue/);
    }));
});

describe("blocks", () => {
  it("VCO-8: grey photos have one channel", () =>
    withPhotos(flat, async (path) => {
      const block = new DataBlock({
        blocks: [ImageBlock({ cls: GrayImage }), MaskBlock({ codes: ["a", "b"] })],
        getItems: getImageFiles,
        splitter: IndexSplitter([0]),
      });
      const dls = await block.dataLoaders(path, { bs: 3, device: "cpu" });
      const batch = (await dls.oneBatch()) as Tensor[];
      expect(batch[0]?.shape).toEqual([3, 1, 12, 12]);
      expect([batch[1]?.shape, batch[1]?.dtype, batch[1]?.constructor]).toEqual([[3, 12, 12], "int64", TensorMask]);
      expect(dls.c).toBe(2);
      disposeTensors(batch);
    }));

  it("VCO-5: points are scaled to -1..1 and back", () =>
    withPhotos(flat, async (path) => {
      const block = new DataBlock({
        blocks: [ImageBlock, PointBlock],
        getItems: getImageFiles,
        splitter: IndexSplitter([0]),
        getY: () => [
          [3, 6],
          [12, 0],
        ],
        itemTfms: new Resize(6),
      });
      const dls = await block.dataLoaders(path, { bs: 2, device: "cpu" });
      const batch = (await dls.oneBatch()) as [Tensor, Tensor];
      expect(batch[1].toArray()).toEqual(
        [0, 1].map(() => [
          [-0.5, 0],
          [1, -1],
        ]),
      );
      expect(dls.c).toBe(4);
      const [sample] = (await dls.train.decodeBatch(batch)) as [Tensor, Tensor][];
      expect(sample?.[1].toArray()).toEqual([
        [1.5, 3],
        [6, 0],
      ]);
      disposeTensors(batch);
    }));
});
