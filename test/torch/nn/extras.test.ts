/** Functions, utilities and parametrizations against PyTorch's, from the same seed. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  arange,
  empty,
  manualSeed,
  ones,
  rand,
  randn,
  scope,
  Tensor,
  tensor,
  zeros,
} from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

interface Fixture {
  cases: Record<string, number[][]>;
}

const fixture = JSON.parse(readFileSync("test/fixtures/nn-extras.json", "utf8")) as Fixture; // made by test/parity/nn_extras.py
const { functional: F, utils } = nn;
const { parametrizations } = utils;
const ints = (values: number[] | number[][]) => tensor(values, { dtype: "int64" });
const positive = (...shape: number[]) => rand(shape).add(0.5);

type Layer = nn.Module<[Tensor], Tensor>;

function trained(module: Layer, x: Tensor, steps = 3): Tensor[] {
  let out = x;
  for (let i = 0; i < steps; i++) {
    module.zeroGrad();
    out = module(x);
    out.pow(2).sum().backward();
  }
  const grads = module.parameters().map(({ grad }) => grad as Tensor);
  return [out, ...grads, ...module.stateDict().values(), module.eval()(x)];
}

function settled<Norm extends Layer>(norm: Norm, shape: number[]): Norm {
  for (let i = 0; i < 3; i++) norm(randn(shape).mul(2).add(1));
  return norm.eval();
}

function clipped(call: (weights: Tensor[]) => unknown): Tensor[] {
  const weights = [new nn.Parameter(randn([3])), new nn.Parameter(randn([2, 2]))];
  for (const weight of weights) weight.grad = randn(weight.shape);
  const norm = call(weights);
  return [norm instanceof Tensor ? norm : zeros([1]), ...weights.map(({ grad }) => grad as Tensor)];
}

function packed(sortedFirst: boolean): Tensor[] {
  const rows = (sortedFirst ? [4, 2, 1] : [2, 4, 1]).map((length) => randn([length, 2]));
  const pack = utils.packSequence(rows, { enforceSorted: sortedFirst });
  const [padded, lengths] = utils.padPackedSequence(pack, { batchFirst: true, paddingValue: -1, totalLength: 5 });
  return [pack.data, pack.batchSizes, padded, lengths, ...utils.unpackSequence(pack)];
}

const attention = (T: number, S: number, heads = 2, N = 1): [Tensor, Tensor, Tensor] => [
  randn([N, heads, T, 4]),
  randn([N, 2, S, 4]),
  randn([N, 2, S, 4]),
];

const cases: Record<string, () => Tensor | Tensor[]> = {
  "mseLoss weight": () => F.mseLoss(randn([3, 4]), randn([3, 4]), { weight: positive(3, 4) }),
  "l1Loss weight sum": () => F.l1Loss(randn([3, 4]), randn([3, 4]), { reduction: "sum", weight: positive(3, 4) }),
  "huberLoss weight none": () =>
    F.huberLoss(randn([3, 4]), randn([3, 4]), { reduction: "none", delta: 0.5, weight: positive(3, 4) }),
  gumbelSoftmax: () => F.gumbelSoftmax(randn([3, 4]), { tau: 0.7 }),
  "gumbelSoftmax hard": () => F.gumbelSoftmax(randn([3, 4]), { hard: true, dim: 0 }),
  instanceNorm: () => F.instanceNorm(randn([2, 3, 4]), { weight: rand([3]), bias: rand([3]) }),
  rmsNorm: () => F.rmsNorm(randn([2, 3, 4]), [4], rand([4]), 1e-3),
  rrelu: () => F.rrelu(randn([3, 4]), { training: true }),
  softmin: () => F.softmin(randn([3, 4]), 1),
  dropout1d: () => F.dropout1d(randn([4, 5])),
  alphaDropout: () => F.alphaDropout(randn([4, 5]), { p: 0.4, training: true }),
  featureAlphaDropout: () => F.featureAlphaDropout(randn([4, 5, 2]), { p: 0.4, training: true }),
  convTranspose1d: () =>
    F.convTranspose1d(randn([2, 4, 5]), randn([4, 2, 3]), {
      bias: rand([4]),
      stride: 2,
      padding: 1,
      outputPadding: 1,
      groups: 2,
    }),
  convTranspose2d: () => F.convTranspose2d(randn([1, 2, 4, 4]), randn([2, 3, 2, 3]), { stride: [1, 2] }),
  embedding: () =>
    F.embedding(
      ints([
        [0, 2],
        [3, 3],
      ]),
      randn([4, 3]),
      { maxNorm: 1 },
    ),
  embeddingBag: () => F.embeddingBag(ints([0, 2, 3]), randn([4, 3]), { offsets: ints([0, 2]), paddingIdx: 2 }),
  pdist: () => F.pdist(randn([4, 3]), 1.5),
  oneHot: () => F.oneHot(ints([0, 2, 1]), 4),
  attention: () => F.scaledDotProductAttention(...attention(3, 5, 2, 2)),
  "attention causal": () => F.scaledDotProductAttention(...attention(3, 3), { isCausal: true, scale: 0.3 }),
  "attention mask": () => F.scaledDotProductAttention(...attention(3, 3), { attnMask: ones([3, 3]).tril().bool() }),
  "attention grouped": () => F.scaledDotProductAttention(...attention(3, 3, 4), { enableGqa: true }),
  lpPool2d: () => F.lpPool2d(rand([1, 2, 4, 4]), 3, [2, 3], { stride: 1 }),
  fractionalMaxPool2d: () => F.fractionalMaxPool2d(randn([1, 2, 7, 7]), 2, { outputRatio: [0.6, 0.5] }),
  linearCrossEntropy: () =>
    F.linearCrossEntropy(randn([6, 3]), randn([4, 3]), arange(6, { dtype: "int64" }).remainder(4), {
      weight: positive(4),
      ignoreIndex: 2,
      labelSmoothing: 0.1,
    }),
  clipGradNorm_: () => clipped((weights) => utils.clipGradNorm_(weights, 0.5)),
  "clipGradNorm_ inf": () => clipped((weights) => utils.clipGradNorm_(weights, 0.5, { normType: Infinity })),
  clipGradValue_: () => clipped((weights) => utils.clipGradValue_(weights, 0.3)),
  getTotalNorm: () =>
    clipped((weights) =>
      utils.getTotalNorm(
        weights.map(({ grad }) => grad as Tensor),
        { normType: 1 },
      ),
    ),
  clipGradsWithNorm_: () => clipped((weights) => utils.clipGradsWithNorm_(weights, 1, tensor(4))),
  packSequence: () => packed(true),
  "packSequence unsorted": () => packed(false),
  "padSequence left": () =>
    utils.padSequence([randn([2, 3]), randn([4, 3])], { batchFirst: true, paddingValue: 0.5, paddingSide: "left" }),
  unpadSequence: () => utils.unpadSequence(randn([4, 2, 3]), ints([3, 1])),
  fuseConvBnEval: () =>
    utils.fuseConvBnEval(
      new nn.Conv2d(3, 4, 2).eval(),
      settled(new nn.BatchNorm2d(4), [2, 4, 3, 3]),
    )(randn([1, 3, 4, 4])),
  "fuseConvBnEval transposed": () =>
    utils.fuseConvBnEval(
      new nn.ConvTranspose1d(3, 4, 2, { bias: false }).eval(),
      settled(new nn.BatchNorm1d(4), [3, 4, 3]),
    )(randn([1, 3, 4])),
  fuseLinearBnEval: () =>
    utils.fuseLinearBnEval(new nn.Linear(3, 4).eval(), settled(new nn.BatchNorm1d(4), [5, 4]))(randn([2, 3])),
  weightNorm: () => trained(parametrizations.weightNorm(new nn.Linear(3, 4)), randn([2, 3])),
  "weightNorm dim": () => trained(parametrizations.weightNorm(new nn.Conv1d(3, 4, 2), { dim: 1 }), randn([2, 3, 5])),
  spectralNorm: () => trained(parametrizations.spectralNorm(new nn.Linear(3, 4)), randn([2, 3])),
  "spectralNorm transposed": () =>
    trained(
      parametrizations.spectralNorm(new nn.ConvTranspose2d(3, 4, 2), { nPowerIterations: 2 }) as unknown as Layer,
      randn([1, 3, 3, 3]),
    ),
  orthogonal: () => trained(parametrizations.orthogonal(new nn.Linear(4, 4)), randn([2, 4])),
  "orthogonal wide": () => trained(parametrizations.orthogonal(new nn.Linear(5, 3)), randn([2, 5])),
  "orthogonal tall cayley": () =>
    trained(parametrizations.orthogonal(new nn.Linear(3, 5), { orthogonalMap: "cayley" }), randn([2, 3])),
  "orthogonal householder": () =>
    trained(
      parametrizations.orthogonal(new nn.Linear(3, 5), { orthogonalMap: "householder", useTrivialization: false }),
      randn([2, 3]),
    ),
  "hook weightNorm": () => trained(utils.weightNorm(new nn.Linear(3, 4)), randn([2, 3])),
  "hook spectralNorm": () => trained(utils.spectralNorm(new nn.Conv1d(3, 4, 2)), randn([2, 3, 5])),
  sparse_: () => nn.init.sparse_(empty([5, 3]), 0.4, { std: 0.1 }),
  dirac_: () => nn.init.dirac_(empty([4, 2, 3]), { groups: 2 }),
  eye_: () => nn.init.eye_(empty([3, 4])),
  truncNormal_: () => nn.init.truncNormal_(empty([3, 4]), { mean: 0.5, std: 2, a: -1, b: 1 }),
  LazyLinear: () =>
    trained(new nn.Sequential(new nn.LazyLinear(3), new nn.ReLU(), new nn.LazyLinear(2)), randn([4, 5]), 1),
  LazyConvTranspose2d: () =>
    trained(new nn.LazyConvTranspose2d(3, 2, { groups: 1 }) as unknown as Layer, randn([1, 2, 3, 3]), 1),
  Transformer: () => {
    const options = { dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 6 };
    return new nn.Transformer(options)(randn([3, 2, 4]), randn([2, 2, 4]));
  },
  LSTM: () => new nn.LSTM(3, 4, { numLayers: 2, dropout: 0.5 })(randn([5, 2, 3])).flat(),
  MultiheadAttention: () => {
    const module = new nn.MultiheadAttention(4, 2, { addBiasKv: true });
    const x = randn([3, 2, 4]);
    return module(x, x, x) as Tensor[];
  },
  EmbeddingBag: () => new nn.EmbeddingBag(5, 3, { paddingIdx: 1 })(ints([[0, 1, 4]])),
  GRUCell: () => new nn.GRUCell(3, 4)(randn([2, 3]), randn([2, 4])),
  AdaptiveLogSoftmaxWithLoss: () => new nn.AdaptiveLogSoftmaxWithLoss(8, 9, [3, 5]).logProb(randn([2, 8])),
};

const kinds: [kind: string, cases: RegExp][] = [
  ["parametrizations", /^(weightNorm|spectralNorm|orthogonal|hook )/],
  ["utilities", /^(clip|getTotal|pack|pad|unpad|fuse)/],
  ["starting values", /^[A-Z]|_$/],
  ["functions", /^/],
];

describe("TOR-7: torch.nn gives what PyTorch gives from the same seed", () => {
  it.each(kinds)("%s", (kind) => {
    const names = Object.keys(fixture.cases).filter(
      (name) => kinds.find(([, cases]) => cases.test(name))?.[0] === kind,
    );
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      scope(() => {
        manualSeed(42);
        const out = cases[name]?.();
        const tensors = out instanceof Tensor ? [out] : (out ?? []);
        const expected = fixture.cases[name] ?? [];
        expect(tensors.length, name).toBe(expected.length);
        for (const [i, value] of tensors.entries()) {
          const numbers = value.detach().to("float64").flatten().toArray();
          expect(numbers, `${name}: tensor ${i}`).toBeClose(expected[i], { rtol: 2e-4, atol: 2e-5 });
        }
      });
    }
  });
});
