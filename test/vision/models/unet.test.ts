import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConvLayer, NormType } from "../../../src/layers/index.js";
import { fromSpec, manualSeed, nn, noGrad, randn, scope, type Tensor, toSpec } from "../../../src/torch/index.js";
import { createBody } from "../../../src/vision/models/body.js";
import { resnet34 } from "../../../src/vision/models/resnets.js";
import { DynamicUnet, type DynamicUnetOptions, UnetBlock } from "../../../src/vision/models/unet.js";
import {
  countParameters,
  evaluate,
  expectGradients,
  type InitialFixture,
  initial,
  keyHash,
  type RunFixture,
  run,
} from "../../parity/models.js";

interface UnetFixture {
  cases: Record<string, RunFixture & { eval: number[]; initial: InitialFixture }>;
  resnet34: Record<string, number>;
}
const fixture: UnetFixture = JSON.parse(readFileSync(new URL("../../fixtures/unet.json", import.meta.url), "utf8"));

const body = () =>
  new nn.Sequential(
    new nn.Sequential(new nn.Conv2d(3, 8, 3, { stride: 2, padding: 1 }), new nn.BatchNorm2d(8), new nn.ReLU()),
    new nn.MaxPool2d(3, { stride: 2, padding: 1 }),
    new ConvLayer(8, 16),
    new ConvLayer(16, 24, { stride: 2 }),
    new ConvLayer(24, 32, { stride: 2 }),
  );
const flatBody = () =>
  new nn.Sequential(new ConvLayer(3, 8), new ConvLayer(8, 16, { stride: 2 }), new ConvLayer(16, 16, { stride: 2 }));

type Case = [size: [number, number], nOut: number, options: DynamicUnetOptions, make?: () => nn.Sequential];
const cases: Record<string, Case> = {
  plain: [[32, 48], 5, {}],
  "odd size": [[30, 46], 5, {}],
  "self-attention and blur": [[32, 32], 3, { selfAttention: true, blur: true }],
  "blur but the last": [[32, 32], 3, { blur: true, blurFinal: false }],
  "no last cross": [[32, 32], 3, { lastCross: false }],
  range: [[32, 32], 3, { yRange: [-1, 2] }],
  "batch norm, SiLU": [[32, 32], 3, { normType: NormType.Batch, actCls: nn.SiLU }],
  "first layer keeps the size": [[16, 16], 3, {}, flatBody],
};

describe("DynamicUnet computes what fastai's computes", () => {
  it("there is a case for each in the fixture", () => {
    expect(Object.keys(cases)).toEqual(Object.keys(fixture.cases));
  });

  it.each(Object.entries(cases))("VLN-7, VLN-8, VLN-9: %s", (name, [size, nOut, options, make = body]) => {
    const expected = fixture.cases[name] as UnetFixture["cases"][string];
    const unet = () => new DynamicUnet(make(), nOut, size, options);
    const begun = initial(unet);
    expect(begun.after).toBeClose(expected.initial.after, { rtol: 1e-6 });
    expect(begun.state).toBeClose(expected.initial.state, { rtol: 1e-4, atol: 1e-4 });
    manualSeed(3); // spectral norm starts from random vectors
    const model = unet();
    expect(keyHash(model)).toBe(expected.keyHash);
    expect(evaluate(model, [2, 3, ...size])).toBeClose(expected.eval, { rtol: 1e-3, atol: 1e-3 });
    manualSeed(3);
    const got = run(unet(), [2, 3, ...size]);
    expect(got.shape).toEqual(expected.shape);
    expect(got.output).toBeClose(expected.output, { rtol: 1e-3, atol: 1e-3 });
    expectGradients([...got.grads, got.inputGrad], [...expected.grads, expected.inputGrad], 1e-3);
  });

  it.each([
    ["32 outputs", {}],
    ["32 outputs, self-attention, blur", { selfAttention: true, blur: true }],
  ])("VLN-7: over resnet34, %s, it has as many parameters", (name, options) => {
    scope(() => {
      const unet = new DynamicUnet(createBody(resnet34(), { cut: -2, pretrained: false }), 32, [64, 64], options);
      expect(countParameters(unet)).toBe(fixture.resnet34[name]);
    });
  });
});

describe("DynamicUnet", () => {
  const x = (h: number, w: number) => randn([1, 3, h, w]);

  it("VLN-8: takes images of any size, whatever the size the body was tried with", () => {
    const unet = new DynamicUnet(body(), 2, [32, 32]).eval();
    expect(noGrad(() => unet(x(40, 56))).shape).toEqual([1, 2, 40, 56]);
  });

  it("goes up step by step over a body that wraps its steps, and calls none of them twice", () => {
    const wrapped = new nn.Sequential(body());
    let calls = 0;
    wrapped
      .children()[0]
      ?.children()[0]
      ?.registerForwardHook(() => {
        calls++;
      });
    const unet = new DynamicUnet(wrapped, 2, [32, 32]).eval();
    const tried = calls;
    expect(unet.children().filter((layer) => layer instanceof UnetBlock).length).toBe(3);
    noGrad(() => unet(x(32, 32)));
    expect(calls).toBe(tried + 1);
  });

  it("VLN-7: bottle halves the channels of the last layers", () => {
    const wide = new DynamicUnet(body(), 2, [32, 32]);
    const narrow = new DynamicUnet(body(), 2, [32, 32], { bottle: true }).eval();
    expect(countParameters(narrow)).toBeLessThan(countParameters(wide));
    expect(noGrad(() => narrow(x(32, 32))).shape).toEqual([1, 2, 32, 32]);
  });

  it("leaves the body in the mode it was in", () => {
    const encoder = body().eval();
    expect(new DynamicUnet(encoder, 2, [32, 32]).children()[0]?.training).toBe(false);
    expect(new DynamicUnet(body(), 2, [32, 32]).children()[0]?.training).toBe(true);
  });

  it("can be exported and made again", () => {
    const unet = new DynamicUnet(body(), 2, [32, 32], { selfAttention: true }).eval();
    const again = fromSpec(JSON.parse(JSON.stringify(toSpec(unet)))) as DynamicUnet;
    again.loadStateDict(unet.stateDict());
    const photo = x(32, 32);
    expect(noGrad(() => again.eval()(photo))).toBeClose(noGrad(() => unet(photo)));
  });

  it("says what a body must be", () => {
    class Odd extends nn.Module<[Tensor], Tensor> {
      conv = new nn.Conv2d(3, 4, 3);
      override forward(t: Tensor): Tensor {
        return this.conv(t);
      }
    }
    expect(() => new DynamicUnet(new Odd(), 2, [32, 32])).toThrow(/expected a body that is a Sequential.*got Odd/);
    expect(() => new DynamicUnet(body(), 2, [32, 32], { blurry: true } as object)).toThrow("blurFinal");
  });
});
