import { describe, expect, it } from "vitest";
import {
  Categorify,
  Frame,
  featureImportance,
  Normalize,
  Progress,
  plotEmbedding,
  plotImportance,
  TabularDataLoaders,
  tabularLearner,
} from "../../src/tabular/index.js";
import { manualSeed } from "../../src/torch/index.js";

/** A target that follows one category alone. */
async function trained() {
  manualSeed(1);
  const n = 240;
  const useful = Array.from({ length: n }, (_, i) => ["red", "green", "blue", "grey"][i % 4] as string);
  const df = new Frame({
    useful,
    idle: Array.from({ length: n }, (_, i) => (i % 3 === 0 ? "a" : "b")),
    noise: Array.from({ length: n }, (_, i) => Math.sin(i * 12.9)),
    y: useful.map((color) => (color === "red" || color === "blue" ? "yes" : "no")),
  });
  const dls = await TabularDataLoaders.fromDf(df, {
    procs: [Categorify, Normalize],
    catNames: ["useful", "idle"],
    contNames: "noise",
    yNames: "y",
    bs: 16,
    splitSeed: 2,
    device: "cpu",
  });
  const learn = tabularLearner(dls, { layers: [20] });
  learn.removeCbs(Progress);
  learn.logger = () => {};
  await learn.fitOneCycle(4, 1e-2);
  return learn;
}

describe("looking into a model of a table", () => {
  it("finds what each column is worth by shuffling it", async () => {
    const learn = await trained();
    const importance = await featureImportance(learn, { repeats: 2 });
    expect(importance.columns).toEqual(["column", "importance"]);
    expect(importance.length).toBe(3);
    expect(importance.row(0).column).toBe("useful");
    expect(Number(importance.row(0).importance)).toBeGreaterThan(10 * Math.abs(Number(importance.row(1).importance)));
    expect(plotImportance(importance).toSVG()).toContain("useful");
    expect(plotImportance(importance).toSpec().mark).toBe("bar");
  });

  it("shows the classes of a column as points", async () => {
    const learn = await trained();
    const svg = plotEmbedding(learn, "useful").toSVG();
    for (const color of ["red", "green", "blue", "grey"]) expect(svg).toContain(color);
    expect(() => plotEmbedding(learn, "noise")).toThrow(/such as useful, idle, got "noise"/);
  });
});
