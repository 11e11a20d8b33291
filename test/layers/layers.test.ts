import { describe, expect, it } from "vitest";
import {
  AvgPool,
  BatchNorm1dFlat,
  ConvLayer,
  Flatten,
  Lambda,
  MaxPool,
  MergeLayer,
  mish,
  NormType,
  ProdLayer,
  ResBlock,
  ResizeBatch,
  SequentialEx,
  SimpleSelfAttention,
  sequential,
  sigmoid,
  sigmoid_,
  spectralNorm,
  swish,
  TimeDistributed,
  View,
  vleakyRelu,
  weightNorm,
} from "../../src/layers/index.js";
import { arange, manualSeed, nn, ones, randn, type Tensor, tensor, zeros } from "../../src/torch/index.js";

it("LAY-4: NormType names the ways to normalise", () => {
  expect(Object.values(NormType)).toEqual(["Batch", "BatchZero", "Weight", "Spectral", "Instance", "InstanceZero"]);
});

describe("wrappers", () => {
  it("LAY-1: Flatten keeps the batch, or nothing; also of a tensor whose memory is in another order", () => {
    const x = arange(12).view([2, 3, 2]);
    expect(new Flatten()(x).shape).toEqual([2, 6]);
    expect(new Flatten({ full: true })(x).shape).toEqual([12]);
    expect(new Flatten()(x.transpose(1, 2))).toBeClose([
      [0, 2, 4, 1, 3, 5],
      [6, 8, 10, 7, 9, 11],
    ]);
  });

  it("LAY-1: View and ResizeBatch reshape with and without the batch", () => {
    expect(new View(3, -1)(arange(12)).shape).toEqual([3, 4]);
    expect(new ResizeBatch(2, 3)(arange(12).view([2, 6])).shape).toEqual([2, 2, 3]);
  });

  it("LAY-1: sequential wraps plain functions", () => {
    const model = sequential(new nn.Flatten(), (x: Tensor) => x.mul(2));
    expect(model.at(1)).toBeInstanceOf(Lambda);
    expect(model(ones([1, 2, 2]))).toBeClose([[2, 2, 2, 2]]);
  });

  it("LAY-15: MergeLayer adds and ProdLayer multiplies the container's own input", () => {
    const double = () => new Lambda((x) => x.mul(2));
    expect(new SequentialEx(double(), new MergeLayer())(tensor([1, 3]))).toBeClose([3, 9]);
    expect(new SequentialEx(double(), double(), new ProdLayer())(tensor([1, 3]))).toBeClose([4, 36]);
  });
});

describe("activations", () => {
  it("LAY-21: swish returns something (QRK-4), mish, leaky ReLU of slope 0.3", () => {
    const x = tensor([-1, 2]);
    expect(swish(x)).toBeClose([-0.2689414, 1.7615942]);
    expect(mish(x)).toBeClose([-0.3034015, 1.943959]);
    expect(vleakyRelu(x)).toBeClose([-0.3, 2]);
  });

  it("LAY-21: sigmoid stays off 0 and 1", () => {
    const x = tensor([-100, 0, 100]);
    expect(sigmoid(x)).toBeClose([1e-7, 0.5, 1 - 1e-7], { rtol: 1e-7, atol: 1e-9 });
    expect(sigmoid_(x, { eps: 0.1 })).toBe(x);
    expect(x).toBeClose([0.1, 0.5, 0.9]);
  });
});

describe("pooling", () => {
  it("LAY-3: MaxPool and AvgPool of any number of dimensions heed ceilMode", () => {
    const x = tensor([[[0, 1, 2, 3, 4]]]);
    expect(MaxPool(2, { ndim: 1 })(x)).toBeClose([[[1, 3]]]);
    expect(MaxPool(2, { ndim: 1, ceilMode: true })(x)).toBeClose([[[1, 3, 4]]]);
    expect(AvgPool(2, { ndim: 1, ceilMode: true })(x)).toBeClose([[[0.5, 2.5, 4]]]);
  });

  it("LAY-18: a ResBlock may pool with MaxPool on odd sizes", () => {
    const block = new ResBlock(1, 2, 4, { stride: 2, pool: MaxPool });
    expect(block(randn([2, 2, 7, 7])).shape).toEqual([2, 4, 4, 4]);
  });
});

describe("reparametrised weights", () => {
  it("LAY-8: a weight-normed layer starts as it was and learns length and direction", () => {
    manualSeed(0);
    const [plain, x] = [new nn.Linear(3, 2), randn([4, 3])];
    const before = plain(x).toArray();
    const layer = weightNorm(plain);
    expect(layer(x)).toBeClose(before);
    layer(x).sum().backward();
    expect(layer.weight_g.grad?.shape).toEqual([2, 1]);
    expect(layer.weight_v.grad?.shape).toEqual([2, 3]);
    expect(() => weightNorm(layer)).toThrow("weight is computed already");
  });

  it("LAY-8: spectral norm approaches the largest singular value 1, and holds still in evaluation", () => {
    manualSeed(0);
    const layer = spectralNorm(new nn.Linear(4, 3, { bias: false }));
    for (let i = 0; i < 30; i++) layer(zeros([1, 4]));
    const { S } = layer.weight.detach().svd();
    expect(Number(S.max().item())).toBeCloseTo(1, 4);
    layer.eval();
    const before = layer.weight_u.toArray();
    layer(zeros([1, 4]));
    expect(layer.weight_u).toBeClose(before, { rtol: 0, atol: 0 });
  });

  it("LAY-8: two calls of a spectral-normed layer before one backward work, as GANs need", () => {
    const layer = spectralNorm(new nn.Linear(4, 3));
    layer(randn([2, 4]))
      .sum()
      .sub(layer(randn([2, 4])).sum())
      .backward();
    expect(layer.weight_orig.grad?.shape).toEqual([3, 4]);
  });

  it("LAY-12: sym makes the weight symmetric", () => {
    const layer = new SimpleSelfAttention(4, { sym: true });
    layer(randn([1, 4, 3]));
    const weight = layer.conv.weight_orig.detach().squeeze(2);
    expect(weight).toBeClose(weight.t());
  });
});

describe("folding", () => {
  it("LAY-20: stepwise and folded give the same, also of several outputs", () => {
    class Two extends nn.Module<Tensor[], Tensor[]> {
      override forward(...[x, y]: Tensor[]): Tensor[] {
        return x && y ? [x.add(y), x.sub(y)] : [];
      }
    }
    const [a, b] = [randn([2, 3, 4]), randn([2, 3, 4])];
    const folded = new TimeDistributed(new Two())(a, b);
    const stepwise = new TimeDistributed(new Two(), { lowMem: true })(a, b);
    expect(folded.map((y) => y.toArray())).toEqual([a.add(b).toArray(), a.sub(b).toArray()]);
    expect(stepwise.map((y) => y.toArray())).toEqual(folded.map((y) => y.toArray()));
  });

  it("LAY-5: BatchNorm1dFlat takes any leading dimensions", () => {
    const [layer, x] = [new BatchNorm1dFlat(4), randn([2, 3, 4])];
    expect(layer(x).flatten(0, 1)).toBeClose(new nn.BatchNorm1d(4)(x.flatten(0, 1)));
    expect(layer(randn([5, 4])).shape).toEqual([5, 4]);
  });

  it("LAY-8: xtra comes last", () => {
    expect(new ConvLayer(1, 1, { xtra: new nn.Dropout(0.1) }).at(-1)).toBeInstanceOf(nn.Dropout);
  });
});
