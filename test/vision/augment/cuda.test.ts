import { describe, expect, it } from "vitest";
import { fuse } from "../../../src/data/fusion.js";
import { IntToFloatTensor, Normalize, Pipeline, Random, TensorImage, TensorMask } from "../../../src/data/index.js";
import { cuda, manualSeed, randint, type Tensor } from "../../../src/torch/index.js";
import { augTransforms, imagenetStats } from "../../../src/vision/index.js";

const device = "cuda:0";

describe.skipIf(!cuda.isAvailable())("fused batches on CUDA", () => {
  const pipeline = (size: number) =>
    new Pipeline([new IntToFloatTensor(), ...augTransforms({ size }), Normalize.fromStats(imagenetStats)]);

  it("are one kernel, and the CPU's pixels", () => {
    manualSeed(1);
    const photos = randint(0, 256, [8, 3, 64, 64]).to("uint8").as(TensorImage) as TensorImage;
    const steps = pipeline(48);
    const encode = (x: Tensor) => steps.encode(x, { splitIdx: 0, random: new Random(7) }) as Tensor;
    const there = photos.to(device);
    expect(fuse(steps.fs, 0, there, { splitIdx: 0, random: new Random(7) })?.count).toBe(steps.fs.length);
    const made = encode(there);
    expect(made.device).toBe(device);
    expect(made.cpu()).toBeClose(encode(photos), { rtol: 0, atol: 2e-3 }); // of values from -2 to 3
  });

  it("move masks as the CPU does", () => {
    manualSeed(2);
    const mask = randint(0, 5, [4, 32, 32]).as(TensorMask) as TensorMask;
    const steps = new Pipeline(augTransforms({ size: 24, pAffine: 1 }));
    const encode = (x: Tensor) => steps.encode(x, { splitIdx: 0, random: new Random(3) }) as Tensor;
    const differing = encode(mask.to(device)).cpu().ne(encode(mask)).double().mean().item() as number;
    expect(differing).toBeLessThan(0.002); // places half-way between two pixels
  });
});
