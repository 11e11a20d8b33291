import { describe, expect, it } from "vitest";
import { fuse } from "../../../src/data/fusion.js";
import {
  dispatch,
  IntToFloatTensor,
  Normalize,
  Pipeline,
  Random,
  TensorBBox,
  TensorImage,
  TensorMask,
  TensorPoint,
  Transform,
} from "../../../src/data/index.js";
import {
  arange,
  full,
  manualSeed,
  ops,
  rand,
  randint,
  randn,
  type Tensor,
  tensor,
  ValueError,
} from "../../../src/torch/index.js";
import {
  augTransforms,
  Brightness,
  Contrast,
  Flip,
  Hue,
  imagenetStats,
  type LightingTfm,
  RandomResizedCropGPU,
  Rotate,
  Saturation,
  setupAugTfms,
} from "../../../src/vision/index.js";

const photos = (n: number, c: number, h: number, w: number) =>
  randint(0, 256, [n, c, h, w]).to("uint8").as(TensorImage) as TensorImage;

/** What the steps make one after the other, and what the pipeline makes, from the same draws. */
function both(pipeline: Pipeline, x: unknown, splitIdx = 0): [unknown, unknown] {
  let alone = x;
  const random = new Random(7);
  for (const step of pipeline.fs) alone = step.encode(alone, { splitIdx, random });
  return [alone, pipeline.encode(x, { splitIdx, random: new Random(7) })];
}

/** How many steps are done at once. */
const fused = (pipeline: Pipeline, x: unknown): number =>
  fuse(pipeline.fs, 0, x, { splitIdx: 0, random: new Random(7) })?.count ?? 0;

describe("fused batches", () => {
  it.each([
    ["square", { size: 20 }, 3, [24, 24]],
    ["as large as before", {}, 3, [24, 18]],
    ["other sides", { size: [31, 17] as const }, 1, [24, 18]],
    ["zeros beyond the border", { size: 20, padMode: "zeros" as const, maxRotate: 90 }, 3, [18, 24]],
    [
      "border repeated, corners not aligned",
      { size: 20, padMode: "border" as const, alignCorners: false, mult: 3 },
      3,
      [24, 24],
    ],
    ["mirrored, corners not aligned", { size: 20, alignCorners: false, mult: 3 }, 3, [24, 24]],
    ["strong warp and light", { size: 20, maxWarp: 0.35, maxLighting: 0.5, flipVert: true }, 3, [24, 24]],
    ["one draw for all", { size: 20, batch: true }, 3, [24, 24]],
    ["with other colours", { size: 20, xtraTfms: [new Saturation({ p: 0.8, maxLighting: 0.5 })] }, 3, [24, 24]],
  ])("AUG-17, AUG-18: %s: equal to the steps one by one", (_name, options, channels, [h = 0, w = 0]) => {
    manualSeed(3);
    const mean = imagenetStats[0].slice(0, channels);
    const steps = [
      new IntToFloatTensor(),
      ...augTransforms(options as object),
      Normalize.fromStats(mean, imagenetStats[1].slice(0, channels)),
    ];
    const pipeline = new Pipeline(steps);
    const x = photos(6, channels, h, w);
    expect(fused(pipeline, x)).toBe(4);
    const [alone, together] = both(pipeline, x) as [Tensor, Tensor];
    expect(together).toBeInstanceOf(TensorImage);
    // Coordinates are rounded in another order; on noise 5e-4 of a normalised value is 0.03 of 255, strong light adds.
    expect(together).toBeClose(alone, {
      rtol: 1e-4,
      atol: /mult|Lighting/.test(JSON.stringify(options)) ? 1e-2 : 5e-4,
    });
    const [validAlone, valid] = both(pipeline, x, 1) as [Tensor, Tensor];
    expect(valid).toBeClose(validAlone, { rtol: 1e-4, atol: 5e-4 });
  });

  it("keeps the light where nothing is drawn, to the last bit of black and white", () => {
    const pipeline = new Pipeline([new IntToFloatTensor(), new Brightness({ draw: 0.5, p: 1 })]);
    const x = photos(1, 3, 4, 4);
    x.select(0, 0).select(0, 0).fill_(0);
    x.select(0, 0).select(0, 1).fill_(255);
    expect(fused(pipeline, x)).toBe(2);
    expect(pipeline.encode(x, { splitIdx: 0 })).toBeClose(x.float().div(255), { atol: 1e-6 });
  });

  it.each([
    ["in training", { minScale: 0.5 }, 0, [40, 36]],
    ["in validation", { minScale: 0.5 }, 1, [40, 36]],
    ["alone", { minScale: 0.5, doFlip: false, maxRotate: 0, maxWarp: 0, maxZoom: 1, maxLighting: 0 }, 0, [40, 36]],
    ["shrinking by more than half, so averaged first", { minScale: 0.9, maxWarp: 0 }, 0, [70, 70]],
  ] as const)(
    "AUG-8, AUG-24: a crop of the whole batch %s: equal to the steps one by one",
    (_name, options, split, [h, w]) => {
      manualSeed(4);
      const tfms = augTransforms({ size: 24, ...options });
      const pipeline = new Pipeline([new IntToFloatTensor(), ...tfms, Normalize.fromStats(imagenetStats)]);
      const mask = randint(0, 5, [3, h, w]).to("uint8").as(TensorMask);
      const batch = [photos(3, 3, h, w), mask];
      expect(fused(pipeline, batch)).toBe(tfms.length + 2);
      const [alone, together] = both(pipeline, batch, split) as [Tensor[], Tensor[]];
      expect(together[0]?.shape).toEqual([3, 3, 24, 24]);
      expect(together[0]).toBeClose(alone[0] as Tensor, { rtol: 1e-4, atol: 2e-3 });
      expect(together[1]?.equal(alone[1] as Tensor)).toBe(true);
    },
  );

  it("leaves a crop behind a change of size to itself", () => {
    const steps = [new IntToFloatTensor(), new Flip({ size: 30, p: 1 }), new RandomResizedCropGPU(16)];
    const pipeline = new Pipeline(steps);
    expect(fused(pipeline, photos(2, 3, 40, 40))).toBe(2);
    const [alone, together] = both(pipeline, photos(2, 3, 40, 40)) as [Tensor, Tensor];
    expect(together).toBeClose(alone, { atol: 1e-4 });
  });

  it("AUG-1, AUG-17: masks, points and boxes move with the image, with the same draws", () => {
    manualSeed(5);
    const steps = [new IntToFloatTensor(), ...augTransforms({ size: 16 }), Normalize.fromStats(imagenetStats)];
    const mask = randint(0, 3, [4, 24, 24]).to("uint8").as(TensorMask);
    const points = randn([4, 5, 2]).clamp(-1, 1).as(TensorPoint);
    const boxes = tensor([
      [
        [-0.5, -0.25, 0.75, 0.5],
        [0, 0, 0, 0],
      ],
    ])
      .expand([4, 2, 4])
      .contiguous()
      .as(TensorBBox);
    const batch = [photos(4, 3, 24, 24), mask, points, boxes];
    const pipeline = new Pipeline(steps);
    expect(fused(pipeline, batch)).toBe(4);
    const [alone, together] = both(pipeline, batch) as [Tensor[], Tensor[]];
    expect(together[0]).toBeClose(alone[0] as Tensor, { rtol: 1e-4, atol: 5e-4 });
    expect(together[1]?.equal(alone[1] as Tensor)).toBe(true);
    expect(together.slice(1).map((part) => part.constructor)).toEqual([TensorMask, TensorPoint, TensorBBox]);
    expect(together[2]).toBeClose(alone[2] as Tensor);
    expect(together[3]).toBeClose(alone[3] as Tensor);
    expect(together[3]?.select(1, 1).abs().sum().item()).toBe(0); // boxes that fill up stay nothing
  });

  it("AUG-1: a mirrored image mirrors its mask, points and boxes, also around a step of one's own", () => {
    const half = new Transform(dispatch([TensorImage, (y) => y.mul(0.5)]), { order: 20 });
    const columns = arange(0, 24).to("uint8").expand([2, 8, 24]).contiguous();
    const points = tensor([[[0.5, 0.25]], [[-1, 1]]]).as(TensorPoint);
    const boxes = tensor([[[-0.5, 0, 0.25, 1]], [[0.5, -1, 1, 0]]]).as(TensorBBox);
    for (const steps of [
      [new IntToFloatTensor({ div: 1 }), new Flip({ p: 1 })],
      [new IntToFloatTensor({ div: 1 }), half, new Flip({ p: 1 })],
    ]) {
      const x = columns.unsqueeze(1).contiguous().as(TensorImage);
      const pipeline = new Pipeline(steps);
      const batch = [x, columns.as(TensorMask), points, boxes];
      expect(fused(pipeline, batch)).toBe(steps.length === 2 ? 2 : 0);
      const out = pipeline.encode(batch, { splitIdx: 0, random: new Random(1) }) as Tensor[];
      const mirrored = columns.flip(-1);
      expect(out[0]).toBeClose(
        mirrored
          .unsqueeze(1)
          .float()
          .mul(steps.length === 2 ? 1 : 0.5),
        { atol: 1e-4 },
      );
      expect(out[1]?.equal(mirrored.to("int64"))).toBe(true);
      expect(out[2]).toBeClose(tensor([[[-0.5, 0.25]], [[1, 1]]]));
      expect(out[3]).toBeClose(tensor([[[-0.25, 0, 0.5, 1]], [[-1, -1, -0.5, 0]]]));
    }
  });

  it("AUG-9: masks on the CPU equal grid sampling, whatever their padding", () => {
    manualSeed(6);
    const mask = randint(0, 200, [3, 31, 20]);
    for (const padMode of ["zeros", "border", "reflection"] as const) {
      for (const alignCorners of [true, false]) {
        const turn = new Rotate({ draw: [100, -37, 15], p: 1, padMode, alignCorners, size: [27, 44] });
        const native = turn.encode([mask.as(TensorMask)], { splitIdx: 0 }) as Tensor[];
        // Four dimensions take libtorch's way.
        const grid = turn.encode([mask.unsqueeze(1).as(TensorMask)], { splitIdx: 0 }) as Tensor[];
        const differing = (native[0] as Tensor)
          .ne((grid[0] as Tensor).squeeze(1))
          .sum()
          .item();
        expect(differing).toBeLessThan(3); // of 3564: places half-way between pixels
        expect(native[0]?.dtype).toBe("int64");
      }
    }
  });

  it("AUG-18 to AUG-20: light in any order is one change, as fastai's one by one", () => {
    manualSeed(8);
    const steps = [
      new Saturation({ draw: [1.4, 0.5], p: 1 }),
      new Brightness({ draw: [0.6, 0.35], p: 1 }),
      new Contrast({ draw: [0.8, 1.3], p: 1 }),
      new Saturation({ draw: [0.7, 1.1], p: 1 }),
    ];
    const x = rand([2, 3, 9, 10]).mul(0.98).add(0.01).as(TensorImage);
    let alone: Tensor = x.logit();
    for (const { parts } of steps) {
      for (const part of parts) alone = part.apply(alone, part.draw(x, new Random(1)));
    }
    const [first, ...others] = steps;
    const merged = others.reduce<LightingTfm>((a, b) => a.compose(b), first as LightingTfm);
    expect(merged.encode(x, { splitIdx: 0 })).toBeClose(alone.sigmoid(), { atol: 2e-6 });
    const pipeline = new Pipeline([merged, Normalize.fromStats([0, 0, 0], [1, 1, 1])]);
    expect(fused(pipeline, x)).toBe(2);
    expect(pipeline.encode(x, { splitIdx: 0 })).toBeClose(alone.sigmoid(), { atol: 1e-5 });
  });

  it("AUG-21: hues turn in the same pass; grey stays grey", () => {
    manualSeed(9);
    const x = photos(4, 3, 9, 10);
    x.select(0, 0).fill_(90);
    for (const light of [[], [new Saturation({ p: 1 }), new Brightness({ p: 1 })]]) {
      const hue = new Hue({ draw: [0.97, 1.05, 1.2, 0], p: 1, maxHue: 0.3 }).compose(new Hue({ p: 0.5 }));
      const pipeline = new Pipeline([new IntToFloatTensor(), ...setupAugTfms(light), hue] as Transform[]);
      expect(fused(pipeline, x)).toBe(light.length ? 3 : 2);
      const [alone, together] = both(pipeline, x) as [Tensor, Tensor];
      expect(together).toBeClose(alone, { atol: 2e-5 });
    }
    expect(fused(new Pipeline([new IntToFloatTensor(), new Hue()]), photos(2, 1, 4, 4))).toBe(0);
  });

  it("leaves to the steps what they do otherwise", () => {
    const x = photos(2, 3, 24, 24);
    const toFloat = new IntToFloatTensor();
    const normalize = () => Normalize.fromStats(imagenetStats);
    class Mine extends Flip {}
    class Photo extends TensorImage {}
    expect(fused(new Pipeline([toFloat, new Mine(), normalize()]), x)).toBe(0);
    expect(fused(new Pipeline([toFloat, new Flip({ mode: "nearest" }), normalize()]), x)).toBe(0);
    class Redder extends Hue {}
    expect(fused(new Pipeline([toFloat, new Flip(), new Redder(), normalize()]), x)).toBe(2);
    expect(fused(new Pipeline([toFloat, new Saturation()]), photos(2, 1, 4, 4))).toBe(0);
    const between = new Transform((y: TensorImage) => y.add(1), { order: 35 });
    expect(fused(new Pipeline([toFloat, new Flip(), between, normalize()]), x)).toBe(2);
    expect(fused(new Pipeline([toFloat, normalize()]), x.float())).toBe(0);
    Normalize.extend(Photo, { encodes: (y) => y.mul(2) });
    const added = new Pipeline([toFloat, normalize()]);
    expect(fused(added, x)).toBe(2);
    expect(fused(added, x.as(Photo))).toBe(0);
    // Shrinking by more than half averages first.
    const small = new Pipeline([toFloat, new Rotate({ size: 8, p: 1 }), normalize()]);
    const [alone, together] = both(small, photos(2, 3, 40, 40)) as [Tensor, Tensor];
    expect(together).toBeClose(alone, { atol: 1e-6 });
  });

  it("checks what it is given; maps that lead nowhere give pixels all the same", () => {
    const augment = ops.fastai?.augment_images;
    const x = photos(2, 3, 4, 4);
    expect(() => augment?.(x, { size: [4, 4], maps: randn([1, 9]) })).toThrow(ValueError);
    expect(() => augment?.(x, { size: [4, 4], mean: randn([3]) })).toThrow(/mean and std/);
    expect(() => augment?.(x, { size: [5, 4] })).toThrow(/own size/);
    expect(() => augment?.(x, { size: [0, 4], maps: randn([2, 9]) })).toThrow(/positive size/);
    expect(() => augment?.(x.double(), { size: [4, 4] })).toThrow(/uint8 or float32/);
    const masks = ops.fastai?.augment_masks;
    expect(() => masks?.(x, randn([2, 9]), { size: [4, 4] })).toThrow(/masks \[N, H, W\]/);
    expect(() => masks?.(x.select(1, 0).contiguous(), randn([3, 9]), { size: [4, 4] })).toThrow(/18 contiguous/);
    for (const padding of [0, 1, 2]) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e30, 0]) {
        const out = augment?.(x, {
          size: [9, 300],
          maps: full([2, 9], value, { dtype: "float32" }),
          padding,
        }) as Tensor;
        expect(out.shape).toEqual([2, 3, 9, 300]);
        expect(out.isfinite().all().item()).toBe(1);
        const map = full([2, 9], value, { dtype: "float32" });
        const moved = masks?.(x.select(1, 0).contiguous(), map, { size: [9, 300], padding }) as Tensor;
        expect(moved.lt(256).all().item()).toBe(1);
      }
    }
  });
});
