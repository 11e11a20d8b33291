import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEdges, valueCycles } from "./imports.js";

const edges = readEdges(join(import.meta.dirname, "../../src"));

/** Which layers a layer may import; itself always. */
const MAY_IMPORT: Record<string, string[]> = {
  "package-root": [],
  native: ["package-root"],
  torch: ["package-root", "native"],
  show: ["package-root", "torch"],
  // The scan of CSV files is a native function of its own.
  frame: ["native", "torch"],
  layers: ["torch"],
  data: ["torch", "layers", "show"],
  optimizer: ["torch", "layers"],
  learner: ["torch", "layers", "show", "data", "optimizer"],
  callback: ["torch", "layers", "show", "data", "optimizer", "learner"],
  // The image codecs and resamplers are native functions of their own.
  vision: ["native", "torch", "layers", "show", "frame", "data", "optimizer", "learner", "callback"],
  tabular: ["torch", "layers", "show", "frame", "data", "optimizer", "learner", "callback"],
  collab: ["torch", "layers", "show", "frame", "data", "optimizer", "learner", "callback", "tabular"],
  cli: [
    ...["torch", "layers", "show", "frame", "data", "optimizer", "learner", "callback"],
    ...["vision", "tabular", "collab"],
  ],
  index: ["torch", "layers", "show", "frame", "data", "optimizer", "learner", "callback"],
};

/** Files besides the indexes that another layer may import. */
const ENTRANCES = ["package-root.ts", "native.ts", "torch/errors.ts", "torch/registry.ts"];

/** "torch" for torch/nn/module.ts, "native" for native.ts. */
const layerOf = (path: string) => path.split("/")[0]?.replace(/\.ts$/, "") ?? "";

const say = ({ from, to, line }: { from: string; to: string; line: number }) => `src/${from}:${line} imports ${to}`;
const crossing = edges.filter(({ from, to }) => layerOf(from) !== layerOf(to));

describe("the layers of src/", () => {
  it("import only what lies below them", () => {
    const upward = crossing.filter(({ from, to }) => !MAY_IMPORT[layerOf(from)]?.includes(layerOf(to)));
    expect(upward.map(say)).toEqual([]);
  });

  it("are entered through an index, or through a file that loads nothing native", () => {
    const past = crossing.filter(({ to }) => !to.endsWith("/index.ts") && !ENTRANCES.includes(to));
    expect(past.map(say)).toEqual([]);
  });

  it("do not import their own index", () => {
    const own = edges.filter(({ from, to }) => layerOf(from) === layerOf(to) && to === `${layerOf(to)}/index.ts`);
    expect(own.map(say)).toEqual([]);
  });

  it("have no cycle of imports at load time", () => {
    expect(valueCycles(edges).map((cycle) => cycle.join(" -> "))).toEqual([]);
  });

  it("list every name that they export", () => {
    const stars = edges.filter(({ isStar, to }) => isStar && !to.includes("/generated/"));
    expect(stars.map(say)).toEqual([]);
  });
});

describe("the reading of imports", () => {
  const edge = (from: string, to: string, isValue = true) => ({ from, to, isValue, isStar: false, line: 1 });

  it("sees a cycle over three files", () => {
    const cycles = valueCycles([edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "d")]);
    expect(cycles.map((cycle) => cycle.sort())).toEqual([["a", "b", "c"]]);
  });

  it("does not count a type import as a cycle", () => {
    expect(valueCycles([edge("a", "b"), edge("b", "a", false)])).toEqual([]);
  });
});
