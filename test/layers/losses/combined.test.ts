import { describe, expect, it } from "vitest";
import {
  CombinedLoss,
  CrossEntropyLossFlat,
  DiceLoss,
  FocalLossFlat,
  LabelSmoothingCrossEntropy,
} from "../../../src/layers/index.js";
import { fromSpec, type nn, randint, randn, ShapeError, toSpec } from "../../../src/torch/index.js";

const parts = () => ({ focal: new FocalLossFlat({ axis: 1 }), dice: new DiceLoss({ reduction: "mean" }) });
const photo = () => ({ pred: randn([2, 3, 4, 4], { requiresGrad: true }), targ: randint(0, 3, [2, 4, 4]).long() });

describe("CombinedLoss", () => {
  it("LOS-3, LOS-7: is the weighted sum of its parts, and so is its gradient", () => {
    const { pred, targ } = photo();
    const { focal, dice } = parts();
    const loss = new CombinedLoss({ focal, dice }, { weights: { dice: 0.5 } });
    const value = loss(pred, targ);
    const byHand = focal(pred, targ).add(dice(pred, targ), { alpha: 0.5 });
    expect(value).toBeClose(byHand.item());
    expect(loss.values.dice).toBeClose(dice(pred, targ).item());
    value.backward();
    const grad = pred.grad?.toArray();
    pred.grad?.zero_();
    byHand.backward();
    expect(pred.grad).toBeClose(grad);
  });

  it("LOS-1: gives one value an item without reduction, activates, decodes and is described", () => {
    const { pred, targ } = photo();
    const loss = new CombinedLoss(parts());
    loss.reduction = "none";
    expect(loss(pred, targ).shape).toEqual([2]);
    loss.reduction = "mean";
    expect([loss.reduction, loss.yInt]).toEqual(["mean", true]);
    expect(loss.activation(pred)).toBeClose(pred.softmax(1).toArray());
    expect(loss.decodes(pred).shape).toEqual([2, 4, 4]);
    const again = fromSpec(JSON.parse(JSON.stringify(toSpec(loss)))) as CombinedLoss;
    expect(again(pred, targ)).toBeClose(loss(pred, targ).item());
    expect(() => new CombinedLoss(parts(), { weights: { dise: 1 } })).toThrow(/focal, dice, got dise/);
  });
});

describe("losses of predictions and targets that do not fit", () => {
  it.each([
    ["LOS-2: CrossEntropyLossFlat", new CrossEntropyLossFlat()],
    ["LOS-3: FocalLossFlat", new FocalLossFlat()],
    ["LOS-7: DiceLoss", new DiceLoss()],
  ])("%s names both shapes", (_, loss: nn.Module<[ReturnType<typeof randn>, ReturnType<typeof randn>]>) => {
    const run = () => loss(randn([8, 3]), randint(0, 3, [7]).long());
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(/\[8,3\].*\[7\]/);
  });

  it("LOS-2, LOS-6: a class without a prediction is named, an error of another kind is handed on", () => {
    const beyond = () => new CrossEntropyLossFlat()(randn([2, 3]), randint(3, 9, [2]).long());
    expect(beyond).toThrow(/class numbers below 3.*got [3-8].*ignoreIndex/);
    expect(() => new CrossEntropyLossFlat()(randn([2, 3], { dtype: "float64" }).long(), randint(0, 3, [2]))).toThrow(
      /Long/,
    );
    expect(new LabelSmoothingCrossEntropy()(randn([2, 3]), randint(0, 3, [2]).long()).ndim).toBe(0);
  });
});
