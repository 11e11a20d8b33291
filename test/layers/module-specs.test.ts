import { describe, expect, it } from "vitest";
import * as layers from "../../src/layers/index.js";
import { fromSpec, inferenceMode, nn, randn, type Spec, type Tensor, tensor, toSpec } from "../../src/torch/index.js";

type Layer = nn.Module<[Tensor], Tensor>;

/** What a file makes of a module: its description read back, with the weights copied. */
function again<M extends nn.AnyModule>(module: M): M {
  const copy = fromSpec(JSON.parse(JSON.stringify(toSpec(module))) as Spec) as M; // made by the class that was described
  copy.loadStateDict(module.stateDict());
  return copy;
}

const { ConvLayer, LinBnDrop, NormType, ResBlock, SimpleCNN } = layers;
const image = [2, 8, 6, 6];

const cases: [string, () => Layer, number[]][] = [
  ["ConvLayer", () => new ConvLayer(8, 4, { stride: 2, bn1st: false, actCls: nn.SiLU }), image],
  ["ConvLayer under weight norm", () => new ConvLayer(8, 4, { normType: NormType.Weight }), image],
  ["ConvLayer under spectral norm", () => new ConvLayer(8, 4, { normType: NormType.Spectral }), image],
  ["transposed ConvLayer", () => new ConvLayer(8, 4, { transpose: true, ks: 2, stride: 2 }), image],
  ["LinBnDrop", () => new LinBnDrop(8, 3, { p: 0.5, act: new nn.ReLU() }), [4, 8]],
  ["SimpleCNN", () => new SimpleCNN([8, 4, 3]), [2, 8, 12, 12]],
  ["ResBlock", () => new ResBlock(1, 8, 4, { stride: 2, reduction: 4, sa: true }), image],
  ["PixelShuffle_ICNR", () => new layers.PixelShuffle_ICNR(8, { nf: 4, blur: true }), image],
  ["PoolFlatten", () => new layers.PoolFlatten("Cat"), image],
  ["SelfAttention", () => new layers.SelfAttention(8), image],
  ["PooledSelfAttention2d", () => new layers.PooledSelfAttention2d(8), image],
  ["SimpleSelfAttention", () => new layers.SimpleSelfAttention(8, { sym: true }), image],
  ["SEModule", () => new layers.SEModule(8, 4), image],
  ["SequentialEx", () => new layers.SequentialEx(new ConvLayer(8, 8), new layers.MergeLayer({ dense: true })), image],
  ["Cat", () => new layers.Cat([new nn.Linear(8, 2), new nn.Linear(8, 3)], { dim: -1 }), [4, 8]],
  ["Flatten", () => new layers.Flatten({ full: true }), image],
  ["ResizeBatch", () => new layers.ResizeBatch(4, 2), [3, 8]],
  ["SigmoidRange", () => new layers.SigmoidRange(0, 5.5), [3, 8]],
  ["BatchNorm1dFlat", () => new layers.BatchNorm1dFlat(8, { eps: 0.1 }), [3, 4, 8]],
];

describe("the descriptions of fastai's layers", () => {
  it("bring each layer back as the same class that computes the same", () => {
    for (const [name, make, shape] of cases) {
      const layer = make();
      const x = randn(shape);
      layer(x);
      layer.eval();
      const copy = again(layer).eval();
      expect(copy.constructor, name).toBe(layer.constructor);
      expect(copy.toString()).toBe(layer.toString());
      inferenceMode(() => expect(copy(x).toArray(), name).toEqual(layer(x).toArray()));
    }
  });

  it("bring embeddings back, and losses made of a function of nn.functional", () => {
    const embedding = new layers.Embedding(5, 3);
    const at = tensor([4, 0], { dtype: "int64" });
    expect(again(embedding)(at).toArray()).toEqual(embedding(at).toArray());
    const loss = new layers.BaseLoss(nn.functional.smoothL1Loss, { floatify: true, is2d: false });
    const [pred, targ] = [randn([4]), randn([4])];
    expect(again(loss)(pred, targ).item()).toBe(loss(pred, targ).item());
  });

  it("say what to do with a function that has no name", () => {
    const net = layers.sequential(new nn.Linear(2, 2), (x) => x.mul(2));
    expect(() => toSpec(net)).toThrow(/registerConstant/);
  });
});
