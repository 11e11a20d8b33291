import { describe, expect, it } from "vitest";
import { Pipeline, Random, TensorImage, type Transform } from "../../../src/data/index.js";
import { type Tensor, tensor, zeros } from "../../../src/torch/index.js";
import { fromSpec, toSpec } from "../../../src/torch/registry.js";
import type { AffineCoordTfm } from "../../../src/vision/affine-coord-tfm.js";
import { augTransforms, setupAugTfms } from "../../../src/vision/aug-transforms.js";
import {
  DeterministicDihedral,
  DeterministicFlip,
  Dihedral,
  Flip,
  Rotate,
  Warp,
  Zoom,
} from "../../../src/vision/augment.js";
import { mapPoint, warpMap } from "../../../src/vision/homography.js";
import type { SizeOption } from "../../../src/vision/image-size.js";
import { Brightness, Contrast, Hue, type LightingTfm, Saturation } from "../../../src/vision/lighting.js";
import { RandomErasing } from "../../../src/vision/random-erasing.js";
import { RandomResizedCropGPU } from "../../../src/vision/random-resized-crop-gpu.js";
import { batchOf, fixture, floatsOf, furthest, images } from "./cases.js";

function composed(size?: [number, number]): Transform[] {
  const common = { p: 1, ...(size && { size }) };
  const tfms = [
    new Flip({ draw: [1, 0], ...common }),
    new Warp({ drawX: [0.1, -0.15], drawY: [0.2, 0.05], ...common }),
    new Rotate({ draw: [10, -25], ...common }),
    new Zoom({ draw: [1.2, 0.9], drawX: [0.3, 0.8], drawY: [0.6, 0.1], ...common }),
    new Brightness({ draw: [0.6, 0.45], p: 1 }),
    new Contrast({ draw: [1.2, 0.8], p: 1 }),
  ];
  return setupAugTfms(tfms) as Transform[];
}

const turn = { draw: [30, -12], p: 1 };

/** A crop with a given window. */
function cropOf(size: SizeOption, left: number, top: number, width: number, height: number): Transform {
  const tfm = new RandomResizedCropGPU(size);
  tfm.beforeCall = () => {
    tfm.window = { left, top, width, height };
  };
  return tfm;
}

/** The steps of a case, and the rows it shows. */
const makers: Record<string, readonly [rows: string, make: () => Transform | Transform[]]> = {
  flip: ["AUG-11", () => new Flip({ draw: [1, 0], p: 1 })],
  dihedral: ["AUG-12", () => new Dihedral({ draw: [3, 6], p: 1 })],
  "dihedral of a wide image": ["AUG-12", () => new Dihedral({ draw: [5, 7], p: 1 })],
  rotate: ["AUG-9, AUG-13", () => new Rotate(turn)],
  "rotate with zeros": ["AUG-9, AUG-13", () => new Rotate({ ...turn, padMode: "zeros" })],
  "rotate with border": ["AUG-9, AUG-13", () => new Rotate({ ...turn, padMode: "border" })],
  "rotate by nearest": ["AUG-9, AUG-13", () => new Rotate({ draw: [31, -13], p: 1, mode: "nearest" })],
  "rotate by outer edges": ["AUG-9, AUG-13", () => new Rotate({ ...turn, alignCorners: false })],
  zoom: ["AUG-14", () => new Zoom({ draw: [1.5, 0.8], drawX: [0.25, 0.6], drawY: [0.75, 0.1], p: 1 })],
  warp: ["AUG-15", () => new Warp({ drawX: [0.2, -0.1], drawY: [0.1, 0.25], p: 1 })],
  "rotate to another size": ["AUG-9, AUG-16", () => new Rotate({ ...turn, size: [5, 9] })],
  "rotate shrinking": ["AUG-9", () => new Rotate({ ...turn, size: 5 })],
  "zoom shrinking": ["AUG-9", () => new Zoom({ draw: 4, drawX: 0.5, drawY: 0.5, p: 1, size: 5 })],
  validation: ["AUG-17", () => new Rotate({ ...turn, size: [5, 9] })],
  composed: ["AUG-17", () => composed()],
  "composed to another size": ["AUG-17", () => composed([7, 7])],
  "crop of a batch": ["AUG-8", () => cropOf([5, 7], 1, 2, 6, 9)],
  "crop of a batch, shrinking": ["AUG-8, AUG-9", () => cropOf(5, 2, 1, 20, 20)],
  "crop of a batch in validation": [
    "AUG-8",
    () => new RandomResizedCropGPU([5, 7], { ratio: [1, 1], validScale: 0.7 }),
  ],
  brightness: ["AUG-18", () => new Brightness({ draw: [0.7, 0.4], p: 1 })],
  contrast: ["AUG-19", () => new Contrast({ draw: [1.5, 0.6], p: 1 })],
  saturation: ["AUG-20", () => new Saturation({ draw: [1.5, 0], p: 1 })],
  hue: ["AUG-21", () => new Hue({ draw: [1.05, 0.93], p: 1 })],
};
const cases = fixture.cases.map((c) => ({ ...c, rows: makers[c.name]?.[0] }));

it.each(cases)("$rows: $name gives fastai's values", (c) => {
  const pipe = new Pipeline(makers[c.name]?.[1]() ?? [], { splitIdx: c.splitIdx });
  const batch = batchOf(c).slice(0, c.results.length);
  const out = pipe.encode(batch) as Tensor[];
  expect(out).toHaveLength(c.results.length);
  out.forEach((t, i) => {
    const expected = c.results[i] ?? { shape: [], data: "" };
    expect(t.shape).toEqual(expected.shape);
    expect(t.constructor).toBe(batch[i]?.constructor);
    expect(furthest(t, floatsOf(expected))).toBeLessThan(1e-5);
  });
});

describe("reference vectors", () => {
  const small = () =>
    tensor(Float32Array.from({ length: 16 }, (_, k) => k / 16))
      .view([1, 1, 4, 4])
      .as(TensorImage);
  const rgb = () => tensor([0.2, 0.5, 0.8]).view([1, 3, 1, 1]).as(TensorImage);
  it.each([
    ["rotate", () => new Rotate({ draw: 90, p: 1 }).encode(small(), { splitIdx: 0 })],
    ["zoom", () => new Zoom({ draw: 2, drawX: 0.5, drawY: 0.5, p: 1 }).encode(small(), { splitIdx: 0 })],
    ["brightness", () => new Brightness({ draw: 0.7, p: 1 }).encode(small(), { splitIdx: 0 })],
    ["contrast", () => new Contrast({ draw: 1.5, p: 1 }).encode(small(), { splitIdx: 0 })],
    ["warp", () => new Warp({ drawX: 0.2, drawY: 0.1, p: 1 }).encode(small(), { splitIdx: 0 })],
    ["saturation", () => new Saturation({ draw: 1.5, p: 1 }).encode(rgb(), { splitIdx: 0 })],
  ])("AUG-13 to AUG-20: %s", (name, make) => {
    expect(furthest(make() as Tensor, floatsOf(fixture.vectors[name] ?? { shape: [], data: "" }))).toBeLessThan(2e-6);
  });

  it("AUG-15: the coefficients of warp(0.2, 0.1)", () => {
    const found = warpMap(0.2, 0.1);
    [1, 0.0421053, -0.2042106, 0.0421053, 1, -0.1084211, -0.2042106, -0.1084211, 1].forEach((v, i) => {
      expect(found[i]).toBeCloseTo(v, 6);
    });
    const corner = mapPoint(warpMap(-0.3, 0.25), -1 - 0.25, -1 + 0.3);
    expect([corner[0] + 1, corner[1] + 1]).toEqual([expect.closeTo(0, 12), expect.closeTo(0, 12)]);
  });

  it("AUG-16: 30 degrees on 6 x 12 pixels", () => {
    const tfm = new Rotate({ draw: 30, p: 1 });
    tfm.beforeCall(zeros([1, 1, 6, 12]).as(TensorImage), 0, new Random(0));
    [0.866025, 0.25, 0, -1, 0.866025, 0].forEach((v, i) => {
      expect(tfm.maps[0]?.[i]).toBeCloseTo(v, 6);
    });
  });

  it("AUG-17: flip, rotation and zoom multiply in list order", () => {
    const tfm = new Flip({ draw: 1, p: 1 })
      .compose(new Rotate({ draw: 30, p: 1 }))
      .compose(new Zoom({ draw: 1.25, drawX: 0.5, drawY: 0.5, p: 1 }));
    tfm.beforeCall(zeros([1, 1, 6, 12]).as(TensorImage), 0, new Random(0));
    [-0.69282, -0.2, 0, -0.8, 0.69282, 0].forEach((v, i) => {
      expect(tfm.maps[0]?.[i]).toBeCloseTo(v, 5);
    });
  });
});

describe("augTransforms", () => {
  const names = (tfms: readonly unknown[]) => tfms.map(String);

  it("AUG-23: merges geometry into one step and light into another", () => {
    expect(names(augTransforms())).toEqual(["Flip{flip, warp, rotate, zoom}", "Brightness{brightness, contrast}"]);
  });

  it("AUG-23: moves size to a crop when minScale is below 1, before the light", () => {
    const tfms = augTransforms({ size: 8, minScale: 0.75, flipVert: true, maxWarp: 0 });
    expect(names(new Pipeline(tfms as Transform[]).fs).map((n) => n.split(/[{(]/)[0])).toEqual([
      "Dihedral",
      "RandomResizedCropGPU",
      "Brightness",
    ]);
    const out = new Pipeline(tfms as Transform[], { splitIdx: 0 }).encode([images([2, 3, 16, 12])]) as Tensor[];
    expect(out[0]?.shape).toEqual([2, 3, 8, 8]);
  });

  it("AUG-23: mult scales rotation, light and warp; 0 leaves them out", () => {
    expect(names(augTransforms({ mult: 0 }))).toEqual(["Flip{flip, zoom}"]);
    const [spatial] = augTransforms({ mult: 2 }) as AffineCoordTfm[];
    expect(spatial?.parts.map((part) => part.settings)).toMatchObject([{}, { magnitude: 0.4 }, { maxDeg: 20 }, {}]);
  });

  it("AUG-23: refuses minScale without size, and unknown options", () => {
    expect(() => augTransforms({ minScale: 0.5 })).toThrow(/expected a size/);
    expect(() => augTransforms({ maxRotation: 3 } as object)).toThrow(/Did you mean "maxRotate"/);
  });

  it("AUG-17: validation is left alone but for the size", () => {
    const [spatial, light] = augTransforms({ size: 6 }) as [AffineCoordTfm, LightingTfm];
    const x = images([2, 3, 6, 6]);
    expect(spatial.encode(x, { splitIdx: 1 })).toBe(x);
    expect(light.encode(x, { splitIdx: 1 })).toBe(x);
    expect((spatial.encode(images([2, 3, 9, 9]), { splitIdx: 1 }) as Tensor).shape).toEqual([2, 3, 6, 6]);
  });

  it("the same seed gives the same batch", () => {
    const run = (seed: number) => {
      const pipe = new Pipeline(augTransforms() as Transform[]);
      const random = new Random(seed);
      return (pipe.encode([images([4, 3, 8, 8])], { splitIdx: 0, random }) as Tensor[])[0]?.flatten().toArray();
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});

describe("draws", () => {
  it("AUG-10: change a share p of the images", () => {
    const tfm = new Flip({ p: 0.25 });
    tfm.beforeCall(zeros([2000, 1, 2, 2]).as(TensorImage), 0, new Random(4));
    const flipped = tfm.maps.filter((map) => map[0] === -1).length;
    expect(flipped / 2000).toBeGreaterThan(0.21);
    expect(flipped / 2000).toBeLessThan(0.29);
  });

  it("AUG-10: are one for all with batch", () => {
    const tfm = new Rotate({ batch: true, p: 1 });
    tfm.beforeCall(zeros([5, 1, 2, 2]).as(TensorImage), 0, new Random(4));
    expect(new Set(tfm.maps.map(String)).size).toBe(1);
  });

  it("AUG-13 to AUG-19: lie in the stated ranges", () => {
    const x = zeros([500, 1, 4, 4]).as(TensorImage);
    const random = new Random(9);
    const zoom = new Zoom({ p: 1, minZoom: 1, maxZoom: 1.1 });
    zoom.beforeCall(x, 0, random);
    for (const map of zoom.maps) expect(map[0]).toBeGreaterThanOrEqual(1 / 1.1);
    const light = new Brightness({ p: 1, maxLighting: 0.2 }).compose(new Contrast({ p: 1, maxLighting: 0.2 }));
    light.beforeCall(x, 0, random);
    const [bright = [], contrast = []] = light.draws;
    expect(Math.min(...bright)).toBeGreaterThanOrEqual(0.4);
    expect(Math.max(...bright)).toBeLessThanOrEqual(0.6);
    expect(Math.min(...contrast)).toBeGreaterThanOrEqual(0.8);
    expect(Math.max(...contrast)).toBeLessThanOrEqual(1.25);
  });

  it("AUG-10: may be functions of the batch, and must be enough", () => {
    const tfm = new Rotate({ p: 1, draw: (x) => Array.from({ length: x.shape[0] ?? 0 }, (_, i) => i * 10) });
    tfm.beforeCall(zeros([3, 1, 2, 2]).as(TensorImage), 0, new Random(0));
    expect(tfm.maps[2]?.[0]).toBeCloseTo(Math.cos(Math.PI / 9), 6);
    const short = new Rotate({ p: 1, draw: [1, 2] });
    expect(() => short.encode(zeros([3, 1, 2, 2]).as(TensorImage), { splitIdx: 0, random: new Random(0) })).toThrow(
      /at least 3 values in draw.*got 2/,
    );
  });

  it("AUG-25: deterministic flips alternate", () => {
    const x = images([1, 1, 2, 3]);
    const tfm = new DeterministicFlip();
    const random = new Random(0);
    const [first, second] = [
      tfm.encode(x, { splitIdx: 0, random }),
      tfm.encode(x, { splitIdx: 0, random }),
    ] as Tensor[];
    expect(first).toBe(x);
    expect(furthest(second as Tensor, Float32Array.from(x.flip(-1).flatten().toArray() as number[]))).toBeLessThan(
      1e-6,
    );
    expect(new DeterministicDihedral().parts[0]?.kind).toBe("dihedral");
  });
});

it.each([
  new Rotate({ maxDeg: 3, p: 0.2, size: [4, 5], padMode: "zeros" }),
  augTransforms({ size: 7 })[0] as Transform,
  augTransforms({ size: 7 })[1] as Transform,
  new Hue({ maxHue: 0.3 }),
  new RandomErasing({ maxCount: 3 }),
  new RandomResizedCropGPU([4, 6], { minScale: 0.3 }),
])("is described and made again: %s", (tfm) => {
  const again = fromSpec(JSON.parse(JSON.stringify(toSpec(tfm))));
  expect(toSpec(again)).toEqual(toSpec(tfm));
  expect(again.constructor).toBe(tfm.constructor);
  expect(String(again)).toBe(String(tfm));
});

it("does not describe draws that are functions", () => {
  expect(() => toSpec(new Flip({ draw: () => 1 }))).toThrow(/got a function as draw/);
});
