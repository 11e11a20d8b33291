/** Folders of photos: fetched, checked, made smaller. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { getImageFiles } from "../../src/data/index.js";
import { downloadImages } from "../../src/vision/download-images.js";
import { RgbImage } from "../../src/vision/image.js";
import { resizeImages, resizeTo } from "../../src/vision/resize-images.js";
import { verifyImage, verifyImages } from "../../src/vision/verify-images.js";
import { failure } from "../failure.js";

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "photos-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const photo = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 40, b: 90 } } });
const shapeOf = async (file: string) => {
  const { width, height, channels, format } = await sharp(file).metadata();
  return [width, height, channels, format];
};

describe("verifyImages", () => {
  it("VLN-13: decodes to the end, and says what is wrong with which file", () =>
    withFolder(async (folder) => {
      const [whole, half] = [join(folder, "whole.jpg"), join(folder, "half.jpg")];
      const bytes = await photo(64, 48).jpeg().toBuffer();
      await writeFile(whole, bytes);
      await writeFile(half, bytes.subarray(0, bytes.length - 200));
      expect(await verifyImage(whole)).toBeNull();
      const found = await verifyImages([half, whole]);
      expect(found.map(({ file }) => file)).toEqual([half]);
      expect(found[0]?.error.message).toContain("half.jpg");
    }));
});

describe("resizeTo", () => {
  it("VLN-13: brings the longer or the shorter side to a length, in the same shape", () => {
    expect(resizeTo([640, 480], 320)).toEqual([320, 240]);
    expect(resizeTo([480, 641], 320)).toEqual([239, 320]);
    expect(resizeTo([640, 480], 240, { useMin: true })).toEqual([320, 240]);
    expect(() => resizeTo([1, 1], 2, { useMax: true } as object)).toThrow("useMin");
  });
});

describe("resizeImages", () => {
  it("VLN-13: makes large photos smaller below another folder, copies small ones, and tells of broken ones", () =>
    withFolder(async (folder) => {
      const [from, to] = [join(folder, "from"), join(folder, "to")];
      await photo(300, 200)
        .jpeg()
        .toFile(await made(from, "a/large.jpg"));
      await photo(40, 30)
        .png()
        .toFile(await made(from, "b/small.png"));
      await writeFile(await made(from, "b/broken.png"), "none");
      const broken = await resizeImages(from, { dest: to, maxSize: 60 });
      expect(broken.map(({ file }) => basename(file))).toEqual(["broken.png"]);
      const written = (await getImageFiles(to)).map((file) => relative(to, file)).sort();
      expect(written).toEqual([join("a", "large.jpg"), join("b", "small.png")]);
      expect(await shapeOf(join(to, "a/large.jpg"))).toEqual([60, 40, 3, "jpeg"]);
      expect(await readFile(join(to, "b/small.png"))).toEqual(await readFile(join(from, "b/small.png")));
    }));

  it("VLN-13: writes in place, in grey, in another format, and leaves alone what is there", () =>
    withFolder(async (folder) => {
      await photo(50, 50)
        .jpeg()
        .toFile(await made(folder, "x.jpg"));
      await resizeImages(folder, { maxSize: 20, nChannels: 1, ext: ".png" });
      expect(await shapeOf(join(folder, "x.png"))).toEqual([20, 20, 1, "png"]);
      const before = await readFile(join(folder, "x.png"));
      await resizeImages(folder, { maxSize: 10, ext: ".png", resume: true });
      expect(await readFile(join(folder, "x.png"))).toEqual(before);
      await resizeImages(folder, { maxSize: 10 });
      expect((await RgbImage.open(join(folder, "x.jpg"))).size).toEqual([10, 10]);
      expect((await failure(resizeImages(folder, { ext: ".bmp" }))).message).toContain(".webp");
      expect((await failure(resizeImages(folder, { size: 3 } as object))).message).toContain("maxSize");
    }));
});

/** The path of a file below a folder, which is made. */
async function made(folder: string, path: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(join(file, ".."), { recursive: true });
  return file;
}

describe("downloadImages", () => {
  it("VLN-13: fetches a list or a file of addresses, and tells which gave nothing, and why", async () => {
    const bytes = await photo(8, 8).png().toBuffer();
    const server = createServer((request, response) => {
      if (request.url?.includes("missing")) response.writeHead(404).end();
      else if (request.url?.includes("slow")) response.writeHead(200, { "content-length": "9" }).write("a");
      else response.end(bytes);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
    try {
      await withFolder(async (folder) => {
        const urls = ["bear.png?size=2", "other/bear.png", "missing.png", "slow.png", "plain"].map(at);
        const found = await downloadImages(join(folder, "named"), urls, { preserveFilename: true, timeout: 2 });
        expect(found.map(({ url, error }) => [url, error.failure])).toEqual([
          [at("missing.png"), "status"],
          [at("slow.png"), "network"],
        ]);
        expect(found[1]?.error.message).toContain("within 2 s");
        const names = (await getImageFiles(join(folder, "named"))).map((file) => basename(file)).sort();
        expect(names).toEqual(["bear-1.png", "bear.png", "plain.jpg"]);
        const list = join(folder, "urls.txt");
        await writeFile(list, `${at("one.png")}\n\n${at("two")}\r\n${at("three")}\n`);
        expect(await downloadImages(join(folder, "numbered"), list, { maxPics: 2 })).toEqual([]);
        const numbered = (await getImageFiles(join(folder, "numbered"))).map((file) => basename(file)).sort();
        expect(numbered).toEqual(["00000000.png", "00000001.jpg"]);
        expect(await verifyImages([join(folder, "numbered/00000000.png")])).toEqual([]);
      });
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });
});
