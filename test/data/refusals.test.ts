import { describe, expect, it } from "vitest";
import {
  Categorize,
  DataLoader,
  Datasets,
  EncodedMultiCategorize,
  getFiles,
  MultiCategorize,
  OneHotEncode,
} from "../../src/data/index.js";
import { tensor } from "../../src/torch/index.js";
import { failure } from "../failure.js";

describe("arguments of another kind", () => {
  it.each<[string, () => unknown, string]>([
    ["a number as dataset", () => new DataLoader(7 as never), "expected a dataset"],
    [
      "a word as skipBroken",
      () => new DataLoader([1], { skipBroken: "yes" as never }),
      "expected skipBroken to be true",
    ],
    ["pipelines that are no list", () => Datasets.create([1], "open" as never), "expected a list of pipelines"],
    ["a split that is no list", () => Datasets.create([1, 2], [[]], { splits: [1] as never }), "as split 0, got 1"],
    [
      "an extension without its dot",
      () => getFiles(".", { extensions: ["png"] }),
      'extensions with their dot, got "png"',
    ],
    ["extensions in one word", () => getFiles(".", { extensions: ".png" }), 'extensions with their dot, got ".png"'],
    ["a class beyond the vocab", () => new OneHotEncode({ c: 3 }).encode([1, 3]), "expected numbers below 3, got 3"],
    [
      "codes of another length",
      () => new EncodedMultiCategorize(["a", "b"]).encode(tensor([1, 0, 1])),
      "expected 2 values, one for each of the vocab, got 3",
    ],
    [
      "a prediction of a class that there is not",
      () => new Categorize({ vocab: ["a", "b"] }).decode(tensor(2)),
      "expected the number of one of 2 classes, got 2. Give the model as many outputs as there are classes",
    ],
    [
      "several predictions, one of a class that there is not",
      () => new MultiCategorize({ vocab: ["a", "b"] }).decode([1, -1]),
      "MultiCategorize.decode: expected the number of one of 2 classes, got -1",
    ],
  ])("%s: say what was expected", async (_name, work, message) => {
    expect((await failure(work)).message).toContain(message);
  });
});
