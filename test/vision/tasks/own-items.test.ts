/** Item types from outside: two photos as one item, with its own steps and pictures. */
import { describe, expect, it } from "vitest";
import {
  CategoryBlock,
  DataBlock,
  IntToFloatTensor,
  registerShowable,
  showBatch,
  ToTensor,
  TransformBlock,
} from "../../../src/data/index.js";
import { imageGrid } from "../../../src/show/index.js";
import { stack, type Tensor, TensorBase } from "../../../src/torch/index.js";
import { RgbImage } from "../../../src/vision/image.js";
import { gridImage } from "../../../src/vision/picture.js";
import { withScenes } from "./scenes.js";

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
