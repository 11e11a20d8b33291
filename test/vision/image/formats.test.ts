import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GrayImage, MaskImage, RgbImage } from "../../../src/vision/image.js";
import { ImageError } from "../../../src/vision/image-error.js";
import { hasSample, withSample } from "../tasks/scenes.js";
import { furthest } from "./formula.js";

interface FormatFile {
  name: string;
  mode: string;
  bytes: string;
  size: [number, number];
  rgb: string;
  grey: string;
  stored: number[][] | null;
}

const { files } = JSON.parse(readFileSync(new URL("../../fixtures/image-formats.json", import.meta.url), "utf8")) as {
  files: FormatFile[];
};

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const bytesOfFile = (name: string) => bytesOf(files.find((file) => file.name === name)?.bytes ?? "");

const families = ["bmp", "ico", "tga", "pgm", "ppm", "pbm", "png", "tif", "jpg"].map((family) => ({
  family,
  members: files.filter(({ name }) => name.endsWith(family)),
}));

describe("formats of Pillow", () => {
  it.each(families)("VCO-2: each .$family has Pillow's colours, grey and palette indices", async ({ members }) => {
    expect(members).not.toHaveLength(0);
    for (const { name, bytes: encoded, size, rgb, grey, stored } of members) {
      const bytes = bytesOf(encoded);
      const image = await RgbImage.open(bytes);
      expect([name, image.size]).toEqual([name, size]);
      const most = name.endsWith("jpg") ? 1 : 0;
      expect(furthest(image.data, bytesOf(rgb)), name).toBeLessThanOrEqual(most);
      expect(furthest((await GrayImage.open(bytes)).data, bytesOf(grey)), name).toBeLessThanOrEqual(most);
      if (stored) expect([...(await MaskImage.open(bytes)).data], name).toEqual(stored.flat());
    }
  });

  it("VCO-2: masks keep levels and bits as they are stored", async () => {
    const open = async (name: string) => [...(await MaskImage.open(bytesOfFile(name))).data];
    expect(new Set(await open("text-levels.pgm"))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect((await open("bits.pbm")).slice(0, 7)).toEqual([0, 1, 0, 1, 0, 1, 0]); // 1 is black in the file
    const error = await MaskImage.open(bytesOfFile("wide.pgm")).catch((e: unknown) => e);
    expect(String(error)).toMatch(/from 0 to 255, got 7\d\d/);
  });

  it("VCO-2: 16-bit grey is divided by 256 when asked to", async () => {
    const { data } = await GrayImage.open(new TextEncoder().encode("P2 3 1 65535 255 256 65535"), { high: "scale" });
    expect([...data]).toEqual([0, 1, 255]);
  });
});

describe.skipIf(!hasSample("image_formats"))("image_formats", () => {
  it("VCO-2: every file has Pillow's size and sum", () =>
    withSample("image_formats", async (folder) => {
      const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Record<
        string,
        { size: [number, number]; rgbSum: number }
      >;
      expect(Object.keys(expected)).toHaveLength(13);
      for (const [name, { size, rgbSum }] of Object.entries(expected)) {
        const image = await RgbImage.open(join(folder, name));
        const sum = image.data.reduce((a, b) => a + b, 0);
        expect([name, image.size]).toEqual([name, size]);
        // A decoder of JPEG may differ by 1 in each value.
        const most = name.endsWith(".jpg") ? image.data.length : 0;
        expect(Math.abs(sum - rgbSum), name).toBeLessThanOrEqual(most);
      }
    }));
});

describe("hostile files", () => {
  /** A file's bytes with others in place of some. */
  const changed = (name: string, at: number, ...values: number[]) => {
    const bytes = bytesOfFile(name);
    bytes.set(values, at);
    return bytes;
  };
  const text = (words: string) => new TextEncoder().encode(words);

  const hostile: readonly (readonly [name: string, bytes: Uint8Array, reason: RegExp])[] = [
    ["a BMP of 2 billion columns", changed("rgb.bmp", 18, 255, 255, 255, 127), /2147483647 x 5/],
    ["a BMP of gigabytes", changed("rgb.bmp", 18, 255, 255, 0, 0, 255, 15), /the image data end/],
    ["a BMP of run lengths and gigabytes", changed("runs.bmp", 18, 255, 63, 0, 0, 255, 63), /too few/],
    ["a BMP without columns", changed("rgb.bmp", 18, 0), /0 x 5/],
    ["a BMP whose pixels lie elsewhere", changed("rgb.bmp", 10, 255, 255, 255, 255), /end after 0/],
    ["a BMP with a picture of another kind inside", changed("rgb.bmp", 30, 4), /compression 4/],
    ["a BMP of 7 bits", changed("rgb.bmp", 28, 7), /7 bits/],
    ["a BMP whose runs end early", bytesOfFile("runs.bmp").subarray(0, -10), /the image data end in row/],
    ["a TGA of gigabytes", changed("rgb.tga", 12, 255, 63, 255, 63), /the image data end after/],
    ["a TGA of run lengths and gigabytes", changed("rgb-runs.tga", 12, 255, 63, 255, 63), /too few/],
    ["a TGA whose palette is missing", bytesOfFile("palette.tga").subarray(0, 20), /the image data end after/],
    ["an icon without images", changed("bitmap.ico", 4, 0, 0), /no image in the icon/],
    ["an icon whose image lies elsewhere", changed("palette.ico", 18, 255, 255, 255, 127), /past the end/],
    ["a PGM of gigabytes", text("P5 60000 4000 255\n123"), /end after 3 of 240000000 bytes/],
    ["a PGM beyond all bounds", text("P5 99999999 9999999 255\n123"), /99999999 x 9999999/],
    ["a PPM of gigabytes as text", text("P3 9000 9000 255 1 2 3"), /too few/],
    ["a PPM that ends early", text("P3 2 1 255 1 2 3 4 5"), /too few|got none/],
    ["a PGM with a number above white", text("P2 2 1 7 1 8"), /up to 7 .* got 8/],
    ["a PGM whose white is 0", text("P2 2 1 0 0 0"), /white is said to be 0/],
    ["a PBM with other digits", text("P1 2 1 1 x"), /got none/],
    ["a PNG of gigabytes", changed("interlaced.png", 16, 0, 0, 32, 0, 0, 0, 32), /.*/],
  ];

  it("are refused, and take no memory", async () => {
    for (const [name, bytes, reason] of hostile) {
      for (const { open } of [RgbImage, MaskImage]) {
        const before = process.memoryUsage().arrayBuffers;
        const error = await open(bytes).catch((e: unknown) => e);
        expect(error, name).toBeInstanceOf(ImageError);
        expect(String(error), name).toMatch(/expected a whole \w+ file, got damaged data/);
        expect(String(error), name).toMatch(reason);
        expect(process.memoryUsage().arrayBuffers - before, name).toBeLessThan(64e6);
      }
    }
  });

  it("are named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hostile-"));
    const path = join(folder, "cat.bmp");
    await writeFile(path, bytesOfFile("rgb.bmp").subarray(0, 70));
    const error = await RgbImage.open(path).catch((e: unknown) => e);
    await rm(folder, { recursive: true });
    expect(error).toMatchObject({ file: path, format: "BMP" });
    expect(String(error)).toContain(path);
  });

  it.each(families)("changed or cut .$family files are opened or refused", async ({ members }) => {
    const change = fc.record({ at: fc.nat(70), value: fc.nat(255) });
    const kind = fc.constantFrom(...members);
    await fc.assert(
      fc.asyncProperty(kind, fc.array(change, { maxLength: 3 }), fc.nat(), async (file, changes, cut) => {
        const copy = bytesOf(file.bytes);
        for (const { at, value } of changes) if (at < copy.length) copy[at] = value;
        const some = copy.subarray(0, cut % 2 ? cut % copy.length : copy.length);
        for (const { open } of [RgbImage, MaskImage]) {
          const result = await open(some).catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toBeInstanceOf(ImageError);
          else expect(result).toHaveProperty("width");
        }
      }),
      { numRuns: 60 },
    );
  });
});
