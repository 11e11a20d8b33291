import { expect, it } from "vitest";
import { OptionError, tensor, unique } from "../../../src/torch/index.js";

it("unique gives the values in order, where each input went, and how often each occurs", () => {
  const { values, inverse, counts } = unique(tensor([3, 1, 3, 2]));
  expect(values).toBeClose([1, 2, 3]);
  expect(inverse.toArray()).toEqual([2, 0, 2, 1]);
  expect(counts.toArray()).toEqual([1, 1, 2]);
});

it("unique compares slices along a dimension", () => {
  const rows = tensor([
    [1, 2],
    [1, 2],
    [0, 5],
  ]);
  const { values, inverse } = unique(rows, { dim: 0 });
  expect(values).toBeClose([
    [0, 5],
    [1, 2],
  ]);
  expect(inverse.toArray()).toEqual([1, 1, 0]);
  expect(() => unique(rows, { dimension: 0 } as object)).toThrow(OptionError);
});
