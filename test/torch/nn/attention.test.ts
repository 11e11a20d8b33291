import { describe, expect, it } from "vitest";
import {
  DtypeError,
  manualSeed,
  ones,
  randn,
  ShapeError,
  scope,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

describe("TOR-7: attention", () => {
  it("gives the same with and without weights, and whichever way the batch lies", () => {
    scope(() => {
      manualSeed(3);
      const attend = new nn.MultiheadAttention(4, 2);
      const batchFirst = new nn.MultiheadAttention(4, 2, { batchFirst: true });
      batchFirst.loadStateDict(attend.stateDict());
      const [q, k] = [randn([3, 2, 4]), randn([5, 2, 4])];
      const keyPaddingMask = tensor([
        [0, 0, 0, 1, 1],
        [0, 0, 0, 0, 1],
      ]).bool();
      const [out, weights] = attend(q, k, k, { keyPaddingMask });
      const [fast, none] = attend(q, k, k, { keyPaddingMask, needWeights: false });
      const turned = batchFirst(q.transpose(0, 1), k.transpose(0, 1), k.transpose(0, 1), { keyPaddingMask });
      expect(fast).toBeClose(out.toArray());
      expect(none).toBeNull();
      expect(turned[0].transpose(0, 1)).toBeClose(out.toArray());
      expect(weights?.shape).toEqual([2, 3, 5]);
      expect(weights?.sum(-1)).toBeClose(ones([2, 3]).toArray());
      expect(weights?.at(0, 0, 3).item()).toBe(0);
      const [, perHead] = attend(q, k, k, { averageAttnWeights: false });
      expect(perHead?.shape).toEqual([2, 2, 3, 5]);
    });
  });

  it("isCausal hides what comes later, with or without a mask", () => {
    scope(() => {
      const attend = new nn.MultiheadAttention(4, 2, { addZeroAttn: true });
      const x = randn([4, 1, 4]);
      const attnMask = nn.Transformer.generateSquareSubsequentMask(4);
      const masked = attend(x, x, x, { attnMask });
      expect(masked[1]?.at(0).triu(1).narrow(1, 0, 4).sum().item()).toBe(0);
      expect(attend(x, x, x, { isCausal: true })[0]).toBeClose(masked[0].toArray());
      expect(attend(x, x, x, { isCausal: true, needWeights: false })[0]).toBeClose(masked[0].toArray());
      const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8 }).eval();
      expect(layer(x, { isCausal: true })).toBeClose(layer(x, { srcMask: attnMask }).toArray());
    });
  });

  it("the layers of a stack are copies with parameters of their own", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8 });
    const encoder = new nn.TransformerEncoder(layer, 2, { norm: new nn.LayerNorm(4) });
    expect(encoder.parameters()).toHaveLength(2 * layer.parameters().length + 2);
    expect(encoder.layers.at(0)?.linear1.weight.toArray()).toEqual(layer.linear1.weight.toArray());
    const custom = new nn.Transformer({ dModel: 4, nhead: 2, numDecoderLayers: 1, customEncoder: encoder });
    expect(custom.encoder).toBe(encoder);
  });

  it("names what does not fit", () => {
    const attend = new nn.MultiheadAttention(4, 2);
    expect(() => new nn.MultiheadAttention(4, 3)).toThrow(ValueError);
    expect(() => attend(zeros([3, 2, 4]), zeros([5, 1, 4]), zeros([5, 1, 4]))).toThrow(ShapeError);
    const x = zeros([3, 2, 4]);
    expect(() => attend(x, x, x, { attnMask: zeros([3, 3]).long() })).toThrow(DtypeError);
    expect(() => attend(x, x, x, { mask: null } as object)).toThrow(/keyPaddingMask/);
    expect(() => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as "relu" })).toThrow(/"gelu"/);
    const transformer = new nn.Transformer({ dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1 });
    expect(() => transformer(zeros([3, 2, 4]), zeros([3, 1, 4]))).toThrow(/as many items/);
  });
});
