import { describe, expect, it } from "vitest";
import { barChart, pointChart } from "../../src/show/index.js";

const attributes = (svg: string, element: string, name: string) =>
  [...svg.matchAll(new RegExp(`<${element} [^>]*?${name}="([-\\d.]+)"`, "g"))].map((match) => Number(match[1]));

describe("barChart", () => {
  it("draws a bar for each value, in proportion, with its name", () => {
    const figure = barChart({ names: ["age", "job"], values: [4, 1], title: "Importance" });
    const widths = attributes(figure.toSVG(), "rect", "width").slice(1);
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(4, 1);
    for (const text of ["age", "job", "Importance"]) expect(figure.toSVG()).toContain(`>${text}<`);
    expect(figure.toSpec().data).toEqual({
      values: [
        { name: "age", value: 4 },
        { name: "job", value: 1 },
      ],
    });
  });

  it("draws negative values to the other side", () => {
    const svg = barChart({ names: ["up", "down"], values: [1, -1] }).toSVG();
    const [up = 0, down = 0] = attributes(svg, "rect", "x");
    expect(down).toBeLessThan(up);
    expect(() => barChart({ names: ["a"], values: [1, 2] })).toThrow(/as many names as values, got 1 and 2/);
  });
});

describe("pointChart", () => {
  it("places points by their coordinates, upwards for larger y, with their names", () => {
    const svg = pointChart({
      points: [
        { x: 0, y: 0, name: "low" },
        { x: 1, y: 1, name: "high" },
      ],
      title: "Places",
    }).toSVG();
    const [x0 = 0, x1 = 0] = attributes(svg, "circle", "cx");
    const [y0 = 0, y1 = 0] = attributes(svg, "circle", "cy");
    expect([x1 > x0, y1 < y0]).toEqual([true, true]);
    for (const text of ["low", "high", "Places"]) expect(svg).toContain(`>${text}<`);
  });

  it("puts names where there is room, and leaves those out that would cover others", () => {
    const points = Array.from({ length: 5 }, (_, i) => ({ x: 0, y: i / 1000, name: `n${i}` }));
    const svg = pointChart({ points: [...points, { x: 1, y: 1, name: "far" }] }).toSVG();
    const drawn = [...svg.matchAll(/>n\d</g)].length;
    expect(drawn > 1 && drawn < points.length).toBe(true);
    expect(new Set(attributes(svg, "text", "y")).size).toBe(drawn + 1);
    expect(svg).toContain(">far<");
    expect(pointChart({ points }).toSpec().layer).toHaveLength(2);
  });
});
