import { describe, expect, it } from "vitest";
import {
  inferenceMode,
  manualSeed,
  nn,
  randn,
  registerModule,
  type Tensor,
  tensor,
  zeros,
} from "../../src/torch/index.js";
import { fromSpec, hasSpec, type Spec, toSpec } from "../../src/torch/registry.js";

/** What a file makes of a module: its description read back, with the weights copied. */
function again<M extends nn.AnyModule>(module: M): M {
  const copy = fromSpec(JSON.parse(JSON.stringify(toSpec(module))) as Spec) as M; // made by the class that was described
  copy.loadStateDict(module.stateDict());
  return copy;
}

function sample(name: string, cls: object): nn.AnyModule {
  const one: Record<string, unknown[]> = {
    Linear: [4, 3, { bias: false }],
    Bilinear: [4, 3, 2],
    Embedding: [5, 3, { paddingIdx: 1, maxNorm: 2.5 }],
    LayerNorm: [[4, 2], { eps: 1e-3, bias: false }],
    RMSNorm: [4, { elementwiseAffine: false }],
    GroupNorm: [2, 4, { affine: false }],
    Softmax: [1],
    LogSoftmax: [1],
    Softmin: [-1],
    Threshold: [0.1, 20, { inplace: true }],
    PReLU: [3],
    LeakyReLU: [0.2, { inplace: true }],
    ELU: [0.7],
    CELU: [0.7, { inplace: true }],
    Hardtanh: [{ minVal: -2, maxVal: 3 }],
    Unflatten: [1, [2, 2]],
    Flatten: [{ startDim: 2 }],
    GELU: [{ approximate: "tanh" }],
    GLU: [{ dim: 1 }],
    PixelShuffle: [2],
    PixelUnshuffle: [2],
    ChannelShuffle: [2],
    ReLU: [{ inplace: true }],
    Upsample: [{ scaleFactor: 2, mode: "bilinear" }],
    UpsamplingNearest2d: [{ size: 4 }],
    UpsamplingBilinear2d: [{ scaleFactor: 2 }],
    CrossEntropyLoss: [{ weight: tensor([1, 2]), labelSmoothing: 0.1, reduction: "sum" }],
    BCEWithLogitsLoss: [{ posWeight: tensor([1, 2]) }],
    SmoothL1Loss: [{ beta: 0.5 }],
    LazyLinear: [3, { bias: false }],
    EmbeddingBag: [5, 3, { mode: "max", paddingIdx: 1 }],
    LocalResponseNorm: [3, { alpha: 0.1 }],
    CrossMapLRN2d: [3],
    Fold: [[4, 5], 2, { padding: 1 }],
    Unfold: [2, { dilation: 2 }],
    CosineSimilarity: [{ dim: 2 }],
    PairwiseDistance: [{ p: 1, keepdim: true }],
    RNN: [2, 3, { nonlinearity: "relu", bias: false }],
    GRU: [2, 3, { numLayers: 2, bidirectional: true }],
    LSTM: [2, 3, { projSize: 2, dropout: 0.1, batchFirst: true }],
    RNNCell: [2, 3, { nonlinearity: "relu" }],
    GRUCell: [2, 3, { bias: false }],
    LSTMCell: [2, 3],
    MultiheadAttention: [4, 2, { kdim: 3, addBiasKv: true, dropout: 0.1 }],
    TransformerEncoderLayer: [4, 2, { dimFeedforward: 3, activation: nn.functional.silu }],
    TransformerDecoderLayer: [4, 2, { dimFeedforward: 3, normFirst: true, dropout: 0.3 }],
    TransformerEncoder: [new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 3 }), 2, { norm: new nn.LayerNorm(4) }],
    TransformerDecoder: [new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 3 }), 2],
    Transformer: [{ dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 3 }],
    MultiMarginLoss: [{ weight: tensor([1, 2]), p: 2, margin: 0.5 }],
    TripletMarginWithDistanceLoss: [{ distanceFunction: nn.functional.pairwiseDistance, swap: true }],
    LinearCrossEntropyLoss: [4, 3, { outFeatures: [2], bias: true, weight: tensor([1, 2, 1]), batchChunkSize: 2 }],
    AdaptiveLogSoftmaxWithLoss: [8, 9, [3], { headBias: true }],
    ParameterList: [[zeros([2]), zeros([3, 1])]],
    ParameterDict: [{ a: zeros([2]), b: zeros([3, 1]) }],
  };
  const families: [RegExp, unknown[]][] = [
    [/^LazyConvTranspose/, [6, 3, { stride: 2, outputPadding: 1 }]],
    [/^LazyConv/, [6, 3, { padding: 1, paddingMode: "circular" }]],
    [/^Lazy/, [{ eps: 1e-3 }]],
    [/^FractionalMaxPool/, [2, { outputRatio: 0.5, randomSamples: zeros([1, 2, 2]) }]],
    [/^LPPool/, [2, 3, { stride: 2 }]],
    [/^MaxUnpool/, [3, { stride: 2 }]],
    [/^ConvTranspose/, [4, 6, 3, { stride: 2, outputPadding: 1, groups: 2, bias: false }]],
    [/^Conv/, [4, 6, 3, { padding: "same", groups: 2, paddingMode: "reflect" }]],
    [/^(Batch|Instance)Norm/, [4, { eps: 1e-3, momentum: null, affine: true, bias: false }]],
    [/^MaxPool/, [3, { stride: 2, padding: 1, ceilMode: true }]],
    [/^AvgPool/, [3, { padding: 1, countIncludePad: false }]],
    [/^Adaptive/, [3]],
    [/Dropout/, [0.3]],
    [/^ConstantPad/, [1, 2.5]],
    [/Pad/, [2]],
    [/^Sequential/, [new nn.Linear(2, 3), new nn.ReLU()]],
    [/^ModuleList/, [[new nn.Linear(2, 3), new nn.ReLU()]]],
    [/^ModuleDict/, [{ a: new nn.Linear(2, 3), b: new nn.ReLU() }]],
  ];
  const args = one[name] ?? families.find(([pattern]) => pattern.test(name))?.[1] ?? [];
  return Reflect.construct(cls as new (...all: unknown[]) => nn.AnyModule, args);
}

const classes = Object.entries(nn).filter(
  (entry): entry is [string, { prototype: object } & (typeof entry)[1]] =>
    typeof entry[1] === "function" && (entry[1] as { prototype?: object }).prototype instanceof nn.Module,
);

describe("the descriptions of modules", () => {
  it("every layer and loss of nn comes back with its settings and its state", () => {
    expect(classes.length).toBeGreaterThan(80);
    for (const [name, cls] of classes) {
      const module = sample(name, cls);
      const copy = again(module);
      expect(copy.constructor, name).toBe(cls);
      expect(copy.toString()).toBe(module.toString());
      expect([...copy.stateDict().keys()]).toEqual([...module.stateDict().keys()]);
      expect(toSpec(copy)).toEqual(toSpec(module));
    }
  });

  it("a network of many layers computes the same after it came back", () => {
    manualSeed(3);
    const net = new nn.Sequential(
      new Map<string, nn.AnyModule>([
        ["conv", new nn.Conv2d(3, 8, 3, { padding: 1, bias: false })],
        ["norm", new nn.BatchNorm2d(8)],
        ["rest", new nn.Sequential(new nn.ReLU(), new nn.MaxPool2d(2), new nn.AdaptiveAvgPool2d(1), new nn.Flatten())],
        ["head", new nn.Linear(8, 2)],
      ]),
    );
    const x = randn([4, 3, 8, 8]);
    net(x);
    const copy = again(net).eval();
    net.eval();
    inferenceMode(() => expect(copy(x).toArray()).toEqual(net(x).toArray()));
  });

  it("layers under weight norm and spectral norm come back under them, and plain once it is removed", () => {
    const layer = nn.utils.weightNorm(new nn.Linear(3, 2));
    const copy = again(layer);
    const x = randn([2, 3]);
    expect([...copy.stateDict().keys()].sort()).toEqual(["bias", "weight_g", "weight_v"]);
    expect(copy(x).toArray()).toBeClose(layer(x).toArray());
    nn.utils.removeWeightNorm(layer);
    expect(toSpec(layer).type).toBe("nn.Linear");
    const spectral = nn.utils.spectralNorm(new nn.Linear(3, 2)).eval();
    expect(again(spectral).eval()(x).toArray()).toBeClose(spectral(x).toArray());
  });

  it("the losses of nn.functional are known by name", () => {
    const names = Object.keys(nn.functional).filter((name) => /Loss$|^crossEntropy$|^klDiv$|^binaryCross/.test(name));
    expect(names).toHaveLength(21);
    for (const name of [...names, "relu", "gelu", "silu", "cosineSimilarity", "pairwiseDistance"]) {
      const loss: unknown = Reflect.get(nn.functional, name);
      expect(toSpec(loss as object)).toEqual({ type: `nn.functional.${name}` });
      expect(fromSpec({ type: `nn.functional.${name}` })).toBe(loss);
    }
  });

  it("a loss module keeps its options, and its reduction may be changed", () => {
    const loss = new nn.CrossEntropyLoss({ weight: tensor([1, 3]), labelSmoothing: 0.1 });
    const [pred, targ] = [randn([4, 2]), tensor([0, 1, 1, 0], { dtype: "int64" })];
    expect(again(loss)(pred, targ).item()).toBeCloseTo(loss(pred, targ).item() as number, 6);
    expect(loss.reduction).toBe("mean");
    loss.reduction = "none";
    expect(loss(pred, targ).shape).toEqual([4]);
  });
});

class Gate extends nn.Module<[Tensor], Tensor> {
  gate: nn.Parameter;
  count: nn.Buffer;
  blocks: nn.Linear[];
  scale: number;
  constructor(n: number) {
    super();
    this.gate = new nn.Parameter(randn([n]));
    this.count = nn.buffer(zeros([1]), { persistent: false });
    this.blocks = [new nn.Linear(n, n), new nn.Linear(n, n)];
    this.scale = n / 2;
  }
  forward(x: Tensor): Tensor {
    return this.blocks.reduce((y, block) => block(y), x.mul(this.gate)).mul(this.scale);
  }
}
registerModule("test.Gate", Gate);

class Tower extends nn.Sequential {
  extra = new nn.Linear(3, 3);
  constructor() {
    super(new nn.Linear(3, 3));
    this.addModule("head", new nn.Linear(3, 2));
  }
}
registerModule("test.Tower", Tower);

class Clock extends nn.Module<[Tensor], Tensor> {
  made = new Date(0);
  forward(x: Tensor): Tensor {
    return x;
  }
}

describe("registerModule", () => {
  it("describes a class of one's own by its fields, without running its constructor again", () => {
    const gate = new Gate(3);
    const copy = again(gate);
    const x = randn([2, 3]);
    expect(copy).toBeInstanceOf(Gate);
    expect(copy(x).toArray()).toEqual(gate(x).toArray());
    expect(copy.count.persistent).toBe(false);
    expect(copy.parameters().every((p) => p.requiresGrad)).toBe(true);
  });

  it("a Sequential of one's own calls its named layers, and keeps other modules beside them", () => {
    const tower = new Tower();
    const x = randn([2, 3]);
    expect(again(tower)(x).toArray()).toEqual(tower(x).toArray());
    expect(tower(x).shape).toEqual([2, 2]);
    expect(tower.deepCopy()(x).toArray()).toEqual(tower(x).toArray());
    expect(() => tower.addModule("head", new nn.ReLU())).toThrow(/Rename/);
  });

  it("names a field that has no form in JSON", () => {
    expect(hasSpec(new Clock())).toBe(false);
    registerModule("test.Clock", Clock);
    expect(() => toSpec(new Clock())).toThrow(/test\.Clock, got an instance of Date in "made"/);
  });

  it("refuses damaged files", () => {
    const bad = (config: unknown) => () => fromSpec({ type: "test.Gate", config });
    expect(bad({ fields: [["gate", { parameter: [-1], dtype: "float32" }]] })).toThrow(/test\.Gate.*description/);
    expect(bad({ fields: [["gate", { parameter: [1], dtype: "flt" }]] })).toThrow(/zeros/);
    expect(() =>
      fromSpec({ type: "nn.Sequential", config: { layers: [["0", { type: "nn.functional.mseLoss" }]] } }),
    ).toThrow(/to be a module/);
    expect(() => fromSpec({ type: "nn.Linear", config: { args: [2] } })).toThrow();
  });
});
