/** What the samples of PyTorch cannot show of single layers: errors, options of ours, and what happens between calls. */
import { describe, expect, it } from "vitest";
import {
  manualSeed,
  OptionError,
  ones,
  randint,
  randn,
  ShapeError,
  scope,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

const F = nn.functional;
const ints = (values: number[] | number[][]) => tensor(values, { dtype: "int64" });

describe("lazy layers", () => {
  it("become the layer itself at the first call, with the same parameter objects", () => {
    const lazy = new nn.LazyConv2d(4, 3, { padding: 1 });
    const { weight } = lazy;
    expect(weight).toBeInstanceOf(nn.UninitializedParameter);
    expect(String(lazy)).toBe("LazyConv2d(0, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
    scope(() => {
      expect(lazy(zeros([1, 3, 5, 5])).shape).toEqual([1, 4, 5, 5]);
    });
    expect(lazy.constructor).toBe(nn.Conv2d);
    expect(lazy.weight).toBe(weight);
    expect(weight.shape).toEqual([4, 3, 3, 3]);
    expect(lazy.inChannels).toBe(3);
    expect(() => lazy(zeros([1, 2, 5, 5]))).toThrow();
  });

  it("take their shapes from a state that is loaded first", () => {
    const lazy = new nn.LazyBatchNorm1d();
    const full = new nn.BatchNorm1d(3);
    full(randn([4, 3]));
    lazy.loadStateDict(full.stateDict());
    expect(lazy.running_mean?.toArray()).toEqual(full.running_mean?.toArray());
    expect(lazy.eval()(ones([2, 3]))).toBeClose(
      full
        .eval()(ones([2, 3]))
        .toArray(),
    );
    expect(lazy.numFeatures).toBe(3);
  });

  it("in double precision stay so", () => {
    const lazy = new nn.LazyLinear(2).double();
    expect(lazy(zeros([1, 3]).double()).dtype).toBe("float64");
  });
});

describe("embeddings", () => {
  it("fromPretrained freezes the table unless told otherwise", () => {
    const table = randn([4, 2]);
    const frozen = nn.Embedding.fromPretrained(table, { paddingIdx: 1 });
    expect([frozen.weight.requiresGrad, frozen.paddingIdx]).toEqual([false, 1]);
    expect(frozen(ints([2])).toArray()).toEqual([table.at(2).toArray()]);
    expect(nn.EmbeddingBag.fromPretrained(table, { freeze: false, mode: "sum" }).weight.requiresGrad).toBe(true);
    expect(() => nn.Embedding.fromPretrained(randn([4]))).toThrow(ShapeError);
  });

  it("sparse gradients hold only the rows that were used", () => {
    const layer = new nn.Embedding(5, 2, { sparse: true });
    scope(() =>
      layer(ints([1, 3, 1]))
        .sum()
        .backward(),
    );
    expect(layer.weight.grad?.layout).toBe("sparse_coo");
    expect(layer.weight.grad?.toDense().sum(1).toArray()).toEqual([0, 4, 0, 2, 0]);
  });

  it("a bag says what is missing", () => {
    const bag = new nn.EmbeddingBag(5, 2);
    expect(() => bag(ints([1, 2]))).toThrow(/without offsets/);
    expect(() => bag(ints([[1]]), ints([0]))).toThrow(/with offsets/);
    expect(() => bag(ints([[1]]), null, ones([1, 1]))).toThrow(/"sum"/);
    expect(() => new nn.EmbeddingBag(5, 2, { mode: "min" as "max" })).toThrow(OptionError);
    expect(() => new nn.EmbeddingBag(5, 2, { paddingIdx: 5 })).toThrow(ValueError);
  });
});

describe("losses", () => {
  it("linear cross entropy in chunks has the same loss and gradients as at once", () => {
    scope(() => {
      manualSeed(2);
      for (const reduction of ["mean", "sum"] as const) {
        const whole = new nn.LinearCrossEntropyLoss(3, 5, { bias: true, weight: tensor([1, 2, 1, 3, 1]), reduction });
        const chunked = new nn.LinearCrossEntropyLoss(3, 5, {
          bias: true,
          weight: tensor([1, 2, 1, 3, 1]),
          reduction,
          ignoreIndex: 4,
          labelSmoothing: 0.1,
          batchChunkSize: 3,
        });
        chunked.loadStateDict(whole.stateDict());
        const x = randn([8, 3]);
        const target = randint(0, 5, [8]);
        const results = [whole, chunked].map((loss) => {
          const input = x.clone().requiresGrad_();
          const options = { weight: loss.weight, reduction, ignoreIndex: 4, labelSmoothing: 0.1 };
          const value = loss === whole ? F.crossEntropy(loss.linear(input), target, options) : loss(input, target);
          value.mul(2).backward();
          return [value, input.grad, loss.linear.weight.grad, loss.linear.bias?.grad].map((t) => t?.toArray());
        });
        for (const i of [0, 1, 2, 3]) expect(results[1]?.[i]).toBeClose(results[0]?.[i]);
      }
    });
  });

  it("adaptive softmax adds up to one, and its loss is that of the targets", () => {
    scope(() => {
      const softmax = new nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], { divValue: 2 });
      const x = randn([5, 8]);
      const all = softmax.logProb(x);
      expect(all.exp().sum(1)).toBeClose([1, 1, 1, 1, 1]);
      const target = ints([0, 3, 5, 11, 19]);
      const { output, loss } = softmax(x, target);
      expect(output).toBeClose(all.gather(1, target.unsqueeze(1)).squeeze(1).toArray());
      expect(loss.item()).toBeCloseTo(-(output.mean().item() as number), 5);
      expect(softmax.predict(x).toArray()).toEqual(all.argmax(1).toArray());
    });
    expect(() => new nn.AdaptiveLogSoftmaxWithLoss(8, 20, [10, 4])).toThrow(ValueError);
    expect(() => new nn.AdaptiveLogSoftmaxWithLoss(8, 20, [20])).toThrow(/between 1 and 19/);
  });

  it("refuse words and values they do not know", () => {
    expect(() => F.mseLoss(ones([1]), ones([1]), { reduction: "average" as "mean" })).toThrow(
      /"none", "mean" or "sum"/,
    );
    expect(() => new nn.CTCLoss({ zeroInf: true } as object)).toThrow(/zeroInfinity/);
    expect(() => F.gaussianNllLoss(ones([2]), ones([2]), tensor([1, -1]))).toThrow(ValueError);
    expect(() => F.gaussianNllLoss(ones([2, 3]), ones([2, 3]), ones([3]))).toThrow(ShapeError);
    expect(F.gaussianNllLoss(ones([2, 3]), zeros([2, 3]), ones([2])).item()).toBeCloseTo(0.5, 6);
  });

  it("weights of a loss move with it", () => {
    const loss = new nn.BCEWithLogitsLoss({ posWeight: ones([2]) }).double();
    expect([...loss.stateDict().keys()]).toEqual(["pos_weight"]);
    expect(loss(zeros([1, 2]).double(), zeros([1, 2]).double()).dtype).toBe("float64");
  });
});

describe("pools and folds", () => {
  it("unpooling puts the maxima back, into the size asked for", () => {
    const pool = new nn.MaxPool2d<[nn.Buffer, nn.Buffer]>(2, { returnIndices: true });
    const unpool = new nn.MaxUnpool2d(2);
    scope(() => {
      const x = tensor([
        [
          [
            [1, 2, 0],
            [3, 4, 0],
            [0, 0, 0],
          ],
        ],
      ]);
      const [values, indices] = pool(x);
      expect(unpool(values, indices, [3, 3]).toArray()).toEqual([
        [
          [
            [0, 0, 0],
            [0, 4, 0],
            [0, 0, 0],
          ],
        ],
      ]);
      expect(() => unpool(values, indices, [7, 7])).toThrow(/within one step of \[2, 2\]/);
    });
  });

  it("folding what was unfolded counts each pixel as often as windows hold it", () => {
    scope(() => {
      const x = ones([1, 2, 4, 4]);
      const columns = new nn.Unfold(2)(x);
      expect(columns.shape).toEqual([1, 8, 9]);
      expect(new nn.Fold([4, 4], 2)(columns).at(0, 0, 0).toArray()).toEqual([1, 2, 2, 1]);
    });
  });

  it("fractional pools need a size or a ratio", () => {
    expect(() => new nn.FractionalMaxPool2d(2, {})).toThrow(OptionError);
    expect(() => new nn.FractionalMaxPool2d(2, { outputRatio: 1.5 })).toThrow(/between 0 and 1/);
    expect(new nn.FractionalMaxPool2d(2, { outputSize: 3 })(randn([2, 7, 7])).shape).toEqual([2, 3, 3]);
  });
});

describe("local response norms", () => {
  it("divide by the mean square of the channels around", () => {
    const x = tensor([1, 2, 3, 4]).reshape([1, 4, 1, 1]);
    const expected = [1, 2, 3, 4].map((value, i) => {
      const around = [i - 1, i, i + 1].map((j) => (j >= 0 && j < 4 ? (j + 1) ** 2 : 0));
      return value / (2 + (0.3 * around.reduce((a, b) => a + b)) / 3) ** 0.75;
    });
    for (const norm of [nn.LocalResponseNorm, nn.CrossMapLRN2d]) {
      expect(new norm(3, { alpha: 0.3, k: 2 })(x).flatten()).toBeClose(expected);
    }
    expect(() => new nn.LocalResponseNorm(3)(zeros([2, 2]))).toThrow(ShapeError);
  });
});

describe("containers of parameters", () => {
  it("register what they hold, as parameters", () => {
    const list = new nn.ParameterList([ones([2]), new nn.Parameter(ones([3]))]);
    const dict = new nn.ParameterDict({ scale: ones([2]) }).set("shift", zeros([2]));
    class Net extends nn.Module {
      list = list;
      dict = dict;
      forward = (x: nn.Parameter) => x;
    }
    expect([...new Net().stateDict().keys()]).toEqual(["list.0", "list.1", "dict.scale", "dict.shift"]);
    expect(String(list)).toContain("(1): Parameter containing: [torch.float32 of size 3]");
    expect([list.length, dict.size, [...dict.keys()]]).toEqual([2, 2, ["scale", "shift"]]);
    list.insert(0, zeros([4])).set(1, zeros([5]));
    expect([...list].map((parameter) => parameter.shape[0])).toEqual([4, 5, 3]);
    expect(dict.delete("shift")).toBe(true);
    expect(() => (list as unknown as () => void)()).toThrow(/ParameterList.forward/);
  });
});

describe("weights of layers", () => {
  it("spectral norm is taken out again", () => {
    const layer = nn.utils.spectralNorm(new nn.Linear(3, 2)).eval();
    const x = randn([1, 3]);
    const before = layer(x).toArray();
    nn.utils.removeSpectralNorm(layer);
    expect([...layer.stateDict().keys()].sort()).toEqual(["bias", "weight"]);
    expect(layer(x)).toBeClose(before);
    expect(() => nn.utils.removeSpectralNorm(layer)).toThrow(/removeSpectralNorm.*Linear without one/);
  });

  it("of convolutions are laid out by pixel, all others stay", () => {
    const net = new nn.Sequential(new nn.Conv2d(3, 4, 2), new nn.Conv1d(4, 2, 2));
    const [image, line] = net.layers() as [nn.Conv2d, nn.Conv1d];
    const before = image.weight.toArray();
    nn.utils.convertConv2dWeightMemoryFormat(net, "channels_last");
    expect([image.weight.stride(), line.weight.stride()]).toEqual([
      [12, 1, 6, 3],
      [8, 2, 1],
    ]);
    expect(image.weight.toArray()).toEqual(before);
  });

  it("a batch norm is merged only in evaluation", () => {
    expect(() => nn.utils.fuseConvBnEval(new nn.Conv2d(1, 2, 1), new nn.BatchNorm2d(2))).toThrow(/eval\(\)/);
    expect(() => nn.utils.fuseLinearBnEval(new nn.Linear(1, 2).eval(), new nn.BatchNorm1d(3).eval())).toThrow(
      /of 2 features/,
    );
  });
});

describe("finding parts by path", () => {
  it("getParameter and getBuffer name what there is", () => {
    const net = new nn.Sequential(new nn.Linear(2, 2), new nn.BatchNorm1d(2));
    expect(net.getParameter("0.weight")).toBe((net.at(0) as nn.Linear).weight);
    expect(net.getBuffer("1.running_mean").shape).toEqual([2]);
    expect(() => net.getParameter("0.weigth")).toThrow(/expected the path of a parameter, got "0.weigth".*0\.weight/);
    expect(() => net.getBuffer("0.weight")).toThrow(ValueError);
  });
});

describe("loading a state", () => {
  it("says what is missing, unexpected and of another shape, with both shapes", () => {
    const net = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
    const state = new Map(net.stateDict());
    state.delete("1.bias");
    state.set("2.weight", ones([1]));
    expect(net.loadStateDict(state, { strict: false })).toEqual({
      missingKeys: ["1.bias"],
      unexpectedKeys: ["2.weight"],
    });
    state.set("0.weight", ones([3, 4]));
    let failure: unknown;
    try {
      net.loadStateDict(state);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(nn.StateDictError);
    const { missingKeys, unexpectedKeys, mismatched } = failure as nn.StateDictError;
    expect({ missingKeys, unexpectedKeys, mismatched }).toEqual({
      missingKeys: ["1.bias"],
      unexpectedKeys: ["2.weight"],
      mismatched: [{ key: "0.weight", expected: [3, 2], got: [3, 4] }],
    });
    expect(() => net.loadStateDict(state, { strict: false })).toThrow(/\[3, 2\], got \[3, 4\]/);
    expect((net.at(0) as nn.Linear).weight.shape).toEqual([3, 2]);
  });
});
