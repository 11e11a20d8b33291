import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TensorImage, TensorMask } from "../../../src/data/index.js";
import { tensor } from "../../../src/torch/index.js";
import { GrayImage, MaskImage, RgbImage } from "../../../src/vision/image.js";
import { ImageError } from "../../../src/vision/image-error.js";
import { bytesOf, fixture, furthest, picture } from "./formula.js";

const file = (name: string) => {
  const found = fixture.files.find((f) => f.name === name);
  if (!found) throw new Error(`no file ${name} in the fixture`);
  return { ...found, bytes: new Uint8Array(Buffer.from(found.bytes, "base64")) };
};

async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "images-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const readable = fixture.files.map(({ name }) => name);

describe("opening files", () => {
  it.each(readable)("VCO-2: %s has Pillow's colours", async (name) => {
    const { bytes, rgb } = file(name);
    const image = await RgbImage.open(bytes);
    expect(image.shape).toEqual(rgb.shape.slice(0, 2));
    expect(furthest(image.data, bytesOf(rgb))).toBeLessThanOrEqual(/jpg/.test(name) ? 1 : 0);
  });

  it.each(readable)("VCO-2: %s has Pillow's grey", async (name) => {
    const { bytes, grey } = file(name);
    const image = await GrayImage.open(bytes);
    expect(image.channels).toBe(1);
    expect(furthest(image.data, bytesOf(grey))).toBeLessThanOrEqual(/jpg/.test(name) ? 1 : 0);
  });

  it.each(["palette.png", "palette-2-bits.png", "one-bit.png"])(
    "keeps the numbers stored in the mask %s",
    async (name) => {
      const { bytes, stored } = file(name);
      expect([...(await MaskImage.open(bytes)).data]).toEqual(stored?.flat());
    },
  );

  it("keeps the grey values of a mask", async () => {
    const { bytes, grey } = file("large-grey.png");
    expect(furthest((await MaskImage.open(bytes)).data, bytesOf(grey))).toBe(0);
  });

  it("divides 16-bit grey by 256 when asked to", async () => {
    const { bytes } = file("grey-16.png");
    expect([...(await GrayImage.open(bytes, { high: "scale" })).data]).toEqual([0, 0, 1, 156, 0, 1, 255, 0]);
  });

  it("reads from a path", () =>
    withFolder(async (folder) => {
      const path = join(folder, "a.png");
      await writeFile(path, file("rgb.png").bytes);
      expect((await RgbImage.open(path)).size).toEqual([8, 6]);
    }));

  it("decodes many files at once", async () => {
    const { bytes, rgb } = file("large.png");
    const images = await Promise.all(Array.from({ length: 40 }, () => RgbImage.open(bytes)));
    for (const image of images) expect(furthest(image.data, bytesOf(rgb))).toBe(0);
  });
});

describe("what is no image", () => {
  it("names a file that is not there", async () => {
    await expect(RgbImage.open("/nowhere/cat.jpg")).rejects.toThrow(/ENOENT for \/nowhere\/cat\.jpg/);
  });

  it("names the file and the format that cannot be read", () =>
    withFolder(async (folder) => {
      const path = join(folder, "cat.jpg");
      await writeFile(path, "%PDF-1.7 and so on");
      const error = await RgbImage.open(path).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ImageError);
      expect(error).toMatchObject({ file: path, format: "PDF" });
      expect(String(error)).toContain(`got PDF in ${path}`);
    }));

  it.each([
    ["an empty file", new Uint8Array(0), /got nothing/],
    ["text", new TextEncoder().encode("not an image at all, just words"), /no known image format/],
    ["a photo cut short", file("photo.jpg").bytes.subarray(0, 300), /whole JPEG file, got damaged data/],
    ["a small PNG cut short", file("rgb.png").bytes.subarray(0, 90), /whole PNG file, got damaged data/],
    ["a large PNG cut short", file("large.png").bytes.subarray(0, 900), /whole PNG file, got damaged data/],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(RgbImage.open(bytes)).rejects.toThrow(message);
  });

  it("refuses mask values that do not fit a byte", async () => {
    await expect(MaskImage.open(file("grey-16.png").bytes)).rejects.toThrow(/from 0 to 255, got 65535/);
  });

  it("refuses pixels whose number does not fit the size", () => {
    expect(() => new RgbImage({ data: new Uint8Array(5), width: 2, height: 1, channels: 3 })).toThrow(
      /got 5 for 2x1x3/,
    );
  });
});

describe("tensors", () => {
  it("DTR-12, VCO-3: a photo becomes bytes [C, H, W]", () => {
    const t = new RgbImage(picture(2, 2)).toTensor();
    expect(t).toBeInstanceOf(TensorImage);
    expect([t.dtype, t.shape]).toEqual(["uint8", [3, 2, 2]]);
    const { data } = picture(2, 2);
    expect(t.toArray()).toEqual([0, 1, 2].map((c) => [0, 1].map((y) => [0, 1].map((x) => data[(y * 2 + x) * 3 + c]))));
  });

  it("DTR-12: a mask becomes bytes [H, W]", () => {
    const t = new MaskImage(picture(2, 3, 1)).toTensor();
    expect(t).toBeInstanceOf(TensorMask);
    expect(t.shape).toEqual([2, 3]);
  });

  it("VCO-2, VCO-3: open takes tensors back", async () => {
    const image = new RgbImage(picture(3, 4));
    expect([...(await RgbImage.open(image.toTensor())).data]).toEqual([...image.data]);
    const half = tensor([
      [
        [0.5, 1],
        [0, 0.2],
      ],
    ]);
    expect([...(await GrayImage.open(half)).data]).toEqual([128, 255, 0, 51]);
  });

  it("VCO-2: open takes images of the other kind", async () => {
    const grey = await GrayImage.open(new RgbImage(picture(3, 4)));
    expect([grey.channels, grey.shape]).toEqual([1, [3, 4]]);
  });
});

describe("sizes", () => {
  const image = new RgbImage(picture(37, 50));

  it("VCO-2: says its size as [width, height], its shape as [height, width]", () => {
    expect([image.size, image.shape, image.nPx, image.aspect]).toEqual([[50, 37], [37, 50], 1850, 50 / 37]);
  });

  it("VCO-2: reshape takes the nearest pixels, as fastai's, or another filter", async () => {
    const found = fixture.resize.find(({ filter, source }) => filter === "nearest" && source[2] === 3);
    const [width = 0, height = 0] = found?.to ?? [];
    const resized = await image.reshape(height, width);
    expect(resized).toBeInstanceOf(RgbImage);
    expect([...resized.data]).toEqual(bytesOf(found?.result ?? { shape: [], data: "" }));
    const smooth = await image.reshape(height, width, { filter: "bilinear" });
    expect([...smooth.data]).not.toEqual([...resized.data]);
  });

  it.each([
    [{ maxPx: 500 }, [19, 26]],
    [{ maxH: 20 }, [20, 27]],
    [{ maxH: 20, maxW: 15 }, [11, 15]],
    [{ maxPx: 900, maxH: 30, maxW: 31 }, [23, 31]],
    [{}, [37, 50]],
  ] as const)("VCO-2: resizeMax(%o) makes fastai's size", async (bounds, shape) => {
    expect((await image.resizeMax(bounds)).shape).toEqual(shape);
  });

  it("VCO-2: thumbnails have Pillow's sizes", async () => {
    const sizes = [
      [20, 20],
      [30, 10],
      [9, 9],
      [100, 20],
      [3, 50],
    ] as const;
    const made = await Promise.all(sizes.map(([h, w]) => image.toThumb(h, w)));
    expect(made.map(({ size }) => size)).toEqual([
      [20, 15],
      [10, 7],
      [9, 7],
      [20, 15],
      [4, 3],
    ]);
    expect(await image.toThumb(60)).toBe(image);
  });

  it("VCO-2: become files, and images again", async () => {
    const mask = new MaskImage(picture(37, 50, 1));
    for (const format of ["png", "webp"] as const) {
      expect([...(await RgbImage.open(await image.toBytesFormat(format))).data]).toEqual([...image.data]);
      expect([...(await MaskImage.open(await mask.toBytesFormat(format))).data]).toEqual([...mask.data]);
    }
    expect([...(await image.toBytesFormat("jpeg")).subarray(0, 2)]).toEqual([0xff, 0xd8]);
    await expect(async () => image.toBytesFormat("bmp" as "png")).rejects.toThrow(/"png" or "jpeg" or "webp"/);
  });
});
