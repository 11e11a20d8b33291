import { describe, expect, it } from "vitest";
import { Learner } from "../../src/callback/index.js";
import { Categorize, Datasets, Transform } from "../../src/data/index.js";
import { explain, integratedGradients, noiseTunnel, occlusion } from "../../src/learner/index.js";
import { full, manualSeed, type Tensor } from "../../src/torch/index.js";
import { net } from "../callback/setting.js";
import { failure, fixture, regressor, wave } from "./setting.js";

const captum = fixture<Record<"ig" | "shifted" | "occlusion" | "uneven", number[][][][]>>("attribution");

const photo = () => wave(1, 2, 6, 8);
const tolerance = { rtol: 1e-4, atol: 1e-6 };

describe("attribution", () => {
  it("INT-5: integratedGradients is captum's, and adds up to the difference of the scores", () => {
    const model = net().eval();
    const found = integratedGradients(model, photo(), 1, { steps: 50, bs: 7 });
    expect(found).toBeClose(captum.ig, tolerance);
    const baseline = full([1, 2, 6, 8], 0.3);
    expect(integratedGradients(model, photo(), 2, { steps: 20, baseline })).toBeClose(captum.shifted, tolerance);
    const score = (x: Tensor) => Number(model(x).detach().select(1, 1).item());
    const exact = integratedGradients(model, photo(), 1, { steps: 400 });
    expect(exact.sum()).toBeClose(score(photo()) - score(photo().mul(0)), { rtol: 1e-3, atol: 1e-4 });
  });

  it("INT-5: occlusion is captum's, also where windows reach over the edge", () => {
    const model = net().eval();
    const even = occlusion(model, photo(), 0, { window: [2, 3, 3], strides: [2, 2, 2] });
    expect(even).toBeClose(captum.occlusion, tolerance);
    const uneven = occlusion(model, photo(), 1, { window: [1, 4, 5], strides: [1, 3, 4], baseline: 0.5 });
    expect(uneven).toBeClose(captum.uneven, tolerance);
    expect(() => occlusion(model, photo(), 0, { window: [3] })).toThrow(/each of \[2,6,8\], got window \[3\]/);
  });

  it("INT-5: noiseTunnel is the mean over noisy inputs", () => {
    manualSeed(2);
    const found = noiseTunnel((x) => x.mul(2), photo(), { samples: 200, std: 0.5 });
    expect(found).toBeClose(photo().mul(2).toArray(), { rtol: 0, atol: 0.3 });
    expect(() => integratedGradients(net(), photo(), 7)).toThrow(/a class among them, got \[32,3\] and 7/);
    expect(() => integratedGradients(net(), photo(), 1, { steps: 0 })).toThrow(/number of steps/);
  });
});

class ToPhoto extends Transform {
  override encodes = (seed: number) => wave(40, 2, 6, 8).select(0, seed);
}
class Kind extends Transform {
  override encodes = (seed: number) => ["sky", "tree", "car"][seed % 3] as string;
}

describe("explain", () => {
  it("INT-5: says what in an item spoke for the predicted class, and draws it", async () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i);
    const splits = [seeds.slice(0, 8), seeds.slice(8)];
    const dsets = await Datasets.create(seeds, [[new ToPhoto()], [new Kind(), new Categorize()]], { splits });
    const learn = new Learner(await dsets.dataLoaders({ bs: 4 }), net());
    for (const method of ["IG", "NT", "Occlusion"] as const) {
      const why = await explain(learn, 5, { method, steps: 20, samples: 2 });
      const [, index] = (await learn.predict(5)) as [unknown, Tensor, Tensor];
      expect(why.target).toBe(index.item());
      expect(["sky", "tree", "car"]).toContain(why.label);
      expect(why.attribution.shape).toEqual([1, 2, 6, 8]);
      expect(why.figure().toSVG()).toMatch(/Speaks for|Input/);
    }
    expect((await explain(learn, 5, { target: 2, steps: 5 })).target).toBe(2);
    expect(await failure(explain(learn, 5, { method: JSON.parse('"SHAP"') }))).toMatch(/IG, NT, Occlusion, got SHAP/);
    expect(await failure(explain(regressor(), 5))).toMatch(/expected DataLoaders/);
  });
});
