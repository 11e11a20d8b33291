/** Item types from outside: two photos as one item, with its own steps and pictures. */
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Learner, loadLearner } from "../../../src/callback/index.js";
import {
  CategoryBlock,
  DataBlock,
  getImageFiles,
  IntToFloatTensor,
  RandomSplitter,
  registerShowable,
  showBatch,
  ToTensor,
  TransformBlock,
} from "../../../src/data/index.js";
import { accuracy } from "../../../src/learner/index.js";
import { imageGrid } from "../../../src/show/index.js";
import {
  manualSeed,
  nn,
  registerConstant,
  registerModule,
  stack,
  type Tensor,
  TensorBase,
} from "../../../src/torch/index.js";
import { RgbImage } from "../../../src/vision/image.js";
import { gridImage } from "../../../src/vision/picture.js";
import { Resize } from "../../../src/vision/resize.js";
import { hasSample, tiny, withSample, withScenes } from "./scenes.js";

class ImagePair {
  constructor(readonly photos: readonly RgbImage[]) {}
}
class TensorPair extends TensorBase {}

ToTensor.extend(ImagePair, { encodes: ({ photos }) => stack(photos.map((photo) => photo.toTensor())).as(TensorPair) });
IntToFloatTensor.extend(TensorPair, {
  encodes: (pair) => pair.float().div(255),
  decodes: (pair) => pair.mul(255).to("uint8"),
});
registerShowable(TensorPair);
showBatch.add([TensorPair, Object], (_x, _y, samples) =>
  imageGrid(
    samples.flatMap(([pair, label]) =>
      [0, 1].map((i) => ({ ...gridImage((pair as Tensor).select(0, i)), title: String(label) })),
    ),
  ),
);

describe("an item type of one's own", () => {
  it("FND-11, DBL-2: goes through a data block by rules added from outside, and shows itself", () =>
    withScenes(8, async (scenes) => {
      const pairs = scenes.map(({ file, kind }, i) => {
        const other = scenes[(i + 1 + (i % 2)) % scenes.length];
        return { files: [file, other?.file ?? ""], same: other?.kind === kind };
      });
      type Pair = (typeof pairs)[number];
      const openPair = async ({ files }: Pair) =>
        new ImagePair(await Promise.all(files.map((file) => RgbImage.open(file))));
      const block = new DataBlock({
        blocks: [new TransformBlock({ typeTfms: openPair, batchTfms: new IntToFloatTensor() }), CategoryBlock],
        getY: ({ same }: Pair) => (same ? "same" : "different"),
      });
      const dls = await block.dataLoaders(pairs, { bs: 4 });
      const [x, y] = (await dls.oneBatch()) as [Tensor, Tensor];
      expect([x instanceof TensorPair, x.shape, x.dtype, y.shape]).toEqual([true, [4, 2, 3, 32, 32], "float32", [4]]);
      const svg = (await dls.showBatch({ maxN: 4 })).toSVG();
      expect(svg.match(/<image/g)?.length).toBe(8);
      expect(svg).toMatch(/>(same|different)</);
    }));
});

const openPair = registerConstant("test.openPair", async ({ files }: { files: readonly string[] }) => {
  const photos = await Promise.all(files.map((file) => RgbImage.open(file)));
  return new ImagePair(
    (await Promise.all(photos.map((photo) => new Resize(32, { method: "squish" }).encode(photo)))) as RgbImage[],
  );
});
registerConstant("test.TensorPair", TensorPair);

/** Two photos through one body, their features side by side into one layer. */
class TwoTowers extends nn.Module<[Tensor], Tensor> {
  tower = new nn.Sequential(...tiny().layers().slice(0, -1));
  head = new nn.Linear(48, 2);
  override forward(pairs: Tensor): Tensor {
    const [n = 0, , ...rest] = pairs.shape;
    return this.head(this.tower(pairs.view([2 * n, ...rest])).view([n, -1]));
  }
}
registerModule("test.TwoTowers", TwoTowers);

describe.skipIf(!hasSample("pets_mini"))("pets_mini", () => {
  it("DBL-2, siamese pairs of an own type: trained, exported and predicted", { timeout: 60_000 }, () =>
    withSample("pets_mini", async (path) => {
      manualSeed(1);
      const files = (await getImageFiles(join(path, "images"))).sort();
      const breed = (file = "") => basename(file).replace(/_\d+\.jpg$/, "");
      const pairs = files.slice(0, 32).map((file, i) => ({ files: [file, files[i % 2 ? i + 1 : i + 40] ?? file] }));
      const block = new DataBlock({
        blocks: [new TransformBlock({ typeTfms: openPair, batchTfms: new IntToFloatTensor() }), CategoryBlock],
        getY: ({ files: [a, b] }: { files: string[] }) => (breed(a) === breed(b) ? "same" : "different"),
        splitter: RandomSplitter({ seed: 1 }),
      });
      const dls = await block.dataLoaders(pairs, { bs: 8, path });
      const learn = new Learner(dls, new TwoTowers(), { metrics: accuracy });
      await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(3, 1e-2)));
      expect(Number(learn.recorder.values[2]?.[0])).toBeLessThan(Number(learn.recorder.values[0]?.[0]));
      const again = await loadLearner(await learn.export("pairs.fai"));
      const [label, , probs] = await again.noBar(() => again.predict(pairs[0]));
      expect(["same", "different"]).toContain(String(label));
      expect(probs).toBeClose((await learn.noBar(() => learn.predict(pairs[0])))[2]);
    }),
  );
});
