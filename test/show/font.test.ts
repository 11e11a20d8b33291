import { describe, expect, it } from "vitest";
import { fontCovers, textWidth } from "../../src/show/font.js";
import { truncate, wrap } from "../../src/show/text.js";

describe("textWidth", () => {
  // advance widths of Inter 4.001, units of 1/2048 em
  it.each([
    ["space", " ", 576],
    ["H", "H", 1522],
    ["i", "i", 496],
  ])("knows the advance width of %s", (_, char, units) => {
    expect(textWidth(char, 2048)).toBeCloseTo(units, 0);
  });

  it("adds up, grows with the size and is wider in bold", () => {
    expect(textWidth("abc", 10)).toBeCloseTo(textWidth("a", 10) + textWidth("b", 10) + textWidth("c", 10));
    expect(textWidth("abc", 20)).toBeCloseTo(2 * textWidth("abc", 10));
    expect(textWidth("abc", 10, "bold")).toBeGreaterThan(textWidth("abc", 10));
  });

  it("knows what the shipped font can draw", () => {
    expect(fontCovers("Ärger, Ωμέγα, Ёжик, tiếng Việt, 1e−3 …")).toBe(true);
    expect(fontCovers("猫")).toBe(false);
  });
});

describe("truncate and wrap", () => {
  it("leaves what fits alone and marks a cut with an ellipsis", () => {
    expect(truncate("short", 100, 12)).toBe("short");
    const cut = truncate("a rather long class name", 60, 12);
    expect(cut.endsWith("…")).toBe(true);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(60);
  });

  it("breaks at spaces and underscores, keeps given line ends and loses nothing", () => {
    const lines = wrap("american_staffordshire_terrier\nand a second line", 90, 12);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(90);
    expect(lines.join("").replaceAll(" ", "")).toBe("american_staffordshire_terrierandasecondline");
  });

  it("breaks a word that is wider than a line, and cuts after maxLines", () => {
    expect(wrap("W".repeat(30), 50, 12).every((line) => textWidth(line, 12) <= 50)).toBe(true);
    const two = wrap("one two three four five six seven eight", 60, 12, { maxLines: 2 });
    expect(two).toHaveLength(2);
    expect(two[1]?.endsWith("…")).toBe(true);
  });

  it("ends with one character a line on a width that fits nothing", () => {
    expect(wrap("abc", 1, 12)).toEqual(["a", "b", "c"]);
    expect(truncate("abc", 1, 12)).toBe("…");
  });
});
