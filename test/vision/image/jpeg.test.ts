import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { jpegHeader } from "../../../src/vision/formats/jpeg-header.js";
import { GrayImage, ImageError, Resize, RgbImage } from "../../../src/vision/index.js";
import { readsJpeg } from "../../../src/vision/native-image.js";
import { failure } from "../../failure.js";

const later = RgbImage.open.later ?? RgbImage.open;

/** Waves of colour, so that a turn or a shift by a pixel shows. */
function waves(width: number, height: number, channels: 1 | 3 = 3): Sharp {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return 128 + 100 * Math.sin(x / 9 + (i % channels)) * Math.cos(y / 15);
  });
  return sharp(data, { raw: { width, height, channels } });
}

const jpeg = (width: number, height: number, orientation = 1): Promise<Uint8Array> =>
  waves(width, height).withMetadata({ orientation }).jpeg({ quality: 90 }).toBuffer();

function distance(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  expect(a.length).toBe(b.length);
  const differences = Array.from(a, (value, i) => Math.abs(value - (b[i] ?? 0)));
  return {
    mean: differences.reduce((sum, d) => sum + d, 0) / a.length,
    most: differences.reduce((most, d) => Math.max(most, d), 0),
  };
}

describe("JPEG files", () => {
  it("are decoded by the addon where it comes with a decoder", () => {
    const built = existsSync(join(import.meta.dirname, "../../../build/Release/libturbojpeg.so.0"));
    if (built) expect(readsJpeg).toBe(true);
  });

  it.runIf(readsJpeg)("leave no array buffers behind on their way to tensors", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fastai-ts-jpeg-"));
    const file = join(folder, "photo.jpg");
    writeFileSync(file, await jpeg(600, 400)); // 720,000 bytes of pixels
    const buffers = () => process.memoryUsage().arrayBuffers;
    try {
      const whole = await RgbImage.open(file);
      const before = buffers();
      for (let i = 0; i < 20; i++) {
        (await RgbImage.open(file)).toTensor().dispose();
        (await (await later(file)).cropPad({ left: 0, top: 0, width: 300, height: 300 })).toTensor().dispose();
      }
      expect(buffers() - before).toBeLessThan(20 * 2 * statSync(file).size + 1e6);
      // Those that somebody asks for are the tensor's memory, and stay with the image.
      expect(distance(whole.data, (await RgbImage.open(file)).data).most).toBe(0);
      whole.data[0] = 7;
      expect(whole.toTensor().at(0, 0, 0).item()).toBe(7);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leave a user's bytes and an image's pixels as they are", async () => {
    const bytes = await jpeg(60, 40);
    const [size, image] = [bytes.length, await RgbImage.open(bytes)];
    image.toTensor().fill_(1);
    expect(bytes.length).toBe(size);
    expect(distance(image.data, (await RgbImage.open(bytes)).data).most).toBe(0);
    const cut = await (await later(bytes)).cropPad({ left: 0, top: 0, width: 30, height: 30 });
    cut.toTensor().fill_(1);
    const part = await image.cropPad({ left: 0, top: 0, width: 30, height: 30 });
    expect(distance(cut.data, part.data).most).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("come upright from a camera held as EXIF's %i", async (orientation) => {
    const bytes = await jpeg(60, 40, orientation);
    const { data, info } = await sharp(bytes, { autoOrient: true }).raw().toBuffer({ resolveWithObject: true });
    const [now, deferred] = [await RgbImage.open(bytes), await later(bytes)];
    for (const image of [now, deferred]) {
      expect([image.width, image.height, image.channels]).toEqual([info.width, info.height, 3]);
      expect(distance(image.data, data).most).toBeLessThanOrEqual(1);
    }
    // A window says where things are in the upright picture.
    const window = { left: 3, top: 5, width: 20, height: 30 };
    const [cut, same] = [await (await later(bytes)).cropPad(window), await now.cropPad(window)];
    expect(distance(cut.data, same.data).most).toBe(0);
  });

  it("that are decoded later have the same pixels wherever they do not shrink to half", async () => {
    const bytes = await jpeg(200, 150);
    for (const [size, options] of [
      [100, {}],
      [[150, 90], { method: "squish" }],
      [220, { method: "pad" }],
    ] as const) {
      const resize = new Resize(size, options);
      const resized = async (image: RgbImage) => (await resize.encode(image, { splitIdx: 1 })) as RgbImage;
      const [a, b] = [await resized(await RgbImage.open(bytes)), await resized(await later(bytes))];
      expect(distance(a.data, b.data).most).toBe(0);
    }
    const window = { left: -10, top: 20, width: 120, height: 100 };
    for (const padMode of ["zeros", "border", "reflection"] as const) {
      const wanted = { padMode, resizeTo: [48, 40] as const };
      const [a, b] = [await RgbImage.open(bytes), await later(bytes)];
      expect(distance((await a.cropPad(window, wanted)).data, (await b.cropPad(window, wanted)).data).most).toBe(0);
    }
  });

  it.each([2, 3, 5, 9])("that shrink %i times are decoded smaller, which hardly shows", async (times) => {
    const bytes = await jpeg(64 * times, 48 * times);
    const [a, b] = [await RgbImage.open(bytes), await later(bytes)];
    const window = { left: times, top: 0, width: 60 * times, height: 48 * times };
    const resizeTo = [60, 48] as const;
    const { mean, most } = distance(
      (await a.cropPad(window, { resizeTo })).data,
      (await b.cropPad(window, { resizeTo })).data,
    );
    expect(mean).toBeLessThan(2.5);
    expect(most).toBeLessThanOrEqual(16);
  });

  it("in grey become colours, and in colours become grey, as when they are decoded at once", async () => {
    const grey = await waves(80, 60, 1).toColourspace("b-w").jpeg().toBuffer();
    const resizeTo = [40, 30] as const;
    const window = { left: 0, top: 0, width: 80, height: 60 };
    const image = await (await later(grey)).cropPad(window, { resizeTo });
    expect(image.channels).toBe(3);
    expect(
      distance(
        image.data.filter((_, i) => i % 3 === 0),
        image.data.filter((_, i) => i % 3 === 2),
      ).most,
    ).toBe(0);
    const colours = await jpeg(80, 60);
    const [a, b] = [await GrayImage.open(colours), await (GrayImage.open.later ?? GrayImage.open)(colours)];
    expect(b.channels).toBe(1);
    expect(distance(a.data, b.data).most).toBe(0);
  });

  it("that are damaged fail where their pixels are wanted, and name the file's state", async () => {
    const whole = await jpeg(300, 200);
    const cut = whole.slice(0, whole.length / 2);
    expect(await failure(() => RgbImage.open(cut))).toBeInstanceOf(ImageError);
    const image = await later(cut);
    expect(image.size).toEqual([300, 200]);
    const damaged = await failure(async () => new Resize(64).encode(image));
    expect(damaged).toBeInstanceOf(ImageError);
    expect(damaged.message).toContain("expected a whole JPEG file, got damaged data");
    expect(await failure(() => later(whole.slice(0, 8)))).toBeInstanceOf(ImageError);
    const noise = Uint8Array.from(whole, (value, i) => (i > 700 && i % 13 === 0 ? 255 - value : value));
    await Promise.allSettled([later(noise).then((odd) => odd.decoded())]); // whatever it says, the process goes on
  });

  it("tell their size and orientation before their pixels, and survive nonsense there", async () => {
    const bytes = await jpeg(60, 40, 6);
    expect(jpegHeader(bytes)).toEqual({ width: 60, height: 40, components: 3, orientation: 6 });
    const exif = Buffer.from(bytes).indexOf("Exif");
    for (let at = exif; at < exif + 60; at++) {
      const broken = Uint8Array.from(bytes);
      for (const value of [0, 0x7f, 0xff]) {
        broken[at] = value;
        expect(jpegHeader(broken)?.width ?? 60).toBe(60);
      }
    }
    for (let length = 0; length < 200; length++) jpegHeader(bytes.subarray(0, length));
    expect(jpegHeader(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4, 5, 6, 7))).toBeUndefined();
  });
});
