import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { type GridImage, imageGrid } from "../../src/show/image-grid.js";
import { toBytes } from "../../src/show/pixels.js";
import { encodePng } from "../../src/show/png.js";

describe("encodePng", () => {
  it.each([1, 2, 3, 4])("is read back by an independent decoder, %d channels", async (channels) => {
    const data = Uint8Array.from({ length: 7 * 5 * channels }, (_, i) => (i * 37) % 256);
    const decoded = await sharp(encodePng(data, 7, 5, channels))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([decoded.info.width, decoded.info.height]).toEqual([7, 5]);
    if (channels >= 3) expect(new Uint8Array(decoded.data)).toEqual(data);
    else for (let i = 0; i < 35; i++) expect(decoded.data[i * decoded.info.channels]).toBe(data[i * channels]);
  });

  it("refuses a wrong number of bytes", () => {
    expect(() => encodePng(new Uint8Array(5), 2, 2, 1)).toThrow("encodePng: expected 2x2 pixels");
  });
});

describe("toBytes", () => {
  it("turns planes into interleaved bytes, floats of 0..1 into 0..255, clamped", () => {
    const data = new Float32Array([0, 1, 0.5, 2, -1, Number.NaN]);
    expect([...toBytes("t", { data, width: 2, height: 1, channels: 3 }, 100).data]).toEqual([0, 128, 0, 255, 255, 0]);
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6]);
    expect([...toBytes("t", { data: bytes, width: 2, height: 1, channels: 3, layout: "hwc" }, 100).data]).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it("shrinks what is far larger than its place by the mean of blocks", () => {
    const data = Uint8Array.from({ length: 400 * 200 }, (_, i) => (i % 2 === 0 ? 100 : 200));
    const small = toBytes("t", { data, width: 400, height: 200, channels: 1 }, 100);
    expect([small.width, small.height, small.data[0]]).toEqual([200, 100, 150]);
  });

  it("names shape and number of values when they do not agree", () => {
    expect(() => toBytes("imageGrid", { data: new Uint8Array(5), width: 2, height: 2, channels: 1 }, 10)).toThrow(
      "imageGrid: expected width x height x channels values with 1 to 4 channels, got 5 values for 2x2x1",
    );
  });
});

describe("imageGrid", () => {
  const red = { data: new Uint8Array([255, 0, 0]), width: 1, height: 1, channels: 3 };

  it("draws every image in its place", async () => {
    const blue = { ...red, data: new Uint8Array([0, 0, 255]) };
    const figure = imageGrid([red, blue, red], { cols: 2, size: 100 });
    const { data, info } = await sharp(await figure.toPNG({ scale: 1 }))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
    expect(at(70, 70)).toEqual([255, 0, 0]);
    expect(at(190, 70)).toEqual([0, 0, 255]);
    expect(at(70, 190)).toEqual([255, 0, 0]);
    expect(at(190, 190)).toEqual([255, 255, 255]);
  });

  it("enlarges tiny images with hard edges", async () => {
    const data = new Uint8Array([0, 255, 255, 0]);
    const figure = imageGrid([{ data, width: 2, height: 2, channels: 1 }], { size: 100 });
    const { data: pixels } = await sharp(await figure.toPNG({ scale: 1 }))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(pixels.filter((value) => value > 8 && value < 247)).toHaveLength(0);
  });

  it("writes titles over their images, green and red on request, long ones on two lines", () => {
    const svg = imageGrid([
      { ...red, title: "cat\ncat", titleColor: "good" },
      {
        ...red,
        title: "american_staffordshire_terrier_and_many_more_words_than_fit_in_two_lines_of_text",
        titleColor: "bad",
      },
    ]).toSVG();
    expect(svg.match(/fill="#15803d"/g)).toHaveLength(2);
    expect(svg.match(/fill="#c81e1e"/g)).toHaveLength(2);
    expect(svg).toContain("…");
  });

  it("of no images is an empty picture", async () => {
    expect((await sharp(await imageGrid([]).toPNG()).metadata()).width).toBeGreaterThan(0);
  });
});

describe("the names of boxes", () => {
  const picture = { data: new Uint8Array(64 * 64), width: 64, height: 64, channels: 1 };
  const tags = (marks: GridImage["marks"]) =>
    [
      ...imageGrid([{ ...picture, marks }], { size: 64 })
        .toSVG()
        .matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)</g),
    ].map(([, x, y, name]) => ({ x: Number(x), y: Number(y), name }));
  const box = (top: number, label: string) => ({ box: [4, top, 60, top + 24] as const, label });

  it("go to another corner where they would cover one another", () => {
    const [first, second] = tags([box(30, "cat"), box(30, "dog")]);
    expect([first?.name, second?.name]).toEqual(["cat", "dog"]);
    expect(Math.abs((first?.y ?? 0) - (second?.y ?? 0))).toBeGreaterThanOrEqual(15);
  });

  it("are left out where there is no room and the same name stands already, never when it is the only one", () => {
    const crowd = Array.from({ length: 12 }, () => box(20, "cat"));
    const names = tags([...crowd, box(20, "dog")]).map(({ name }) => name);
    expect(names.filter((name) => name === "cat").length).toBeLessThan(12);
    expect(names).toContain("dog");
  });
});

describe("titles", () => {
  it("have a colour for each line that is given", () => {
    const svg = imageGrid([
      { data: new Uint8Array(1), width: 1, height: 1, channels: 1, title: "a\nb\nc", titleColor: ["", "bad"] },
    ]);
    const colors = [...svg.toSVG().matchAll(/fill="(#\w+)"[^>]*>([abc])</g)].map(
      ([, color, line]) => `${line}${color}`,
    );
    expect(colors).toEqual(["a#1f2933", "b#c81e1e", "c#1f2933"]);
  });
});
