import { expect, it } from "vitest";
import { F1Score, type F1ScoreOptions, Metric } from "../../src/learner/index.js";
import { fromSpec, nn, type Tensor, tensor, toSpec } from "../../src/torch/index.js";
import { QuietLoop } from "./setting.js";

const actual = [0, 0, 1, 1, 1, 2, 2, 2, 2, 0];
const guessed = [0, 1, 1, 1, 0, 2, 2, 0, 1, 0];

/** The metric over two batches whose predictions are the guesses. */
async function f1(options?: F1ScoreOptions): Promise<number> {
  const labels = (values: number[]) => tensor(values, { dtype: "int64" });
  const batch = (from: number, to: number): [Tensor, Tensor] => [
    nn.functional.oneHot(labels(guessed.slice(from, to)), { numClasses: 4 }).float(),
    labels(actual.slice(from, to)),
  ];
  const data = { train: [], valid: [batch(0, 7), batch(7, 10)] };
  const lossFunc = nn.functional.crossEntropy;
  const learn = new QuietLoop(data, new nn.Identity(), { lossFunc, metrics: F1Score(options) });
  learn.logger = () => {};
  return ((await learn.validate()) as number[])[1] as number;
}

// sklearn.metrics.f1_score of 1.9; the fourth class is neither there nor guessed
it.each([
  [undefined, 0.5714285714285714],
  [{ posLabel: 2 }, 0.6666666666666666],
  [{ average: "macro" }, 0.6031746031746031],
  [{ average: "weighted" }, 0.6095238095238096],
  [{ average: "micro" }, 0.6],
] as const)("MET-1: F1Score(%j) is sklearn's", async (options, expected) => {
  expect(await f1(options)).toBeCloseTo(expected, 10);
});

it("MET-1: F1Score says which averages there are, and goes into files", () => {
  expect(() => F1Score(JSON.parse('{"average": "samples"}'))).toThrow("macro");
  const again = fromSpec(toSpec(F1Score({ average: "macro" })));
  expect(again).toBeInstanceOf(Metric);
  expect((again as Metric).name).toBe("f1_score");
});
