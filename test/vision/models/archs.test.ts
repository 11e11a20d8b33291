import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromSpec, manualSeed, type nn, noGrad, randn, scope, type Tensor, toSpec } from "../../../src/torch/index.js";
import { type ArchMeta, archNames, findArch } from "../../../src/vision/models/arch.js";
import { convNeXt } from "../../../src/vision/models/convnext.js";
import type { FeaturesClassifier } from "../../../src/vision/models/features-classifier.js";
import "../../../src/vision/models/efficientnets.js";
import "../../../src/vision/models/mobilenets.js";
import { StochasticDepth } from "../../../src/vision/models/conv-norm-act.js";
import { densenet121 } from "../../../src/vision/models/densenet.js";
import { alexnet, vgg11Bn } from "../../../src/vision/models/plain-nets.js";
import { Bottleneck, ResNet } from "../../../src/vision/models/resnet.js";
import "../../../src/vision/models/resnets.js";
import { createBody } from "../../../src/vision/models/body.js";
import { DynamicUnet, UnetBlock } from "../../../src/vision/models/unet.js";
import { archMeta, planVisionModel } from "../../../src/vision/models/vision-model.js";
import { VisionTransformer, VisionTransformerBody } from "../../../src/vision/models/vision-transformer.js";
import {
  countParameters,
  expectGradients,
  type InitialFixture,
  initial,
  keyHash,
  type RunFixture,
  run,
} from "../../parity/models.js";

interface ArchsFixture {
  architectures: Record<string, { parameters: number; keyHash: string; file: string }>;
  runs: Record<string, RunFixture & { initial: InitialFixture }>;
  visionModels: Record<string, { parameters: number; groups: number[]; keyHash: string }>;
}
const fixture: ArchsFixture = JSON.parse(readFileSync(new URL("../../fixtures/archs.json", import.meta.url), "utf8"));

describe("torchvision's other architectures", () => {
  it("VLN-12: there is one for every name in the fixture, with its published weights", () => {
    expect(archNames()).toEqual(expect.arrayContaining(Object.keys(fixture.architectures)));
    for (const [name, { file }] of Object.entries(fixture.architectures)) {
      expect(archMeta(findArch(name)).weights?.url, name).toBe(`https://download.pytorch.org/models/${file}`);
    }
  });

  // The larger ones differ from these in widths and numbers of blocks alone.
  const listed = Object.entries(fixture.architectures).filter(([, { parameters }]) => parameters < 6e6);
  it.each(listed)("VLN-12: %s has torchvision's keys and number of parameters", (name, expected) => {
    scope(() => {
      const model = findArch(name)();
      expect(countParameters(model)).toBe(expected.parameters);
      expect(keyHash(model)).toBe(expected.keyHash);
    });
  });
});

const features = (arch: () => nn.Module<[Tensor], Tensor>) => () => (arch() as FeaturesClassifier).features;
const vit = { patch: 8, depth: 2, heads: 4, dim: 32, inner: 64, imageSize: 32 };
const made: Record<string, [make: () => nn.Module<[Tensor], Tensor>, shape: number[]]> = {
  "alexnet features": [features(alexnet), [1, 3, 64, 64]],
  "vgg11_bn features": [features(vgg11Bn), [1, 3, 32, 32]],
  squeezenet1_0: [() => findArch("squeezenet1_0")({ nOut: 10 }), [1, 3, 64, 64]],
  squeezenet1_1: [() => findArch("squeezenet1_1")({ nOut: 10 }), [1, 3, 64, 64]],
  densenet121: [() => findArch("densenet121")({ nOut: 10 }), [1, 3, 32, 32]],
  mobilenet_v3_small: [() => findArch("mobilenet_v3_small")({ nOut: 10 }), [1, 3, 64, 64]],
  mobilenet_v3_large: [() => findArch("mobilenet_v3_large")({ nOut: 10 }), [1, 3, 64, 64]],
  efficientnet_b0: [() => findArch("efficientnet_b0")({ nOut: 10 }), [1, 3, 64, 64]],
  resnext: [() => new ResNet(Bottleneck, [1, 1, 1, 1], { nOut: 10, groups: 4, groupWidth: 8 }), [1, 3, 64, 64]],
  convnext: [() => convNeXt([8, 16], [2, 2], 0.1, { nOut: 10 }), [1, 3, 32, 32]],
  vit: [() => new VisionTransformer(vit, { nOut: 10 }), [2, 3, 32, 32]],
};

describe("they compute what torchvision's compute", () => {
  it.each(Object.entries(made))("VLN-12: %s, its gradients, and its weights from a seed", (name, [make, shape]) => {
    const expected = fixture.runs[name] as ArchsFixture["runs"][string];
    scope(() => {
      const begun = initial(make);
      expect(begun.state.slice(0, 8)).toBeClose(expected.initial.state, { rtol: 1e-4, atol: 1e-3 });
      expect(begun.after).toBeClose(expected.initial.after, { rtol: 1e-6 });
    });
    const got = run(make(), shape, { train: false });
    expect(got.output).toBeClose(expected.output, { rtol: 1e-3, atol: 1e-3 });
    const some = got.grads.filter((_, i) => i % Math.max(1, Math.floor(got.grads.length / 12)) === 0);
    expectGradients([...some, got.inputGrad], [...expected.grads, expected.inputGrad], 1e-3);
  });
});

describe("as bodies", () => {
  it.each(Object.entries(fixture.visionModels).filter(([name]) => !/vgg|alex/.test(name)))(
    "VLN-5, VLN-6: %s with a head has fastai's parameters and groups",
    (name, expected) => {
      scope(() => {
        const arch = findArch(name);
        const { model } = planVisionModel(arch, 37, { pretrained: false });
        expect(countParameters(model)).toBe(expected.parameters);
        expect(keyHash(model)).toBe(expected.keyHash);
        const groups = archMeta(arch).split(model);
        expect(groups.map((group) => group.reduce((sum, p) => sum + p.numel(), 0))).toEqual(expected.groups);
      });
    },
  );

  it("VLN-2: a first convolution inside the features reads other channels", () => {
    const { model } = planVisionModel(densenet121, 2, { pretrained: false, nIn: 1 });
    expect(noGrad(() => model.eval()(randn([2, 1, 32, 32]))).shape).toEqual([2, 2]);
  });

  it("VLN-8: a U-Net goes up in four steps over a DenseNet, whose steps are inside", () => {
    const body = createBody(densenet121(), { cut: -1, pretrained: false });
    const unet = new DynamicUnet(body, 2, [64, 64]).eval();
    expect(unet.children().filter((layer) => layer instanceof UnetBlock).length).toBe(4);
    expect(noGrad(() => unet(randn([1, 3, 64, 64]))).shape).toEqual([1, 2, 64, 64]);
  });

  it("a vision transformer gives its patches as an image, of photos of any size", () => {
    const model = new VisionTransformer(vit, { nOut: 3 }).eval();
    const body = new VisionTransformerBody(model);
    expect(noGrad(() => body(randn([2, 3, 32, 32]))).shape).toEqual([2, 32, 4, 4]);
    expect(noGrad(() => body(randn([2, 3, 48, 24]))).shape).toEqual([2, 32, 6, 3]);
    expect(noGrad(() => model(randn([2, 3, 48, 24]))).shape).toEqual([2, 3]);
  });

  it("can be exported and made again", () => {
    for (const model of [convNeXt([8, 16], [1, 1], 0), new VisionTransformer(vit)]) {
      const again = fromSpec(JSON.parse(JSON.stringify(toSpec(model)))) as nn.Module<[Tensor], Tensor>;
      again.loadStateDict(model.stateDict());
      const x = randn([1, 3, 32, 32]);
      expect(noGrad(() => again.eval()(x))).toBeClose(noGrad(() => model.eval()(x)));
    }
  });
});

describe("published files from before a renaming", () => {
  const convert = (meta: ArchMeta, key: string) =>
    [...((meta.weights?.convert?.(new Map([[key, 1]])) ?? new Map()) as Map<string, number>).keys()][0];
  it("are read with today's keys", () => {
    const dense = "features.denseblock1.denselayer1.norm.1.weight";
    expect(convert(archMeta(findArch("densenet169")), dense)).toBe("features.denseblock1.denselayer1.norm1.weight");
    const vitKey = (n: number | string) => `encoder.layers.encoder_layer_0.mlp.${n}.bias`;
    expect(convert(archMeta(findArch("vit_b_16")), vitKey("linear_2"))).toBe(vitKey(3));
    expect(convert(archMeta(findArch("vit_b_16")), vitKey("linear_1"))).toBe(vitKey(0));
  });
});

describe("StochasticDepth", () => {
  it("drops whole items in training, keeps the mean, and does nothing otherwise", () => {
    manualSeed(1);
    const layer = new StochasticDepth(0.25);
    const x = randn([400, 2, 2]).abs().add(1);
    const kept = layer(x).div(x); // [400, 2, 2]
    expect(kept.amax({ dim: [1, 2] })).toBeClose(kept.amin({ dim: [1, 2] }));
    expect(kept.mean().item()).toBeClose(1, { atol: 0.1 });
    expect(layer.eval()(x)).toBeClose(x);
  });
});
