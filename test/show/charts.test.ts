import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { lineChart } from "../../src/show/line-chart.js";
import { matrixChart } from "../../src/show/matrix-chart.js";
import { tableFigure } from "../../src/show/table-figure.js";
import { bluesAt, inkOn } from "../../src/show/theme.js";

/** The values of one attribute of all elements of a name. */
function attributes(svg: string, element: string, name: string): string[] {
  return [...svg.matchAll(new RegExp(`<${element}[^>]* ${name}="([^"]*)"`, "g"))].map((match) => match[1] ?? "");
}

/** Texts of a picture, in the order they are drawn. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? "");
}

describe("lineChart", () => {
  it("draws one line for each series and names them in a legend", () => {
    const svg = lineChart({
      series: [
        { name: "train", y: [3, 2, 1] },
        { name: "valid", y: [4, 3, 2] },
      ],
      title: "Losses",
    }).toSVG();
    expect(attributes(svg, "polyline", "points")).toHaveLength(2);
    expect(texts(svg)).toEqual(expect.arrayContaining(["Losses", "train", "valid"]));
  });

  it("places larger values higher and later ones further right", () => {
    const svg = lineChart({ series: [{ y: new Float32Array([1, 2, 4]) }] }).toSVG();
    const points = (attributes(svg, "polyline", "points")[0] ?? "")
      .split(" ")
      .map((point) => point.split(",").map(Number));
    const [a = [], b = [], c = []] = points;
    expect(a[0]).toBeLessThan(b[0] ?? 0);
    expect((a[1] ?? 0) - (b[1] ?? 0)).toBeCloseTo(((b[1] ?? 0) - (c[1] ?? 0)) / 2, 1);
  });

  it("labels no place between two steps", () => {
    const labels = (x: number[]) => texts(lineChart({ series: [{ x, y: [0.1, 0.3, 0.2] }] }).toSVG());
    expect(labels([1, 2, 3])).not.toContain("1.5");
    expect(labels([1, 2, 3])).toEqual(expect.arrayContaining(["1", "2", "3"]));
    expect(labels([1, 2.5, 3])).toContain("1.5");
  });

  it("breaks a line at values that are not finite, and leaves out what a logarithm has no place for", () => {
    const y = [1, 2, Number.NaN, 3, 4, Number.POSITIVE_INFINITY, 5];
    const broken = lineChart({ series: [{ y, dots: false }] }).toSVG();
    expect(attributes(broken, "polyline", "points")).toHaveLength(2);
    expect(attributes(broken, "circle", "r")).toHaveLength(1); // a value alone is a dot
    const log = lineChart({ series: [{ x: [0, 0.1, 1, 10], y: [1, 2, 3, 4] }], logX: true }).toSVG();
    expect((attributes(log, "polyline", "points")[0] ?? "").split(" ")).toHaveLength(3);
    expect(texts(log)).toEqual(expect.arrayContaining(["0.1", "1", "10"]));
  });

  it("keeps the labels of markers apart and inside the picture", () => {
    const markers = ["valley", "steep", "slide", "minimum"].map((label, i) => ({ x: 1e-3 * 1.5 ** i, label }));
    const figure = lineChart({ series: [{ x: [1e-6, 10], y: [1, 2] }], logX: true, markers });
    const rows = [...figure.toSVG().matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>(valley|steep|slide|minimum)</g)];
    expect(new Set(rows.map((row) => row[2])).size).toBe(4);
    for (const row of rows) expect(Number(row[2])).toBeGreaterThan(10);
  });

  it("thins a line of a hundred thousand points to what pixels can show, extremes included", () => {
    const y = Float32Array.from({ length: 100_000 }, (_, i) => (i === 5000 ? 50 : Math.sin(i)));
    const svg = lineChart({ series: [{ y }] }).toSVG();
    expect(svg.length).toBeLessThan(100_000);
    const heights = (attributes(svg, "polyline", "points")[0] ?? "")
      .split(" ")
      .map((point) => Number(point.split(",")[1]));
    expect(Math.min(...heights)).toBeLessThan(80);
  });

  it("draws empty axes when there is nothing to show", async () => {
    const figure = lineChart({ series: [{ y: [] }] });
    expect((await sharp(await figure.toPNG()).metadata()).width).toBe(1360);
  });

  it("carries a vega-lite specification that is plain JSON", () => {
    const spec = lineChart({
      series: [{ name: "a", x: [1, 2], y: [3, Number.NaN] }],
      logX: true,
      xLabel: "lr",
    }).toSpec();
    expect(spec.$schema).toContain("vega-lite");
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(JSON.stringify(spec)).toContain('{"series":"a","x":2,"y":null}');
    expect(JSON.stringify(spec)).toContain('"type":"log"');
  });

  it("names the options it knows when it meets another", () => {
    const options = { series: [], colour: "red" };
    expect(() => lineChart(options)).toThrow(/series[\s\S]*"colour"/);
  });
});

describe("matrixChart", () => {
  const names = ["cat", "dog"];

  it("writes every value, rows and columns named", () => {
    const svg = matrixChart({ values: [[5, 1], new Float32Array([0, 7])], names, title: "Confusion matrix" }).toSVG();
    expect(texts(svg)).toEqual([
      "Confusion matrix",
      "5",
      "1",
      "0",
      "7",
      "cat",
      "dog",
      "cat",
      "dog",
      "Actual",
      "Predicted",
    ]);
  });

  it("turns the names of the columns when they are wider than a cell", () => {
    const many = Array.from({ length: 30 }, (_, i) => `breed number ${i}`);
    const figure = matrixChart({ values: many.map((_, r) => many.map((_, c) => r * c)), names: many });
    expect(figure.toSVG().match(/rotate\(-90/g)).toHaveLength(31);
    expect(figure.width).toBeLessThan(1400);
  });

  it("says which numbers of names and values do not agree", () => {
    expect(() => matrixChart({ values: [[1, 2]], names })).toThrow(
      "expected 2 rows of 2 values, got 1 rows of 2 values",
    );
  });

  it("shades from near white to dark blue and writes in the ink that reads better", () => {
    expect([bluesAt(0), bluesAt(1), bluesAt(9)]).toEqual(["#f7fbff", "#08306b", "#08306b"]);
    expect(inkOn(bluesAt(1))).toBe("#ffffff");
    expect(inkOn(bluesAt(0))).not.toBe("#ffffff");
  });

  it("carries its cells as vega-lite data", () => {
    expect(
      JSON.stringify(
        matrixChart({
          values: [
            [5, 1],
            [0, 7],
          ],
          names,
        }).toSpec(),
      ),
    ).toContain('{"row":"cat","column":"dog","value":1}');
  });
});

describe("tableFigure", () => {
  it("writes head and cells, numbers at the right edge", () => {
    const svg = tableFigure({
      columns: ["name", "prob"],
      rows: [
        ["cat", 0.25],
        ["dog", 1],
      ],
    }).toSVG();
    expect(texts(svg)).toEqual(["name", "prob", "cat", "0.25", "dog", "1"]);
    expect(attributes(svg, "text", "text-anchor")).toEqual(["end", "end", "end"]);
  });

  it("refuses a row with another number of cells", () => {
    expect(() => tableFigure({ columns: ["a"], rows: [[1], [1, 2]] })).toThrow(
      "expected 1 cells in each row, got 2 in row 1",
    );
  });
});
