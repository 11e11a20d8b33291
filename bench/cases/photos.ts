import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noGrad, randint, scope } from "fastai-ts/torch";
import {
  augTransforms,
  type DataLoaders,
  ImageDataLoaders,
  IntToFloatTensor,
  imagenetStats,
  Normalize,
  Pipeline,
  Resize,
  TensorImage,
} from "fastai-ts/vision";
import sharp from "sharp";
import type { Prepare } from "./iterate.js";

const PHOTOS = 800;

/** A folder of photos of 224 x 224, ten classes; waves of colour with a little noise. The peer makes alike ones. */
async function folder(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "fastai-ts-bench-"));
  process.on("exit", () => rmSync(root, { recursive: true, force: true }));
  const data = new Uint8Array(224 * 224 * 3);
  for (let i = 0; i < PHOTOS; i++) {
    const dir = join(root, `class${i % 10}`);
    mkdirSync(dir, { recursive: true });
    for (let k = 0; k < data.length; k++) data[k] = 128 + 90 * Math.sin(k / (50 + i)) + ((k * 7919 + i) % 31);
    const image = sharp(data, { raw: { width: 224, height: 224, channels: 3 } });
    writeFileSync(join(dir, `${i}.jpg`), await image.jpeg({ quality: 90 }).toBuffer());
  }
  return root;
}

/** Photos as one trains on them: 160 pixels, augmented to 128. */
export async function photoLoaders(bs: number): Promise<DataLoaders> {
  return ImageDataLoaders.fromFolder(await folder(), {
    validPct: 0.01,
    itemTfms: new Resize(160),
    batchTfms: [...augTransforms({ size: 128 }), Normalize.fromStats(imagenetStats)],
    bs,
  });
}

/** What stands between files and the model. */
export const photos: Record<string, Prepare> = {
  "loader.photos": async () => {
    const dls = await photoLoaders(64);
    return async (n) => {
      let done = 0;
      while (done < n) {
        for await (const [x] of dls.train) {
          done += x?.shape[0] ?? 0;
          x?.dispose();
        }
      }
      return done;
    };
  },
  "augment.batch": () => {
    const pipeline = new Pipeline([
      new IntToFloatTensor(),
      ...augTransforms({ size: 128 }),
      Normalize.fromStats(imagenetStats),
    ]);
    const x = randint(0, 256, [64, 3, 160, 160]).to("uint8").as(TensorImage);
    return (n) => {
      for (let i = 0; i < n; i++) noGrad(() => scope(() => void pipeline.encode(x, { splitIdx: 0 })));
      return n;
    };
  },
};
