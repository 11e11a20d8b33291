import { describe, expect, it } from "vitest";
import { IntToFloatTensor, Normalize, Pipeline, Random, TensorImage, type Transform } from "../../../src/data/index.js";
import { stack, type Tensor, tensor, zeros } from "../../../src/torch/index.js";
import { augTransforms } from "../../../src/vision/aug-transforms.js";
import { hsv2rgb, rgb2hsv } from "../../../src/vision/hsv.js";
import { RgbImage } from "../../../src/vision/image.js";
import { grayscale } from "../../../src/vision/lighting-parts.js";
import { normApplyDenorm } from "../../../src/vision/norm-apply-denorm.js";
import { RandomErasing } from "../../../src/vision/random-erasing.js";
import { RandomResizedCropGPU } from "../../../src/vision/random-resized-crop-gpu.js";
import { Resize } from "../../../src/vision/resize.js";
import { fixture, floatsOf, furthest, images } from "./cases.js";

describe("RandomErasing", () => {
  it("AUG-25: is tried on normalised images by normApplyDenorm", () => {
    const normalize = Normalize.fromStats([
      [0.5, 0.4, 0.3],
      [0.2, 0.2, 0.2],
    ]);
    const x = images([1, 3, 4, 4]);
    const same = normApplyDenorm(x, (y) => y, normalize);
    expect(furthest(same, Float32Array.from(x.flatten().toArray() as number[]))).toBeLessThan(1e-6);
  });

  it("AUG-22: replaces the same rectangle of every image by noise and leaves the rest", () => {
    const x = zeros([3, 3, 20, 30]).add(7).as(TensorImage);
    const tfm = new RandomErasing({ p: 1, sl: 0.1, sh: 0.3 });
    const y = tfm.encode(x, { splitIdx: 0, random: new Random(2) }) as Tensor;
    const [area] = tfm.areas;
    const changed = y.ne(7).float();
    const size = ((area?.bottom ?? 0) - (area?.top ?? 0)) * ((area?.right ?? 0) - (area?.left ?? 0));
    expect(changed.sum().item()).toBe(size * 9);
    expect(x.min().item()).toBe(7);
    expect(size / 600).toBeGreaterThan(0.05);
  });

  it("AUG-22: does nothing in validation", () => {
    const x = images([1, 3, 4, 4]);
    expect(new RandomErasing({ p: 1 }).encode(x, { splitIdx: 1 })).toBe(x);
  });
});

describe("RandomResizedCropGPU", () => {
  it("AUG-8: draws one window for a batch, and the middle in validation", () => {
    const tfm = new RandomResizedCropGPU(8, { ratio: [1, 1], minScale: 0.3 });
    const x = images([2, 3, 8, 16]);
    const random = new Random(0);
    const windows = Array.from({ length: 20 }, () => {
      tfm.encode(x, { splitIdx: 0, random });
      return tfm.window;
    });
    expect(new Set(windows.map((window) => JSON.stringify(window))).size).toBeGreaterThan(5);
    for (const { width, height } of windows) expect([width, width * height >= 0.25 * 128]).toEqual([height, true]);
    tfm.encode(x, { splitIdx: 1, random });
    expect(tfm.window).toEqual({ left: 4, top: 0, width: 8, height: 8 });
  });
});

describe("colours", () => {
  const vector = (name: string) => fixture.vectors[name] ?? { shape: [], data: "" };
  const colors = () => tensor(floatsOf(vector("colours"))).view(vector("colours").shape);

  it("AUG-25: hue, saturation and value are fastai's, and lead back", () => {
    const hsv = rgb2hsv(colors());
    expect(furthest(hsv, floatsOf(vector("hsv")))).toBeLessThan(1e-6);
    expect(furthest(hsv2rgb(hsv), floatsOf(vector("colours")))).toBeLessThan(1e-6);
  });

  it("AUG-25: grey is fastai's", () => {
    expect(furthest(grayscale(colors()), floatsOf(vector("grey")))).toBeLessThan(1e-6);
  });
});

it("AUG-24: items are made larger than needed, then cropped, turned and resized as a batch", async () => {
  const photo = new RgbImage({ data: new Uint8Array(90 * 70 * 3).fill(128), width: 90, height: 70, channels: 3 });
  const resize = new Resize(46);
  const random = new Random(1);
  const items = await Promise.all([0, 1].map(() => resize.encode(photo, { splitIdx: 0, random }) as Promise<RgbImage>));
  const x = stack(items.map((item) => item.toTensor())).as(TensorImage);
  const pipe = new Pipeline([new IntToFloatTensor(), ...augTransforms({ size: 22, minScale: 0.75 })] as Transform[]);
  const y = pipe.encode(x, { splitIdx: 0, random }) as Tensor;
  expect([x.shape, y.shape]).toEqual([
    [2, 3, 46, 46],
    [2, 3, 22, 22],
  ]);
  expect(y).toBeInstanceOf(TensorImage);
  // One grey photo: light changes it, but nothing else does.
  for (const i of [0, 1]) expect(Number(y.select(0, i).std().item())).toBeLessThan(1e-5);
});
