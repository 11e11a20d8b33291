import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dice } from "../../../src/cli/quickstart/pictures/dice.js";
import { makePictures } from "../../../src/cli/quickstart/pictures/make.js";

const small = { train: 2, valid: 1, size: 48 };
let folder = "";

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "pictures-")), "data");
});
afterAll(() => rm(join(folder, ".."), { recursive: true }));

describe("makePictures", () => {
  it("draws JPEG files of ten classes for training and validation", async () => {
    const shares: number[] = [];
    expect(await makePictures(folder, { ...small, onProgress: (pct) => shares.push(pct) })).toBe(true);
    expect((await readdir(join(folder, "train"))).length).toBe(10);
    expect(await readdir(join(folder, "train", "cat"))).toEqual(["0000.jpg", "0001.jpg"]);
    expect(await readdir(join(folder, "valid", "cat"))).toEqual(["0000.jpg"]);
    const { format, width, height } = await sharp(join(folder, "train", "cat", "0000.jpg")).metadata();
    expect([format, width, height]).toEqual(["jpeg", 48, 48]);
    expect(shares).toHaveLength(30);
    expect(shares.at(-1)).toBe(1);
  });

  it("leaves a set alone that is there already, and draws it anew when it is asked for another", async () => {
    const file = join(folder, "train", "car", "0001.jpg");
    const before = await stat(file);
    expect(await makePictures(folder, small)).toBe(false);
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
    expect(await makePictures(folder, { ...small, train: 1 })).toBe(true);
    expect(await readdir(join(folder, "train", "car"))).toEqual(["0000.jpg"]);
  });

  it("draws the same pictures for the same seed and others for another", async () => {
    const file = join(folder, "train", "fish", "0000.jpg");
    await makePictures(folder, { ...small, seed: 1 });
    const first = await readFile(file);
    await makePictures(folder, { ...small, seed: 2 });
    expect(await readFile(file)).not.toEqual(first);
    await makePictures(folder, { ...small, seed: 1 });
    expect(await readFile(file)).toEqual(first);
  });
});

describe("Dice", () => {
  it("repeats with its seed and stays within its bounds", () => {
    const roll = (seed: number) => {
      const dice = new Dice(seed);
      return Array.from({ length: 200 }, () => dice.whole(1, 6));
    };
    expect(roll(7)).toEqual(roll(7));
    expect(roll(7)).not.toEqual(roll(8));
    expect(new Set(roll(7))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  it("picks every choice", () => {
    const dice = new Dice(1);
    expect(new Set(Array.from({ length: 100 }, () => dice.pick("a", "b", "c")))).toEqual(new Set(["a", "b", "c"]));
  });
});
