import { describe, expect, it } from "vitest";
import { Random, TensorBBox, TensorPoint, type Transform } from "../../../src/data/index.js";
import { type Tensor, tensor } from "../../../src/torch/index.js";
import { fromSpec, toSpec } from "../../../src/torch/registry.js";
import { CropPad, RandomCrop, RatioResize } from "../../../src/vision/crop.js";
import { DihedralItem, FlipItem } from "../../../src/vision/flip-item.js";
import { ImageItem, MaskImage, RgbImage } from "../../../src/vision/image.js";
import { RandomResizedCrop } from "../../../src/vision/random-resized-crop.js";
import { Resize } from "../../../src/vision/resize.js";
import { bytesOf, fixture, furthest, picture } from "./formula.js";

const transforms: Record<string, () => Transform> = {
  crop: () => new Resize(16),
  "crop wide": () => new Resize([10, 24]),
  "crop drawn": () => {
    const tfm = new Resize(16);
    tfm.beforeCall = () => {
      tfm.pcts = [0.3, 0.8];
    };
    return tfm;
  },
  pad: () => new Resize(16, { method: "pad" }),
  "pad zeros": () => new Resize(16, { method: "pad", padMode: "zeros" }),
  "pad border": () => new Resize(16, { method: "pad", padMode: "border" }),
  squish: () => new Resize([10, 24], { method: "squish" }),
  "pad tall": () => new Resize(16, { method: "pad" }),
  "random resized crop": () => new RandomResizedCrop(16),
  "crop pad": () => new CropPad([20, 60]),
  "crop pad reflection": () => new CropPad([40, 60], { padMode: "reflection" }),
  "random crop": () => new RandomCrop(24),
};

function withMeta<T extends TensorPoint>(points: T): T {
  points.meta.imgSize = [50, 37];
  return points;
}

const makers: Record<string, () => unknown> = {
  PILImage: () => new RgbImage(picture(37, 50)),
  PILMask: () => new MaskImage(picture(37, 50, 1)),
  TensorPoint: () =>
    withMeta(
      tensor([
        [-0.5, 0.25],
        [0.75, -1],
      ]).as(TensorPoint),
    ),
  TensorBBox: () => withMeta(tensor([[-0.5, -0.25, 0.75, 0.5]]).as(TensorBBox)),
};

describe("geometry", () => {
  const cases = fixture.items.filter(({ name }) => name in transforms);

  it.each(cases)("AUG-3 to AUG-6: $name equals fastai", async ({ name, items, results }) => {
    const tall = name === "pad tall";
    const tuple = items.map((kind) => (tall ? new RgbImage(picture(50, 20)) : makers[kind]?.()));
    const out = (await transforms[name]?.().encode(tuple, { splitIdx: 1 })) as unknown[];
    expect(out).toHaveLength(results.length);
    out.forEach((result, i) => {
      const expected = results[i];
      if (result instanceof ImageItem && expected) {
        expect(result.shape).toEqual(expected.shape.slice(0, 2));
        expect(furthest(result.data, bytesOf(expected))).toBe(0);
      } else {
        const values = (result as Tensor).flatten().toArray() as number[];
        expect(furthest(values, expected?.values ?? [])).toBeLessThan(1e-6);
      }
    });
  });

  it("AUG-5: the crop box of 500x375 for 224 is 375x375 at (62, 0), the padded one 500x500 at (0, -62)", () => {
    expect(new Resize(224).window([500, 375])).toEqual({ left: 62, top: 0, width: 375, height: 375 });
    expect(new Resize(224, { method: "pad" }).window([500, 375])).toEqual({
      left: 0,
      top: -62,
      width: 500,
      height: 500,
    });
    expect(new Resize([300, 200]).window([500, 375])).toEqual({ left: 125, top: 0, width: 250, height: 375 });
  });

  it("AUG-4: the middle of 500x375 for 224 lies at (138, 75)", () => {
    const tfm = new RandomCrop(224);
    tfm.beforeCall(new RgbImage(picture(375, 500)), 1, new Random(0));
    expect(tfm.window).toEqual({ left: 138, top: 75, width: 224, height: 224 });
  });

  it("AUG-7: RatioResize(200) makes 200x150 of 500x375", async () => {
    const out = (await new RatioResize(200).encode(new RgbImage(picture(375, 500)))) as RgbImage;
    expect(out.size).toEqual([200, 150]);
  });

  it("AUG-6: validation squishes to 256 before it cuts out 224", () => {
    const tfm = new RandomResizedCrop(224);
    tfm.beforeCall(new RgbImage(picture(375, 500)), 1, new Random(0));
    expect(tfm.finalSize).toEqual([256, 256]);
  });
});

describe("randomness", () => {
  const image = new RgbImage(picture(37, 50));

  it("AUG-6: draws windows inside the image, of allowed area and shape", () => {
    const tfm = new RandomResizedCrop(8, { minScale: 0.2 });
    const random = new Random(3);
    for (let i = 0; i < 300; i++) {
      tfm.beforeCall(image, 0, random);
      const { left, top, width, height } = tfm.window;
      expect(left >= 0 && top >= 0 && left + width <= 50 && top + height <= 37).toBe(true);
      expect((width * height) / (50 * 37)).toBeGreaterThan(0.18);
      expect(width / height).toBeGreaterThan(0.68);
      expect(width / height).toBeLessThan(1.46);
    }
  });

  it("the same seed draws the same crop, another seed another", async () => {
    const crop = async (seed: number) => [
      ...((await new RandomResizedCrop(8).encode(image, { splitIdx: 0, random: new Random(seed) })) as RgbImage).data,
    ];
    expect(await crop(1)).toEqual(await crop(1));
    expect(await crop(1)).not.toEqual(await crop(2));
  });

  it("AUG-1: an image and its mask get the same crop", async () => {
    const mask = new MaskImage({
      ...picture(37, 50),
      channels: 1,
      data: Uint8Array.from({ length: 37 * 50 }, (_, i) => i % 50),
    });
    const columns = new RgbImage({
      ...picture(37, 50),
      data: Uint8Array.from({ length: 37 * 150 }, (_, i) => Math.floor(i / 3) % 50),
    });
    const tfm = new Resize(37, {});
    const [a, b] = (await tfm.encode([columns, mask], { splitIdx: 0, random: new Random(5) })) as [RgbImage, MaskImage];
    expect(a.data[0]).toBe(b.data[0]);
  });

  it("AUG-2: FlipItem mirrors half of the items, images and points alike", () => {
    const tfm = new FlipItem();
    const random = new Random(1);
    let flipped = 0;
    for (let i = 0; i < 200; i++) {
      const points = withMeta(tensor([[0.5, 0.25]]).as(TensorPoint));
      const [out, moved] = tfm.encode([image, points], { splitIdx: 0, random }) as [RgbImage, TensorPoint];
      expect(moved.toArray()).toEqual([[out === image ? 0.5 : -0.5, 0.25]]);
      flipped += out === image ? 0 : 1;
      points.dispose();
      if (moved !== points) moved.dispose();
    }
    expect(flipped).toBeGreaterThan(70);
    expect(flipped).toBeLessThan(130);
  });

  it("AUG-1: FlipItem leaves validation alone", () => {
    expect(new FlipItem({ p: 1 }).encode(image, { splitIdx: 1 })).toBe(image);
  });

  it("AUG-2: boxes keep their corners in order", () => {
    const tfm = new DihedralItem();
    tfm.beforeCall = () => {
      tfm.k = 3;
    };
    const box = withMeta(tensor([[-0.5, -0.25, 0.75, 0.5]]).as(TensorBBox));
    const out = tfm.encode([image, box], { splitIdx: 0 }) as [RgbImage, TensorBBox];
    expect(out[1].toArray()).toEqual([[-0.25, -0.75, 0.5, 0.5]]);
  });
});

describe("options", () => {
  it("refuses unknown ones", () => {
    expect(() => new Resize(8, { methd: "pad" } as object)).toThrow(/Did you mean "method"/);
  });
  it("refuses sizes that are none", () => {
    expect(() => new Resize(0)).toThrow(/expected a size in pixels/);
    expect(() => new Resize([10, 2.5])).toThrow(/got \[10,2.5\]/);
  });
  it("names what is no image", () => {
    expect(() => new RandomCrop(8).encode("cat.jpg", { splitIdx: 0 })).toThrow(
      /expected an image first, got String|string/,
    );
  });
});

it.each([
  new Resize([10, 24], { method: "pad", padMode: "border" }),
  new RandomResizedCrop(8, { minScale: 0.3 }),
  new CropPad([3, 4]),
  new RandomCrop(5),
  new RatioResize(7),
  new FlipItem({ p: 0.25 }),
  new DihedralItem(),
])("is described and made again: %s", (tfm) => {
  expect(toSpec(fromSpec(JSON.parse(JSON.stringify(toSpec(tfm)))))).toEqual(toSpec(tfm));
});
