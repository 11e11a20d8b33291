import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Figure } from "../../src/show/figure.js";
import { el, textEl } from "../../src/show/svg.js";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "figure-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const dot = () =>
  new Figure(40, 20, el("rect", { x: 10, y: 0, width: 10, height: 20, fill: "#ff0000" }), { label: "a bar" });

describe("Figure", () => {
  it("draws itself on white, at two pixels for one", async () => {
    const { data, info } = await sharp(await dot().toPNG())
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([80, 40]);
    const at = (x: number, y: number) => [...data.subarray((y * 80 + x) * 3, (y * 80 + x) * 3 + 3)];
    expect(at(5, 20)).toEqual([255, 255, 255]);
    expect(at(30, 20)).toEqual([255, 0, 0]);
  });

  it("draws text with the shipped font, so some pixels are dark on a machine without fonts", async () => {
    const figure = new Figure(80, 24, textEl("Hello Ωя", { x: 4, y: 16, size: 14, color: "#000000" }));
    const { data } = await sharp(await figure.toPNG())
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const dark = data.filter((value) => value < 100).length;
    expect(dark).toBeGreaterThan(250);
    expect(dark).toBeLessThan(2000);
  });

  it("is saved as what the extension says, in either case of letters", () =>
    withFolder(async (folder) => {
      expect(await dot().save(join(folder, "a.svg"))).toBe(join(folder, "a.svg"));
      expect(await readFile(join(folder, "a.svg"), "utf8")).toBe(dot().toSVG());
      await dot().save(join(folder, "b.PNG"), { scale: 1 });
      expect((await sharp(join(folder, "b.PNG")).metadata()).width).toBe(40);
    }));

  it("refuses another extension, an absurd scale and a specification it does not have", async () => {
    await expect(dot().save("x.gif")).rejects.toThrow('expected a path that ends in .png or .svg, got "x.gif"');
    await expect(dot().toPNG({ scale: 1e6 })).rejects.toThrow("Figure.toPNG: expected a scale");
    await expect(dot().toPNG({ scale: Number.NaN })).rejects.toThrow("Figure.toPNG: expected a scale");
    expect(() => dot().toSpec()).toThrow("Figure.toSpec: expected a chart");
  });

  it("shows itself in notebooks and on the console", async () => {
    const show: unknown = Reflect.get(dot(), Symbol.for("Jupyter.display"));
    const bundle = await (show as () => Promise<Record<string, string>>).call(dot());
    expect(Object.keys(bundle)).toEqual(["text/plain", "image/png", "image/svg+xml"]);
    expect(
      Buffer.from(bundle["image/png"] ?? "", "base64")
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(String(dot())).toBe("Figure(40x20, a bar)");
  });

  it("escapes texts and leaves out characters that XML cannot hold", () => {
    expect(textEl('<a & "b">\u0001\ud800', { x: 0, y: 0 })).toContain(">&lt;a &amp; &quot;b&quot;&gt;</text>");
  });
});
