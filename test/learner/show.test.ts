import { describe, expect, it } from "vitest";
import { Learner } from "../../src/callback/index.js";
import { Categorize, Datasets, Transform } from "../../src/data/index.js";
import { ClassificationInterpretation, showResults } from "../../src/learner/index.js";
import { nn, tensor } from "../../src/torch/index.js";
import { failure, regressor } from "./setting.js";

class TwoNumbers extends Transform {
  override encodes = (x: number) => tensor([x, 1 - x]);
}
class Labelled extends Transform {
  override encodes = (x: number) => (x > 0.5 ? "high" : "low");
}

const numbers = Array.from({ length: 40 }, (_, i) => ((i * 7) % 40) / 40);

async function learner(): Promise<Learner> {
  const at = numbers.map((_, i) => i);
  const splits = [at.slice(0, 30), at.slice(30)];
  const dsets = await Datasets.create(numbers, [[new TwoNumbers()], [new Labelled(), new Categorize()]], { splits });
  return new Learner(await dsets.dataLoaders({ bs: 8 }), new nn.Linear(2, 2));
}

describe("showing", () => {
  it("LOS-8: takes the loss from the data", async () => {
    expect((await learner()).lossFunc.constructor.name).toBe("CrossEntropyLossFlat");
  });

  it("LRN-18: showResults draws targets and predictions of one batch", async () => {
    const learn = await learner();
    const svg = (await learn.showResults({ maxN: 3 })).toSVG();
    expect(svg).toContain("prediction");
    expect(svg).toMatch(/high|low/);
    expect(await failure(showResults(regressor()))).toMatch(/expected DataLoaders/);
  });

  it("INT-2: plotTopLosses draws the items with the greatest losses", async () => {
    const learn = await learner();
    const interp = await ClassificationInterpretation.fromLearner(learn);
    const { losses } = interp.topLosses(2);
    const svg = (await interp.plotTopLosses(2)).toSVG();
    for (const loss of losses) expect(svg).toContain(loss.toFixed(4));
    expect((await interp.showResults([0, 3])).toSVG()).toMatch(/high|low/);
    const matrix = await interp.confusionMatrix();
    expect(matrix.flat().reduce((sum, n) => sum + n, 0)).toBe(10);
    expect((await interp.plotConfusionMatrix()).toSVG()).toContain("high");
  });
});
