import { expect, it } from "vitest";
import { lineChart, sideBySide } from "../../src/show/index.js";

it("puts figures into rows", async () => {
  const chart = (title: string) => lineChart({ title, series: [{ y: [1, 2] }], width: 200, height: 100 });
  const figure = sideBySide([chart("one"), chart("two"), chart("three")], { cols: 2 });
  expect([figure.width, figure.height]).toEqual([400, 200]);
  expect(figure.toSVG()).toMatch(/<svg x="200" y="0" .*two.*<svg x="0" y="100" .*three/s);
  expect((await figure.toPNG()).length).toBeGreaterThan(1000);
  expect(() => sideBySide([])).toThrow(/expected figures/);
});
