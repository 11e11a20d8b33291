import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataBlock, getImageFiles, IndexSplitter, TensorBBox, TensorMultiCategory } from "../../../src/data/index.js";
import { fromSpec, manualSeed, type Tensor, tensor, toSpec } from "../../../src/torch/index.js";
import { BBoxBlock, BBoxLblBlock, ImageBlock } from "../../../src/vision/blocks.js";
import { BBoxPad, clipRemoveEmpty, getAnnotations } from "../../../src/vision/boxes.js";
import { boxMarks } from "../../../src/vision/draw-on-image.js";
import { FlipItem } from "../../../src/vision/flip-item.js";
import { boxesFrom } from "../../../src/vision/points.js";
import { Resize } from "../../../src/vision/resize.js";
import { failure } from "../../failure.js";
import { hasSample, type Scene, withSample, withScenes } from "./scenes.js";

const labels = (...values: number[]) => tensor(values, { dtype: "int64" }).as(TensorMultiCategory);

describe("clipRemoveEmpty", () => {
  it("VCO-6: cuts boxes at the border and drops those outside, with their labels", () => {
    const boxes = boxesFrom([
      [-2, -0.5, 0.5, 0.5],
      [1, 0, 3, 1],
      [0, 0, 0.5, 2],
    ]);
    const kept = clipRemoveEmpty(boxes, labels(4, 5, 6));
    expect(kept.boxes).toBeClose([
      [-1, -0.5, 0.5, 0.5],
      [0, 0, 0.5, 1],
    ]);
    expect(kept.labels?.toArray()).toEqual([4n, 6n].map(Number));
  });

  it("keeps nothing of boxes whose sides are exchanged, even both of them", () => {
    expect(clipRemoveEmpty(boxesFrom([0.5, 0.5, 0, 0])).boxes.shape).toEqual([0, 4]);
  });
});

const twoKinds = (scenes: readonly Scene[], more: Partial<ConstructorParameters<typeof DataBlock>[0]> = {}) => {
  const byFile = new Map(scenes.map((scene, i) => [scene.file, { scene, i }]));
  const boxesOf = (file: string) => {
    const { scene, i } = byFile.get(file) ?? { scene: null, i: 0 };
    return scene ? Array.from({ length: 1 + (i % 3) }, (_, k) => scene.box.map((v) => v + k)) : [];
  };
  const namesOf = (file: string) => boxesOf(file).map(() => byFile.get(file)?.scene.kind);
  return new DataBlock({
    blocks: [ImageBlock, BBoxBlock, BBoxLblBlock()],
    nInp: 1,
    getY: [boxesOf, namesOf],
    splitter: IndexSplitter([0]),
    ...more,
  });
};
const files = (scenes: readonly Scene[]) => scenes.map(({ file }) => file);

describe("boxes through a data block", () => {
  it("VCO-6, VCO-8, DBL-11: scaled, padded with zeros and #na#, shown with names, decoded to pixels", () =>
    withScenes(8, async (scenes) => {
      manualSeed(1);
      const dls = await twoKinds(scenes).dataLoaders(files(scenes), { bs: 6, shuffle: false });
      expect(dls.vocab).toEqual(["#na#", "blue", "red"]);
      const batch = await dls.oneBatch();
      const [x, boxes, names] = batch as [Tensor, Tensor, Tensor];
      expect(x.shape).toEqual([6, 3, 32, 32]);
      expect([boxes instanceof TensorBBox, boxes.shape, names.shape]).toEqual([true, [6, 3, 4], [6, 3]]);
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = scenes[3]?.box ?? []; // item 2 of training has one box
      expect(boxes.select(0, 2).select(0, 0)).toBeClose([x1, y1, x2, y2].map((v) => v / 16 - 1));
      expect(boxes.select(0, 2).narrow(0, 1, 2)).toBeClose(new Array(2).fill([0, 0, 0, 0]));
      expect(names.select(0, 2).toArray()).toEqual([1, 0, 0]);
      const samples = (await dls.train.decodeBatch(batch)) as [unknown, Tensor, string[]][];
      expect(samples[2]?.[1].select(0, 0)).toBeClose([x1, y1, x2, y2]);
      expect([...(samples[2]?.[2] ?? [])]).toEqual(["blue", "#na#", "#na#"]);
      const svg = (await dls.showBatch({ maxN: 3 })).toSVG();
      expect([svg.includes(">blue<"), svg.includes("#na#")]).toEqual([true, false]);
      const valid = (await dls.valid.oneBatch()) as Tensor[];
      expect(valid[1]?.shape).toEqual([1, 1, 4]);
    }));

  it("AUG-2: a flipped image flips its boxes", () =>
    withScenes(3, async (scenes) => {
      const dls = await twoKinds(scenes, { itemTfms: new FlipItem({ p: 1 }) }).dataLoaders(files(scenes), {
        bs: 1,
        shuffle: false,
      });
      const [x, boxes] = (await dls.oneBatch()) as [Tensor, Tensor];
      const [x1 = 0, y1 = 0, x2 = 0] = scenes[1]?.box ?? [];
      expect(boxes.select(0, 0).select(0, 0).narrow(0, 0, 3)).toBeClose([1 - x2 / 16, y1 / 16 - 1, 1 - x1 / 16]);
      expect(x.at(0, 2, y1, 31 - x1).item()).toBeGreaterThan(0.8);
    }));

  it("VCO-6: names both numbers when boxes and names differ, and pads its own list only", async () => {
    await withScenes(3, async (scenes) => {
      const block = twoKinds(scenes, { getY: [() => [[1, 1, 9, 9]], () => ["red", "red"]] });
      expect((await failure(block.dataLoaders(files(scenes), { bs: 2 }))).message).toMatch(/1 boxes and 2 labels/);
    });
    expect(new BBoxPad().encodes(["no boxes"])).toEqual(["no boxes"]);
  });

  it("can be exported", () => {
    const pad = fromSpec(toSpec(new BBoxPad({ padIdx: 3 })));
    expect(pad instanceof BBoxPad && pad.padIdx).toBe(3);
    expect(() => new BBoxPad({ pad: 3 } as object)).toThrow("padIdx");
  });

  it("VCO-6: boxes that only pad are not drawn", () => {
    const boxes = [
      [1, 1, 5, 5],
      [0, 0, 0, 0],
      [2, 2, 6, 6],
    ];
    expect(boxMarks(boxes, ["chair", "chair", "#na#"]).length).toBe(1);
  });
});

describe("getAnnotations", () => {
  it("VCO-7: gives corners and names of each image that has some; refuses other files", () =>
    withScenes(1, async (_scenes, folder) => {
      const coco = {
        categories: [{ id: 3, name: "chair" }],
        images: [
          { id: 1, file_name: "a.jpg" },
          { id: 2, file_name: "b.jpg" },
        ],
        annotations: [{ image_id: 2, category_id: 3, bbox: [1, 2, 10, 20] }],
      };
      const file = join(folder, "coco.json");
      await writeFile(file, JSON.stringify(coco));
      expect(await getAnnotations(file, { prefix: "x/" })).toEqual([["x/b.jpg"], [[[[1, 2, 11, 22]], ["chair"]]]]);
      await writeFile(file, JSON.stringify({ images: [] }));
      expect((await failure(getAnnotations(file))).message).toMatch(/expected COCO's categories.*categories/);
    }));
});

describe.skipIf(!hasSample("coco_tiny"))("coco_tiny", () => {
  it("VCO-7, BBoxBlock: 688 boxes of 6 classes in batches", { timeout: 120_000 }, () =>
    withSample("coco_tiny", async (path) => {
      const [names, boxes] = await getAnnotations(join(path, "train.json"));
      expect(boxes.reduce((sum, [each]) => sum + each.length, 0)).toBe(688);
      const byName = new Map(names.map((name, i) => [name, boxes[i] ?? [[], []]]));
      const of = (file: string) => byName.get(basename(file)) ?? [[], []];
      const block = new DataBlock({
        blocks: [ImageBlock, BBoxBlock, BBoxLblBlock()],
        nInp: 1,
        getItems: getImageFiles,
        getY: [(file: string) => of(file)[0], (file: string) => of(file)[1]],
        itemTfms: new Resize(128),
      });
      const dls = await block.dataLoaders(join(path, "train"), { bs: 32 });
      expect(dls.vocab?.length).toBe(7);
      const [x, b] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x.shape, b.size(2)]).toEqual([[32, 3, 128, 128], 4]);
      expect(Number(b.abs().max().item())).toBeLessThanOrEqual(1);
    }),
  );
});
