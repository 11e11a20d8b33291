import { describe, expect, it } from "vitest";
import { cropPad, dihedral } from "../../../src/vision/crop-window.js";
import { RgbImage } from "../../../src/vision/index.js";
import { bytesOf, fixture, picture } from "./formula.js";

describe("resizing", () => {
  it.each(fixture.resize)(
    "AUG-5: equals Pillow for $source to $to by $filter",
    async ({ source, to, filter, result }) => {
      const image = picture(...source);
      const window = { left: 0, top: 0, width: image.width, height: image.height };
      const resized = await cropPad(image, window, { resizeTo: to, filter });
      expect([resized.width, resized.height, resized.channels]).toEqual([...to, source[2]]);
      expect([...resized.data]).toEqual(bytesOf(result));
    },
  );

  it("returns the image itself when nothing changes", async () => {
    const image = picture(4, 5);
    expect(await cropPad(image, { left: 0, top: 0, width: 5, height: 4 })).toBe(image);
  });
});

it("AUG-5: what was cropped has pixels as every image has, and tensors of its own", async () => {
  const image = new RgbImage(picture(6, 5, 3));
  const part = await image.cropPad({ left: 1, top: 2, width: 3, height: 4 });
  const expected = Array.from({ length: 3 * 4 * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
    return image.data[((y + 2) * image.width + x + 1) * 3 + c];
  });
  const again = await image.cropPad({ left: 1, top: 2, width: 3, height: 4 });
  expect([...new RgbImage(again).data]).toEqual(expected); // an image is a source of pixels, too
  const tensor = part.toTensor();
  expect(tensor.permute(1, 2, 0).contiguous().view([-1]).toArray()).toEqual(expected);
  tensor.zero_();
  expect([...part.data]).toEqual(expected);
  expect(part.toTensor().permute(1, 2, 0).contiguous().view([-1]).toArray()).toEqual(expected);
});

describe("windows that reach outside", () => {
  const row = { data: Uint8Array.from([1, 2, 3]), width: 3, height: 1, channels: 1 };
  const window = { left: -3, top: 0, width: 9, height: 1 };

  it.each([
    ["zeros", [0, 0, 0, 1, 2, 3, 0, 0, 0]],
    ["border", [1, 1, 1, 1, 2, 3, 3, 3, 3]],
    ["reflection", [2, 3, 2, 1, 2, 3, 2, 1, 2]],
  ] as const)("AUG-3: are filled with %s", async (padMode, expected) => {
    expect([...(await cropPad(row, window, { padMode })).data]).toEqual(expected);
  });

  it("are refused when they do not touch the image", async () => {
    await expect(cropPad(row, { left: 5, top: 0, width: 2, height: 1 })).rejects.toThrow(/touches the image/);
  });

  it("are refused when they are too large to be meant", async () => {
    await expect(cropPad(row, { left: 0, top: 0, width: 1e9, height: 1 })).rejects.toThrow(/65536/);
  });
});

it.each(fixture.items.filter(({ name }) => name.startsWith("dihedral")))(
  "AUG-2: $name equals Pillow's transpose",
  (c) => {
    const k = Number(c.name.split(" ")[1]);
    expect([...dihedral(picture(5, 4), k).data]).toEqual(bytesOf(c.results[0] as { shape: number[]; data: string }));
  },
);
