import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  BaseLoss,
  BCELossFlat,
  BCEWithLogitsLossFlat,
  CrossEntropyLossFlat,
  DiceLoss,
  FocalLoss,
  FocalLossFlat,
  L1LossFlat,
  LabelSmoothingCrossEntropy,
  LabelSmoothingCrossEntropyFlat,
  MSELossFlat,
} from "../../src/layers/index.js";
import {
  type DType,
  fromSpec,
  nn,
  OptionError,
  ShapeError,
  type Tensor,
  tensor,
  toSpec,
  zeros,
} from "../../src/torch/index.js";

interface Saved {
  shape: number[];
  dtype: DType;
  data: number[];
}

interface Case {
  name: string;
  options: object;
  pred: Saved;
  targ: Saved;
  value: Saved;
  grad: Saved;
  yInt: boolean;
  activation?: Saved;
  decodes?: Saved;
}

type Loss = ((pred: Tensor, targ: Tensor) => Tensor) & {
  yInt?: boolean;
  reduction: string;
  activation?(x: Tensor): Tensor;
  decodes?(x: Tensor): Tensor;
};

const makers: Record<string, (options: object) => Loss> = {
  CrossEntropyLossFlat: (o) => new CrossEntropyLossFlat(o),
  FocalLoss: (o) => new FocalLoss(o),
  FocalLossFlat: (o) => new FocalLossFlat(o),
  BCEWithLogitsLossFlat: (o) => new BCEWithLogitsLossFlat(o),
  BCELossFlat: (o) => BCELossFlat(o),
  MSELossFlat: (o) => MSELossFlat(o),
  L1LossFlat: (o) => L1LossFlat(o),
  LabelSmoothingCrossEntropy: (o) => new LabelSmoothingCrossEntropy(o),
  LabelSmoothingCrossEntropyFlat: (o) => new LabelSmoothingCrossEntropyFlat(o),
  DiceLoss: (o) => new DiceLoss(o),
};

const path = new URL("../fixtures/losses.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: Case[] };
const titled = cases.map((one): [string, Case] => [`${one.name} ${JSON.stringify(one.options)}`, one]);

function restore({ shape, dtype, data }: Saved): Tensor {
  return tensor(data, { dtype }).view(shape);
}

function expectSame(got: Tensor, { shape, dtype, data }: Saved): void {
  expect(got.shape).toEqual(shape);
  expect(got.dtype).toBe(dtype);
  expect(got.detach().flatten().toArray()).toBeClose(data, { rtol: 1e-5, atol: 1e-6 });
}

// fastai activates and decodes this loss along the last axis whatever `axis` is.
const isDeviation = ({ name, options }: Case) => name === "LabelSmoothingCrossEntropyFlat" && "axis" in options;

describe("losses", () => {
  it.each(titled)("LOS-1 to LOS-7: %s gives fastai's value and gradient", (_, one) => {
    const loss = makers[one.name]?.(one.options) as Loss;
    const pred = restore(one.pred).requiresGrad_();
    const value = loss(pred, restore(one.targ));
    expectSame(value, one.value);
    value.sum().backward();
    expectSame(pred.grad as Tensor, one.grad);
    expect(loss.yInt ?? false).toBe(one.yInt);
  });

  it.each(titled.filter(([, one]) => one.activation && !isDeviation(one)))(
    "LOS-1 to LOS-7: %s activates and decodes as fastai's",
    (_, one) => {
      const loss = makers[one.name]?.(one.options) as Required<Loss>;
      const active = loss.activation(restore(one.pred));
      expectSame(active, one.activation as Saved);
      expectSame(loss.decodes(active), one.decodes as Saved);
    },
  );

  it("gives the published values on two logits", () => {
    const logits = tensor([
      [2, 1, 0],
      [0, 1, 2],
    ]);
    const targ = tensor([0, 1], { dtype: "int64" });
    expect(new CrossEntropyLossFlat()(logits, targ)).toBeClose(0.907606, { rtol: 0, atol: 1e-6 });
    expect(new LabelSmoothingCrossEntropy()(logits, targ)).toBeClose(0.957606, { rtol: 0, atol: 1e-6 });
    expect(new FocalLossFlat()(logits, targ)).toBeClose(0.424313, { rtol: 0, atol: 1e-6 });
    const hot = tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(new BCEWithLogitsLossFlat()(logits, hot)).toBeClose(0.877779, { rtol: 0, atol: 1e-6 });
    const image = tensor([
      [
        [
          [2, 1],
          [0, 3],
        ],
        [
          [1, 2],
          [3, 0],
        ],
      ],
    ]);
    const mask = tensor(
      [
        [
          [0, 1],
          [1, 1],
        ],
      ],
      { dtype: "int64" },
    );
    expect(new DiceLoss()(image, mask)).toBeClose(0.820204, { rtol: 0, atol: 1e-6 });
    expect(new DiceLoss({ reduction: "mean" })(image, mask)).toBeClose(0.410102, { rtol: 0, atol: 1e-6 });
  });

  it("LOS-1: the reduction may be changed, and the value has one entry per item then", () => {
    const loss = new CrossEntropyLossFlat();
    loss.reduction = "none";
    expect(loss(zeros([5, 3]), zeros([5], { dtype: "int64" })).shape).toEqual([5]);
  });

  it("LOS-1: takes integer targets of odd widths, and any function", () => {
    const logits = tensor([[2, 1, 0]]);
    expect(new CrossEntropyLossFlat()(logits, tensor([1], { dtype: "int32" }))).toBeClose(1.407606, {
      rtol: 0,
      atol: 1e-5,
    });
    const smooth = new BaseLoss(nn.functional.smoothL1Loss, { is2d: false, floatify: true });
    expect(smooth(tensor([[0], [2]]), tensor([0, 0], { dtype: "int64" })).item()).toBe(0.75);
    expect(smooth.activation(logits)).toBe(logits);
  });

  it("LOS-2: class weights move with the loss and are not parameters", () => {
    const loss = new CrossEntropyLossFlat({ weight: [1, 2, 3] });
    expect(loss.parameters()).toEqual([]);
    expect(loss.to("float64").weight?.dtype).toBe("float64");
  });

  it.each(titled)("comes back from its description: %s", (_, one) => {
    const loss = makers[one.name]?.(one.options) as Loss;
    const spec = JSON.parse(JSON.stringify(toSpec(loss)));
    const again = fromSpec(spec) as Loss;
    expectSame(again(restore(one.pred), restore(one.targ)), one.value);
  });

  it("refuses what cannot work", () => {
    // @ts-expect-error: Python's spelling
    expect(() => new CrossEntropyLossFlat({ ignore_index: 1 })).toThrow(OptionError);
    expect(() => new BCEWithLogitsLossFlat({ posWeight: [1], flatten: true })).toThrow(/flatten: false with posWeight/);
    // @ts-expect-error: not a reduction
    expect(() => MSELossFlat({ reduction: "avg" })).toThrow(/"mean", "sum" or "none", got "avg"/);
    expect(() => MSELossFlat()(zeros([4, 2]), zeros([4]))).toThrow(ShapeError);
  });
});
