/** Layers against PyTorch: same printed form, same starting values bit for bit, same outputs, gradients and state. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  linspace,
  manualSeed,
  noGrad,
  rand,
  randint,
  randn,
  scope,
  type Tensor,
  tensor,
} from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

interface Sample {
  values: number[];
  sum: number;
}

interface LayerFixture {
  repr: string;
  start: Record<string, [number[], string, string]>;
  shape: number[];
  out: Sample;
  grads?: Record<string, Sample>;
  inputGrads?: Sample[];
  buffers: Record<string, number[]>;
  eval: Sample;
}

interface Fixture {
  layers: Record<string, LayerFixture>;
  losses: Record<string, number[]>;
  inits: Record<string, string> & { orthogonal: number[] };
  functions: Record<string, number[]>;
  clipping: { norm: number; clipped: number[][]; byValue: number[][] };
}

const fixture = JSON.parse(readFileSync("test/fixtures/nn.json", "utf8")) as Fixture; // made by test/parity/nn.py
const F = nn.functional;
const image = () => [randn([2, 4, 6, 6])];
const rows = (n: number, features: number) => () => [randn([n, features])];
const line =
  (length: number, channels = 3) =>
  () => [randn([2, channels, length])];
const volume = () => [randn([1, 2, 4, 4, 4])];

type Layer = nn.Module<never[], Tensor>;

const layers: Record<string, [make: () => Layer, input: () => Tensor[]]> = {
  Linear: [() => new nn.Linear(4, 3), rows(5, 4)],
  "Linear no bias": [() => new nn.Linear(4, 3, { bias: false }), rows(5, 4)],
  Bilinear: [() => new nn.Bilinear(3, 3, 2), () => [randn([4, 3]), randn([4, 3])]],
  Identity: [() => new nn.Identity(3), rows(2, 3)],
  Conv1d: [() => new nn.Conv1d(4, 6, 3, { stride: 2, padding: 1 }), line(7, 4)],
  Conv2d: [() => new nn.Conv2d(4, 6, 3, { padding: 1 }), image],
  "Conv2d grouped": [() => new nn.Conv2d(4, 8, [3, 1], { stride: 2, dilation: [1, 2], groups: 2, bias: false }), image],
  "Conv2d same": [() => new nn.Conv2d(4, 2, 4, { padding: "same" }), image],
  "Conv2d reflect": [() => new nn.Conv2d(4, 2, 3, { padding: 1, paddingMode: "reflect" }), image],
  Conv3d: [() => new nn.Conv3d(2, 3, 2), () => [randn([1, 2, 3, 4, 4])]],
  ConvTranspose1d: [() => new nn.ConvTranspose1d(4, 2, 3, { stride: 2 }), line(5, 4)],
  ConvTranspose2d: [
    () => new nn.ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    image,
  ],
  BatchNorm1d: [() => new nn.BatchNorm1d(4), rows(6, 4)],
  BatchNorm2d: [() => new nn.BatchNorm2d(4, { eps: 1e-3, momentum: 0.2 }), image],
  "BatchNorm2d cumulative": [() => new nn.BatchNorm2d(4, { momentum: null }), image],
  "BatchNorm2d untracked": [() => new nn.BatchNorm2d(4, { affine: false, trackRunningStats: false }), image],
  "BatchNorm2d no bias": [() => new nn.BatchNorm2d(4, { bias: false }), image],
  BatchNorm3d: [() => new nn.BatchNorm3d(2), () => [randn([2, 2, 2, 3, 3])]],
  InstanceNorm2d: [() => new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }), image],
  InstanceNorm1d: [() => new nn.InstanceNorm1d(4), rows(4, 5)],
  LayerNorm: [() => new nn.LayerNorm([6, 6]), image],
  "LayerNorm no bias": [() => new nn.LayerNorm(6, { bias: false }), image],
  RMSNorm: [() => new nn.RMSNorm(6), image],
  GroupNorm: [() => new nn.GroupNorm(2, 4), image],
  Embedding: [
    () => new nn.Embedding(7, 3, { paddingIdx: -1 }),
    () => [tensor([[0, 6], [3, 3]], { dtype: "int64" })], // biome-ignore format: a matrix
  ],
  "Embedding max norm": [() => new nn.Embedding(7, 3, { maxNorm: 1 }), () => [tensor([0, 6, 3], { dtype: "int64" })]],
  Dropout: [() => new nn.Dropout(0.3), image],
  Dropout1d: [() => new nn.Dropout1d(0.5), rows(4, 5)],
  Dropout2d: [() => new nn.Dropout2d(), image],
  AlphaDropout: [() => new nn.AlphaDropout(0.2), image],
  ReLU: [() => new nn.ReLU(), image],
  "ReLU inplace": [() => new nn.ReLU({ inplace: true }), image],
  ReLU6: [() => new nn.ReLU6(), image],
  LeakyReLU: [() => new nn.LeakyReLU(0.2), image],
  ELU: [() => new nn.ELU(), image],
  CELU: [() => new nn.CELU(0.5), image],
  SELU: [() => new nn.SELU(), image],
  GELU: [() => new nn.GELU(), image],
  "GELU tanh": [() => new nn.GELU({ approximate: "tanh" }), image],
  SiLU: [() => new nn.SiLU(), image],
  Mish: [() => new nn.Mish(), image],
  Sigmoid: [() => new nn.Sigmoid(), image],
  Tanh: [() => new nn.Tanh(), image],
  LogSigmoid: [() => new nn.LogSigmoid(), image],
  Softsign: [() => new nn.Softsign(), image],
  Tanhshrink: [() => new nn.Tanhshrink(), image],
  Softplus: [() => new nn.Softplus(), image],
  Hardtanh: [() => new nn.Hardtanh(), image],
  Hardswish: [() => new nn.Hardswish(), image],
  Hardsigmoid: [() => new nn.Hardsigmoid(), image],
  Hardshrink: [() => new nn.Hardshrink(), image],
  Softshrink: [() => new nn.Softshrink(), image],
  Threshold: [() => new nn.Threshold(0.1, 20), image],
  RReLU: [() => new nn.RReLU(), image],
  PReLU: [() => new nn.PReLU(4), image],
  Softmax: [() => new nn.Softmax(1), image],
  LogSoftmax: [() => new nn.LogSoftmax(-1), image],
  Softmin: [() => new nn.Softmin(1), image],
  Softmax2d: [() => new nn.Softmax2d(), image],
  GLU: [() => new nn.GLU(), image],
  MaxPool1d: [() => new nn.MaxPool1d(2), line(7)],
  MaxPool2d: [() => new nn.MaxPool2d(3, { stride: 2, padding: 1 }), image],
  "MaxPool2d ceil": [() => new nn.MaxPool2d([2, 4], { ceilMode: true }), image],
  MaxPool3d: [() => new nn.MaxPool3d(2), volume],
  AvgPool1d: [() => new nn.AvgPool1d(2), line(7)],
  AvgPool2d: [() => new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }), image],
  AvgPool3d: [() => new nn.AvgPool3d(2), volume],
  AdaptiveAvgPool1d: [() => new nn.AdaptiveAvgPool1d(3), line(7)],
  AdaptiveAvgPool2d: [() => new nn.AdaptiveAvgPool2d(1), image],
  "AdaptiveAvgPool2d part": [() => new nn.AdaptiveAvgPool2d([2, null]), image],
  AdaptiveAvgPool3d: [() => new nn.AdaptiveAvgPool3d(2), volume],
  AdaptiveMaxPool1d: [() => new nn.AdaptiveMaxPool1d(3), line(7)],
  AdaptiveMaxPool2d: [() => new nn.AdaptiveMaxPool2d([2, 3]), image],
  AdaptiveMaxPool3d: [() => new nn.AdaptiveMaxPool3d(2), volume],
  Flatten: [() => new nn.Flatten(), image],
  Unflatten: [() => new nn.Unflatten(1, [2, 2]), image],
  PixelShuffle: [() => new nn.PixelShuffle(2), image],
  PixelUnshuffle: [() => new nn.PixelUnshuffle(2), image],
  ChannelShuffle: [() => new nn.ChannelShuffle(2), image],
  Upsample: [() => new nn.Upsample({ scaleFactor: 2 }), image],
  "Upsample bilinear": [() => new nn.Upsample({ size: [4, 9], mode: "bilinear", alignCorners: true }), image],
  "Upsample bicubic": [() => new nn.Upsample({ scaleFactor: 1.5, mode: "bicubic" }), image],
  "Upsample linear": [() => new nn.Upsample({ size: 9, mode: "linear" }), line(7)],
  UpsamplingNearest2d: [() => new nn.UpsamplingNearest2d({ scaleFactor: 2 }), image],
  UpsamplingBilinear2d: [() => new nn.UpsamplingBilinear2d({ size: [3, 4] }), image],
  ReplicationPad2d: [() => new nn.ReplicationPad2d(1), image],
  ReflectionPad2d: [() => new nn.ReflectionPad2d([1, 2, 3, 1]), image],
  ZeroPad2d: [() => new nn.ZeroPad2d([1, 2, 3, 4]), image],
  ConstantPad1d: [() => new nn.ConstantPad1d(1, 3.5), line(4)],
  CircularPad2d: [() => new nn.CircularPad2d(1), image],
  Sequential: [() => new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2)), rows(5, 4)],
  "weight norm": [() => nn.utils.weightNorm(new nn.Linear(4, 3)), rows(5, 4)],
  "spectral norm": [() => nn.utils.spectralNorm(new nn.Conv2d(4, 2, 3)), image],
};

function digest(t: Tensor): string {
  const { buffer, byteOffset, byteLength } = t.detach().contiguous().data();
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex")
    .slice(0, 16);
}

/** The elements and the sum that the fixture holds. */
function expectSample(actual: Tensor, expected: Sample, what: string): void {
  const flat = actual.detach().double().reshape([-1]);
  const step = Math.max(1, Math.floor(flat.numel() / 24));
  const values = (flat.toArray() as number[]).filter((_, i) => i % step === 0).slice(0, 24);
  expect(values, what).toBeClose(expected.values, { rtol: 1e-5, atol: 1e-6 });
  expect(flat.sum().item(), `sum of ${what}`).toBeClose(expected.sum, { rtol: 1e-5, atol: 1e-4 });
}

describe("layers", () => {
  it("covers every layer of the fixture", () => {
    expect(Object.keys(layers).sort()).toEqual(Object.keys(fixture.layers).sort());
  });

  it.each(Object.keys(layers))("%s prints, starts, computes and differentiates as in PyTorch", (name) => {
    const [make, makeInput] = layers[name] as [() => Layer, () => Tensor[]];
    const expected = fixture.layers[name] as LayerFixture;
    scope(() => {
      manualSeed(42);
      const layer = make();
      const started = [...layer.stateDict()].map(([key, t]) => [key, [t.shape, t.dtype, digest(t)]]);
      if (name === "spectral norm") {
        // The vectors are normalised by a sum whose order is not the same bit for bit.
        expect(started.map(([key]) => key)).toEqual(Object.keys(expected.start));
      } else expect(started).toEqual(Object.entries(expected.start));

      const inputs = makeInput();
      for (const x of inputs) if (x.isFloatingPoint()) x.requiresGrad = true;
      const given = () => inputs.map((x) => (x.isFloatingPoint() ? x.mul(1) : x)) as never[];
      const out = layer(...given());
      expect(String(layer)).toBe(expected.repr);
      expect(out.shape).toEqual(expected.shape);
      expectSample(out, expected.out, "output");
      if (expected.grads) {
        out
          .mul(linspace(-1, 1, out.numel()).reshape(out.shape))
          .sum()
          .backward();
        for (const [key, p] of layer.namedParameters()) {
          expectSample(p.grad as Tensor, expected.grads[key] as Sample, `gradient of ${key}`);
        }
        inputs
          .filter((x) => x.isFloatingPoint())
          .forEach((x, i) => {
            expectSample(x.grad as Tensor, expected.inputGrads?.[i] as Sample, `gradient of input ${i}`);
          });
      }
      const buffers = layer.namedBuffers().map(([key, t]) => [key, t.double().reshape([-1]).toArray()]);
      expect(buffers.map(([key]) => key)).toEqual(Object.keys(expected.buffers));
      for (const [key, values] of buffers) expect(values).toBeClose(expected.buffers[key as string], { atol: 1e-6 });
      layer.eval();
      expectSample(
        noGrad(() => layer(...given())),
        expected.eval,
        "output in eval mode",
      );
    });
  });
});

describe("losses", () => {
  it("give PyTorch's values, as functions and as modules", () => {
    scope(() => {
      manualSeed(42);
      const logits = randn([6, 5]);
      const classes = randint(0, 5, [6]);
      const target = randn([6, 5]);
      const weight = rand([5]);
      const probs = rand([6, 5]);
      const binary = rand([6, 5]).gt(0.5).float();
      const smoothing = { weight, labelSmoothing: 0.1, ignoreIndex: 2 };
      const cases: Record<string, Tensor[]> = {
        "cross entropy": [F.crossEntropy(logits, classes), new nn.CrossEntropyLoss()(logits, classes)],
        "cross entropy smoothed": [
          F.crossEntropy(logits, classes, smoothing),
          new nn.CrossEntropyLoss(smoothing)(logits, classes),
        ],
        "cross entropy none": [F.crossEntropy(logits, classes, { reduction: "none" })],
        nll: [
          F.nllLoss(logits.logSoftmax(1), classes, { weight, reduction: "sum" }),
          new nn.NLLLoss({ weight, reduction: "sum" })(logits.logSoftmax(1), classes),
        ],
        mse: [F.mseLoss(logits, target), new nn.MSELoss()(logits, target)],
        l1: [F.l1Loss(logits, target, { reduction: "sum" }), new nn.L1Loss({ reduction: "sum" })(logits, target)],
        "smooth l1": [
          F.smoothL1Loss(logits, target, { beta: 0.5 }),
          new nn.SmoothL1Loss({ beta: 0.5 })(logits, target),
        ],
        huber: [F.huberLoss(logits, target, { delta: 0.5 }), new nn.HuberLoss({ delta: 0.5 })(logits, target)],
        bce: [F.binaryCrossEntropy(probs, binary), new nn.BCELoss()(probs, binary)],
        "bce logits": [
          F.binaryCrossEntropyWithLogits(logits, binary, { posWeight: weight }),
          new nn.BCEWithLogitsLoss({ posWeight: weight })(logits, binary),
        ],
        kl: [
          F.klDiv(logits.logSoftmax(1), target.softmax(1), { reduction: "batchmean" }),
          new nn.KLDivLoss({ reduction: "batchmean" })(logits.logSoftmax(1), target.softmax(1)),
        ],
      };
      expect(Object.keys(cases)).toEqual(Object.keys(fixture.losses));
      for (const [name, results] of Object.entries(cases)) {
        for (const result of results) expect(result.reshape([-1]), name).toBeClose(fixture.losses[name]);
      }
    });
  });
});

describe("initialisation", () => {
  const fills: Record<string, (w: Tensor) => Tensor> = {
    "xavier uniform": (w) => nn.init.xavierUniform_(w, { gain: 2 }),
    "xavier normal": (w) => nn.init.xavierNormal_(w),
    "kaiming uniform": (w) => nn.init.kaimingUniform_(w, { a: 0.1 }),
    "kaiming normal": (w) => nn.init.kaimingNormal_(w, { mode: "fan_out", nonlinearity: "relu" }),
    "trunc normal": (w) => nn.init.truncNormal_(w, { std: 0.5, a: -0.5, b: 0.5 }),
    "trunc normal tail": (w) => nn.init.truncNormal_(w, { a: 1, b: 2 }),
    dirac: (w) => nn.init.dirac_(w),
    eye: (w) => nn.init.eye_(w),
  };

  it.each(Object.keys(fills))("%s draws PyTorch's values bit for bit", (name) => {
    scope(() => {
      const weight = rand(name === "eye" ? [4, 6] : [6, 4, 3, 3]);
      manualSeed(42);
      expect(digest((fills[name] as (w: Tensor) => Tensor)(weight))).toBe(fixture.inits[name]);
    });
  });

  it("orthogonal gives PyTorch's matrix", () => {
    scope(() => {
      const weight = rand([4, 6]);
      manualSeed(42);
      nn.init.orthogonal_(weight, { gain: 0.5 });
      expect(weight.reshape([-1])).toBeClose(fixture.inits.orthogonal, { atol: 1e-6 });
      expect(weight.matmul(weight.t())).toBeClose(tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]).mul(0.25)); // biome-ignore format: a matrix
    });
  });
});

describe("functions", () => {
  it("sample, resize, pad and normalise as in PyTorch", () => {
    scope(() => {
      manualSeed(42);
      const x = randn([1, 2, 4, 4]);
      const grid = rand([1, 3, 3, 2]).mul(2.4).sub(1.2);
      const theta = randn([1, 2, 3]);
      const results: Record<string, Tensor> = {
        "grid sample": F.gridSample(x, grid),
        "grid sample reflect": F.gridSample(x, grid, {
          mode: "nearest",
          paddingMode: "reflection",
          alignCorners: true,
        }),
        "affine grid": F.affineGrid(theta, [1, 2, 2, 3]),
        antialias: F.interpolate(x, { size: [2, 3], mode: "bilinear", antialias: true }),
        area: F.interpolate(x, { scaleFactor: 0.5, mode: "area" }),
        normalize: F.normalize(x),
        pad: F.pad(x, [1, 0, 0, 2], { value: 1.5 }).sum(-1),
      };
      expect(Object.keys(results)).toEqual(Object.keys(fixture.functions));
      for (const [name, result] of Object.entries(results)) {
        expect(result.reshape([-1]), name).toBeClose(fixture.functions[name], { atol: 1e-6 });
      }
    });
  });
});

describe("gradient clipping", () => {
  it("scales by the common norm and cuts off by value as in PyTorch", () => {
    scope(() => {
      manualSeed(42);
      const net = new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2));
      (net(randn([16, 4])) as Tensor).pow(2).sum().backward();
      const sums = () => net.parameters().map((p) => [(p.grad as Tensor).sum().item()]);
      expect(nn.utils.clipGradNorm_(net.parameters(), 1.5).item()).toBeClose(fixture.clipping.norm);
      expect(sums()).toBeClose(fixture.clipping.clipped);
      nn.utils.clipGradValue_(net.parameters(), 0.05);
      expect(sums()).toBeClose(fixture.clipping.byValue);
    });
  });
});
