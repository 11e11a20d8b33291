import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GrayImage, MaskImage, RgbImage } from "../../../src/vision/image.js";
import { ImageError } from "../../../src/vision/image-error.js";
import { fixture } from "./formula.js";

/** Opens bytes as every kind of image: each gives an image or an ImageError, nothing else. */
async function opensOrRefuses(bytes: Uint8Array): Promise<void> {
  for (const { open } of [RgbImage, GrayImage, MaskImage]) {
    const result = await open(bytes).catch((error: unknown) => error);
    if (result instanceof Error) expect(result).toBeInstanceOf(ImageError);
    else expect(result).toHaveProperty("width");
  }
}

describe("damaged files", () => {
  const files = fixture.files.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(Buffer.from(bytes, "base64")) }));

  it.each(files)("a changed $name is opened or refused, never a crash", async ({ bytes }) => {
    const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(bytes.length), async (changes, cut) => {
        const copy = Uint8Array.from(bytes);
        for (const { at, value } of changes) copy[at] = value;
        await opensOrRefuses(cut % 3 === 0 ? copy.subarray(0, cut) : copy);
      }),
      { numRuns: 12 },
    );
  });

  it("bytes of any kind are refused", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), opensOrRefuses), { numRuns: 40 });
  });
});
