import { describe, expect, it } from "vitest";
import { manualSeed, nn } from "../../src/torch/index.js";
import { gradCam } from "../../src/vision/grad-cam.js";
import { ImageDataLoaders } from "../../src/vision/image-data-loaders.js";
import { visionLearner } from "../../src/vision/learner.js";
import { failure } from "../failure.js";
import { tiny, withScenes } from "./tasks/scenes.js";

describe("gradCam", () => {
  it("finds the square that tells the classes apart, also in a frozen body, and draws it", () =>
    withScenes(32, async (scenes, folder) => {
      manualSeed(1);
      const files = scenes.map(({ file }) => file);
      const dls = await ImageDataLoaders.fromNameRe(folder, files, /^(\w+)_\d+/, { bs: 8, seed: 1 });
      const learn = visionLearner(dls, tiny, { pretrained: false, linFtrs: [], ps: 0, concatPool: false });
      await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(6, 1e-2)));
      learn.freeze();
      const { file, box } = scenes[9] ?? { file: "", box: [0, 0, 0, 0] };
      const cam = await gradCam(learn, file);
      expect([cam.label, cam.target, cam.heat.shape]).toEqual(["blue", 0, [32, 32]]);
      const [x1, y1, x2, y2] = box;
      const inside = cam.heat
        .narrow(0, y1, y2 - y1)
        .narrow(1, x1, x2 - x1)
        .mean();
      expect(Number(inside.item())).toBeGreaterThan(2 * Number(cam.heat.mean().item()));
      expect(cam.figure().toSVG()).toContain(">Where it sees blue<");
      expect((await gradCam(learn, file, { target: "red" })).target).toBe(1);
      expect((await failure(gradCam(learn, file, { target: "green" }))).message).toContain('got "green"');
      const flat = learn.model.modules().find((m) => m instanceof nn.Linear);
      expect((await failure(gradCam(learn, file, { layer: flat }))).message).toContain("Name another layer");
    }));
});
