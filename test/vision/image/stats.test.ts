import { expect, it } from "vitest";
import { cifarStats, getGrid, imagenetStats, mnistStats } from "../../../src/vision/index.js";

it("VCO-1: mean and standard deviation are those of fastai", () => {
  expect(imagenetStats).toEqual([
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ]);
  expect(cifarStats).toEqual([
    [0.491, 0.482, 0.447],
    [0.247, 0.243, 0.261],
  ]);
  expect(mnistStats).toEqual([[0.131], [0.308]]);
});

it("VCO-11: a grid is as square as can be", () => {
  expect([1, 2, 3, 4, 5, 6, 9, 12].map(getGrid)).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 2],
    [2, 3],
    [2, 3],
    [3, 3],
    [3, 4],
  ]);
});
