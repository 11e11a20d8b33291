import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Learner } from "../../src/callback/index.js";
import {
  CategoryBlock,
  DataBlock,
  DataLoader,
  DataLoaders,
  disposeTensors,
  IndexSplitter,
  isUnreadable,
  SortedDL,
  skipItem,
} from "../../src/data/index.js";
import { nn, type Tensor, zeros } from "../../src/torch/index.js";
import { ImageBlock, ImageError, RgbImage, verifyImages } from "../../src/vision/index.js";
import { failure } from "../failure.js";

let folder = "";
let files: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "broken-"));
  const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  files = ["0.png", "1.png", "2.png", "3.png", "4.png", "5.png"].map((name) => join(folder, name));
  for (const [i, file] of files.entries()) await writeFile(file, i % 2 ? png : png.subarray(0, 20));
  await rm(files[4] as string);
});
afterAll(() => rm(folder, { recursive: true }));

const load = (options = {}) =>
  new DataBlock({
    blocks: [ImageBlock, CategoryBlock({ vocab: ["0", "1", "2", "3", "4", "5"] })],
    getY: (file: string) => file.slice(-5, -4),
    splitter: IndexSplitter([5]),
  }).dataLoaders(files, { bs: 1, shuffle: false, ...options });

/** What `process.emitWarning` is told while `fn` runs. */
async function warnings(fn: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  try {
    await fn();
    return spy.mock.calls.map(([warning]) => String(warning));
  } finally {
    spy.mockRestore();
  }
}

describe("broken files", () => {
  it("DLD-6: end the pass, named, unless skipBroken is set", async () => {
    const error = await failure(load());
    expect(error.message).toContain(`passing one item (${files[0]}) through the loader failed`);
    expect(error.message).toContain("expected a whole PNG file, got damaged data");
  });

  it("DLD-6: are left out, listed and told of once with skipBroken", async () => {
    const dls = await load({ skipBroken: true });
    const shapes: number[][] = [];
    const told = await warnings(async () => {
      for (let pass = 0; pass < 2; pass++) {
        for await (const batch of dls.train) {
          shapes.push((batch[0] as Tensor).shape);
          disposeTensors(batch);
        }
      }
    });
    expect(shapes).toEqual([
      [1, 3, 2, 2],
      [1, 3, 2, 2],
      [1, 3, 2, 2],
      [1, 3, 2, 2],
    ]);
    expect(dls.train.skipped.map(({ index, item }) => [index, item])).toEqual([0, 2, 4].map((i) => [i, files[i]]));
    expect(dls.train.skipped[0]?.error).toBeInstanceOf(ImageError);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`TfmdDL: 3 items could not be read, the first ${files[0]}:`);
    const test = await dls.testDl([files[1], files[2]]);
    expect(test.skipBroken).toBe(true);
  });

  it("are those that verifyImages finds", async () => {
    const found = await verifyImages(files);
    expect(found.map(({ file }) => file)).toEqual([files[0], files[2], files[4]]);
    const broken = new Set(found.map(({ file }) => file));
    const whole = files.filter((file) => !broken.has(file));
    expect(whole).toEqual([files[1], files[3], files[5]]);
  });

  it("are an error when there is nothing else", async () => {
    const dl = new DataLoader(["a.txt", "b.txt"], {
      bs: 2,
      skipBroken: true,
      afterItem: async (file) => RgbImage.open(file),
    });
    expect((await failure(dl.oneBatch())).message).toContain("DataLoader: 2 items could not be read, the first a.txt:");
  });

  it("other failures are no reason to leave an item out, unless a function says so", async () => {
    const fails = (x: number) => {
      if (x === 1) throw new TypeError("a mistake in a transform");
      return x;
    };
    const strict = new DataLoader([0, 1, 2], { bs: 3, skipBroken: true, afterItem: fails });
    expect((await failure(strict.oneBatch())).message).toContain("preparing 1 failed: a mistake in a transform");
    const asked: unknown[] = [];
    const lenient = new DataLoader<number, Tensor>([0, 1, 2], {
      bs: 3,
      afterItem: fails,
      skipBroken: (error, item) => asked.push([(error as Error).message, item]) > 0,
    });
    await warnings(async () => expect((await lenient.oneBatch()).toArray()).toEqual([0, 2]));
    expect(asked).toEqual([["a mistake in a transform", "1"]]);
  });

  it("items that skipItem leaves out are listed without a warning", async () => {
    const dl = new DataLoader<number, Tensor>([0, 1, 2], {
      bs: 3,
      afterItem: (x) => (x === 1 ? skipItem("no photo") : x),
    });
    expect(await warnings(async () => expect((await dl.oneBatch()).toArray()).toEqual([0, 2]))).toEqual([]);
    expect(dl.skipped.map(({ index, error }) => [index, (error as Error).message])).toEqual([[1, "no photo"]]);
  });

  it("count as empty where items are sorted by size", async () => {
    const measure = (x: number) => (x === 1 ? skipItem() : zeros([x + 1]));
    const dl = new SortedDL([0, 1, 2], { bs: 1, afterItem: [measure] });
    const sizes: unknown[] = [];
    for await (const batch of dl) {
      sizes.push((batch as unknown as Tensor).shape[1]);
      disposeTensors(batch);
    }
    expect(sizes).toEqual([3, 1]);
  });

  it("leave predictions in the order of the dataset, without those left out", async () => {
    class Firsts extends nn.Module<[Tensor], Tensor> {
      override forward(x: Tensor) {
        return x.narrow(1, 0, 1);
      }
    }
    const sizes = [3, 1, 4, 2];
    const item = (i: number) => (i === 0 ? skipItem() : [zeros([sizes[i] ?? 0]).add(i), i]);
    const pad = (items: [Tensor, number][]) => items.map(([x, y]) => [x.narrow(0, 0, 1), y]);
    const dl = new SortedDL([0, 1, 2, 3], { bs: 2, afterItem: [item], beforeBatch: [pad] });
    const learn = new Learner(new DataLoaders(dl, dl), new Firsts(), { lossFunc: nn.functional.mseLoss });
    const { preds } = await learn.getPreds();
    expect(preds?.toArray()).toEqual([[1], [2], [3]]);
  });

  it("are files that the system refuses or whose bytes are damaged", async () => {
    const refused = await failure(RgbImage.open(join(folder, "nowhere.png")));
    expect([
      isUnreadable(refused),
      isUnreadable(new Error("x", { cause: refused })),
      isUnreadable(new Error("x")),
    ]).toEqual([true, true, false]);
  });
});
