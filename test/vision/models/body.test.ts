import { describe, expect, it } from "vitest";
import { ConvLayer } from "../../../src/layers/index.js";
import { manualSeed, nn, ones, type Tensor, tensor } from "../../../src/torch/index.js";
import { adaptInputChannels, createBody, cutModel, hasPoolType, numFeatures } from "../../../src/vision/models/body.js";

/** A stem, a block with pooling inside, and a classifier. */
const small = () =>
  new nn.Sequential(
    new nn.Conv2d(3, 4, 3, { stride: 2 }),
    new nn.Sequential(new ConvLayer(4, 8), new nn.MaxPool2d(2)),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(8, 2),
  );

describe("createBody", () => {
  it("VLN-1: cuts before the last child that contains a pooling layer", () => {
    expect(createBody(small(), { pretrained: false }).children().length).toBe(1);
    expect(hasPoolType(small())).toBe(true);
    expect(hasPoolType(new ConvLayer(1, 1))).toBe(false);
  });

  it("VLN-1: cuts where it is told, by number or by function, and shares the model's modules", () => {
    const model = small();
    expect(createBody(model, { cut: -2 }).children()).toEqual(model.children().slice(0, 3));
    const head = new nn.Linear(1, 1);
    expect(cutModel(model, () => head)).toBe(head);
  });

  it("VLN-1: says what to do about a model without pooling", () => {
    expect(() => createBody(new nn.Sequential(new nn.Conv2d(3, 4, 3)))).toThrow("Say where to cut");
  });

  it("VLN-2: replaces a first convolution of 3 channels, keeping its shape", () => {
    const body = createBody(small(), { nIn: 1, pretrained: false, cut: 3 });
    const conv = body.children()[0] as nn.Conv2d;
    expect([conv.inChannels, conv.outChannels, conv.stride]).toEqual([1, 4, [2, 2]]);
    expect(body(ones([1, 1, 9, 9])).shape).toEqual([1, 8, 2, 2]);
  });

  it("VLN-2: gives a pretrained convolution's weights to its successor", () => {
    const model = small();
    const before = (model.at(0) as nn.Conv2d).weight.detach();
    const body = createBody(model, { nIn: 1, cut: 3 });
    expect((body.children()[0] as nn.Conv2d).weight.detach()).toBeClose(before.sum(1, { keepdim: true }));
  });

  it("VLN-2: refuses a model that starts otherwise", () => {
    const model = new nn.Sequential(new nn.Conv2d(4, 4, 3), new nn.MaxPool2d(2));
    expect(() => createBody(model, { nIn: 1 })).toThrow("got a Conv2d of 4");
    expect(() => createBody(new nn.Sequential(new nn.Linear(3, 4)), { nIn: 1, cut: 1 })).toThrow("got Linear");
  });
});

describe("adaptInputChannels", () => {
  const weight = tensor([[[[1]], [[2]], [[3]]]]);
  const cases: [nIn: number, values: number[]][] = [
    [1, [6]],
    [2, [1.5, 3]],
    [3, [1, 2, 3]],
    [5, [1, 2, 3, 0, 0]],
  ];
  it.each(cases)("VLN-2: %i channels", (nIn, values) => {
    const adapted: Tensor = adaptInputChannels(weight, nIn);
    expect(adapted.shape).toEqual([1, nIn, 1, 1]);
    expect(adapted.flatten()).toBeClose(values);
  });
});

describe("numFeatures", () => {
  it("counts the channels that come out and leaves the training mode as it was", () => {
    const body = new nn.Sequential(new ConvLayer(3, 7), new nn.MaxPool2d(2));
    expect(numFeatures(body)).toBe(7);
    expect(body.training && body.children()[0]?.training).toBe(true);
    expect(body.stateDict().get("0.1.num_batches_tracked")?.item()).toBe(0);
  });

  it("tries larger images when 32 pixels are too few", () => {
    manualSeed(0);
    expect(numFeatures(new nn.Sequential(new nn.Conv2d(1, 5, 50)))).toBe(5);
  });

  it("throws the model's own error when no size will do", () => {
    const broken = new nn.Sequential(new nn.Conv2d(3, 4, 1), new nn.Linear(7, 7));
    expect(() => numFeatures(broken)).toThrow("linear");
  });
});
