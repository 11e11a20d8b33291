/** Networks of inverted residuals: MobileNetV3, EfficientNet, EfficientNetV2. Source: VLN-12. */
import type { Layer } from "../../layers/index.js";
import { nn, registerModule, type Tensor } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import {
  type ConvNormActOptions,
  convNormAct,
  roundWidth,
  SqueezeExcitation,
  StochasticDepth,
} from "./conv-norm-act.js";
import { FeaturesClassifier } from "./features-classifier.js";
import { initModules, kaimingOut } from "./init-modules.js";
import { type MetaFacts, published } from "./published.js";

/** Layers in turn, added to what came in where shapes allow it. Keys `block.…`. */
export class InvertedResidual extends nn.Module<[Tensor], Tensor> {
  block: nn.Sequential;
  /** Null where nothing is added. */
  stochastic_depth: Layer | null;
  constructor(layers: readonly Layer[], adds: boolean, dropped = 0) {
    super();
    this.block = new nn.Sequential(...layers);
    this.stochastic_depth = adds ? new StochasticDepth(dropped) : null;
  }
  override forward(x: Tensor): Tensor {
    const result = this.block(x);
    return this.stochastic_depth ? this.stochastic_depth(result).add(x) : result;
  }
}
registerModule("vision.InvertedResidual", InvertedResidual);

/** What these models may be told. */
export interface MobileNetOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
  /** Dropout in the classifier. Default: the published one. */
  dropout?: number;
}

type Norm = ConvNormActOptions["norm"];

interface BlockShape {
  readonly ni: number;
  readonly wide: number;
  readonly nf: number;
  readonly ks: number;
  readonly stride: number;
  readonly act: NonNullable<ConvNormActOptions["act"]>;
  readonly norm?: Norm;
  /** Channels of the squeeze, and what its two activations are. */
  readonly se: readonly [squeezed: number, inner: Layer, outer: Layer] | null;
  /** One convolution of size `ks` instead of a 1x1 and a depthwise one. */
  readonly fused?: boolean;
}

function blockLayers({ ni, wide, nf, ks, stride, act, norm, se, fused = false }: BlockShape): Layer[] {
  const last = (from: number) => convNormAct(from, nf, { act: null, norm });
  if (fused && wide === ni) return [convNormAct(ni, nf, { ks, stride, act, norm })];
  if (fused) return [convNormAct(ni, wide, { ks, stride, act, norm }), last(wide)];
  return [
    ...(wide === ni ? [] : [convNormAct(ni, wide, { act, norm })]),
    convNormAct(wide, wide, { ks, stride, groups: wide, act, norm }),
    ...(se ? [new SqueezeExcitation(wide, ...se)] : []),
    last(wide),
  ];
}

type Row = readonly [ks: number, wide: number, nf: number, se: 0 | 1, act: "RE" | "HS", stride: number];

/** Tables 1 and 2 of Howard et al. 2019. */
const large: readonly Row[] = [
  ...([
    [3, 16, 16, 0, "RE", 1],
    [3, 64, 24, 0, "RE", 2],
    [3, 72, 24, 0, "RE", 1],
  ] as const),
  ...([
    [5, 72, 40, 1, "RE", 2],
    [5, 120, 40, 1, "RE", 1],
    [5, 120, 40, 1, "RE", 1],
  ] as const),
  ...([
    [3, 240, 80, 0, "HS", 2],
    [3, 200, 80, 0, "HS", 1],
    [3, 184, 80, 0, "HS", 1],
    [3, 184, 80, 0, "HS", 1],
  ] as const),
  ...([
    [3, 480, 112, 1, "HS", 1],
    [3, 672, 112, 1, "HS", 1],
  ] as const),
  ...([
    [5, 672, 160, 1, "HS", 2],
    [5, 960, 160, 1, "HS", 1],
    [5, 960, 160, 1, "HS", 1],
  ] as const),
];
const small: readonly Row[] = [
  ...([
    [3, 16, 16, 1, "RE", 2],
    [3, 72, 24, 0, "RE", 2],
    [3, 88, 24, 0, "RE", 1],
  ] as const),
  ...([
    [5, 96, 40, 1, "HS", 2],
    [5, 240, 40, 1, "HS", 1],
    [5, 240, 40, 1, "HS", 1],
  ] as const),
  ...([
    [5, 120, 48, 1, "HS", 1],
    [5, 144, 48, 1, "HS", 1],
  ] as const),
  ...([
    [5, 288, 96, 1, "HS", 2],
    [5, 576, 96, 1, "HS", 1],
    [5, 576, 96, 1, "HS", 1],
  ] as const),
];

function mobilenetBlock(ni: number, [ks, wide, nf, se, name, stride]: Row, norm: Norm): Layer {
  const act = name === "HS" ? nn.Hardswish : nn.ReLU;
  const squeeze = se ? ([roundWidth(Math.floor(wide / 4)), new nn.ReLU(), new nn.Hardsigmoid()] as const) : null;
  return new InvertedResidual(
    blockLayers({ ni, wide, nf, ks, stride, act, norm, se: squeeze }),
    stride === 1 && ni === nf,
  );
}

function defineMobilenet(size: "large" | "small", rows: readonly Row[], hidden: number, digits: string) {
  const norm = { eps: 1e-3, momentum: 0.01 };
  const act = nn.Hardswish;
  const name = `mobilenet_v3_${size}`;
  const build = ({ nOut = 1000, dropout = 0.2 }: MobileNetOptions = {}) => {
    const inputs = [16, ...rows.map(([, , nf]) => nf)];
    const nf = inputs.at(-1) ?? 0;
    const model = new FeaturesClassifier({
      features: new nn.Sequential(
        convNormAct(3, 16, { ks: 3, stride: 2, act, norm }),
        ...rows.map((row, i) => mobilenetBlock(inputs[i] ?? 0, row, norm)),
        convNormAct(nf, 6 * nf, { act, norm }),
      ),
      avgpool: new nn.AdaptiveAvgPool2d(1),
      classifier: new nn.Sequential(
        new nn.Linear(6 * nf, hidden),
        new nn.Hardswish({ inplace: true }),
        new nn.Dropout(dropout),
        new nn.Linear(hidden, nOut),
      ),
    });
    initModules(model, { conv: kaimingOut, linear: (weight) => nn.init.normal_(weight, 0, 0.01) });
    return model;
  };
  return defineArch(name, build, published(`${name}-${digits}.pth`));
}

/** MobileNetV3 for phones with power to spare, 5.5 million parameters. Source: Howard et al. 2019. */
export const mobilenetV3Large = defineMobilenet("large", large, 1280, "5c1a4163");
/** MobileNetV3 for others, 2.5 million parameters. */
export const mobilenetV3Small = defineMobilenet("small", small, 1024, "047dcff4");

/** `expand` by a letter: "F" fuses the first two convolutions. */
type Stage = readonly [
  kind: "F" | "M",
  expand: number,
  ks: number,
  stride: number,
  ni: number,
  nf: number,
  count: number,
];

/** Table 1 of Tan and Le 2019. */
const b0: readonly Stage[] = [
  ...([
    ["M", 1, 3, 1, 32, 16, 1],
    ["M", 6, 3, 2, 16, 24, 2],
    ["M", 6, 5, 2, 24, 40, 2],
  ] as const),
  ...([
    ["M", 6, 3, 2, 40, 80, 3],
    ["M", 6, 5, 1, 80, 112, 3],
    ["M", 6, 5, 2, 112, 192, 4],
  ] as const),
  ["M", 6, 3, 1, 192, 320, 1],
];
/** Table 4 of Tan and Le 2021. */
const v2: Record<"s" | "m" | "l", readonly Stage[]> = {
  s: [
    ...([
      ["F", 1, 3, 1, 24, 24, 2],
      ["F", 4, 3, 2, 24, 48, 4],
      ["F", 4, 3, 2, 48, 64, 4],
    ] as const),
    ...([
      ["M", 4, 3, 2, 64, 128, 6],
      ["M", 6, 3, 1, 128, 160, 9],
      ["M", 6, 3, 2, 160, 256, 15],
    ] as const),
  ],
  m: [
    ...([
      ["F", 1, 3, 1, 24, 24, 3],
      ["F", 4, 3, 2, 24, 48, 5],
      ["F", 4, 3, 2, 48, 80, 5],
    ] as const),
    ...([
      ["M", 4, 3, 2, 80, 160, 7],
      ["M", 6, 3, 1, 160, 176, 14],
      ["M", 6, 3, 2, 176, 304, 18],
    ] as const),
    ["M", 6, 3, 1, 304, 512, 5],
  ],
  l: [
    ...([
      ["F", 1, 3, 1, 32, 32, 4],
      ["F", 4, 3, 2, 32, 64, 7],
      ["F", 4, 3, 2, 64, 96, 7],
    ] as const),
    ...([
      ["M", 4, 3, 2, 96, 192, 10],
      ["M", 6, 3, 1, 192, 224, 19],
      ["M", 6, 3, 2, 224, 384, 25],
    ] as const),
    ["M", 6, 3, 1, 384, 640, 7],
  ],
};

/** What sets one EfficientNet apart. */
interface EfficientShape {
  readonly stages: readonly Stage[];
  readonly dropout: number;
  /** Channels before the classifier. Default four times those of the last stage. */
  readonly last?: number;
  readonly norm?: Norm;
}

/** Blocks at the end are dropped in training with this probability, those at the start never, others in between. */
const deepestDrop = 0.2;

function efficientStages(stages: readonly Stage[], norm: Norm): nn.Sequential[] {
  const total = stages.reduce((sum, stage) => sum + stage[6], 0);
  let done = 0;
  return stages.map(([kind, expand, ks, stride, ni, nf, count]) => {
    const blocks = Array.from({ length: count }, (_, i) => {
      const from = i === 0 ? ni : nf;
      const step = i === 0 ? stride : 1;
      const se = [Math.max(1, Math.floor(from / 4)), new nn.SiLU({ inplace: true }), new nn.Sigmoid()] as const;
      const wide = roundWidth(from * expand);
      const layers = blockLayers({ ni: from, wide, nf, ks, stride: step, act: nn.SiLU, norm, se, fused: kind === "F" });
      return new InvertedResidual(layers, step === 1 && from === nf, (deepestDrop * done++) / total);
    });
    return new nn.Sequential(...blocks);
  });
}

/** `file`: what follows the name in that of the published file. */
function defineEfficientnet(name: string, shape: EfficientShape, file: string, facts: MetaFacts = {}) {
  const { stages, norm } = shape;
  const build = ({ nOut = 1000, dropout = shape.dropout }: MobileNetOptions = {}) => {
    const nf = stages.at(-1)?.[5] ?? 0;
    const { last = 4 * nf } = shape;
    const model = new FeaturesClassifier({
      features: new nn.Sequential(
        convNormAct(3, stages[0]?.[4] ?? 0, { ks: 3, stride: 2, act: nn.SiLU, norm }),
        ...efficientStages(stages, norm),
        convNormAct(nf, last, { act: nn.SiLU, norm }),
      ),
      avgpool: new nn.AdaptiveAvgPool2d(1),
      classifier: new nn.Sequential(new nn.Dropout(dropout), new nn.Linear(last, nOut)),
    });
    const bound = 1 / Math.sqrt(nOut);
    initModules(model, { conv: kaimingOut, linear: (weight) => nn.init.uniform_(weight, -bound, bound) });
    return model;
  };
  return defineArch(name, build, published(`${name}${file}.pth`, facts));
}

/** The first network, made wider and deeper. Source: Tan and Le 2019, section 3.3. */
function defineB(k: number, width: number, depth: number, dropout: number, file: string) {
  const stages = b0.map(([kind, expand, ks, stride, ni, nf, count]): Stage => {
    const [from, to] = [roundWidth(ni * width), roundWidth(nf * width)];
    return [kind, expand, ks, stride, from, to, Math.ceil(count * depth)];
  });
  const norm = k >= 5 ? { eps: 1e-3, momentum: 0.01 } : {};
  return defineEfficientnet(`efficientnet_b${k}`, { stages, dropout, norm }, file);
}

/** EfficientNet, 5.3 million parameters. Source: Tan and Le 2019; so for all that follow. */
export const efficientnetB0 = defineB(0, 1, 1, 0.2, "_rwightman-7f5810bc");
/** EfficientNet, 7.8 million parameters. */
export const efficientnetB1 = defineB(1, 1, 1.1, 0.2, "-c27df63c");
/** EfficientNet, 9.1 million parameters. */
export const efficientnetB2 = defineB(2, 1.1, 1.2, 0.3, "_rwightman-c35c1473");
/** EfficientNet, 12.2 million parameters. */
export const efficientnetB3 = defineB(3, 1.2, 1.4, 0.3, "_rwightman-b3899882");
/** EfficientNet, 19.3 million parameters. */
export const efficientnetB4 = defineB(4, 1.4, 1.8, 0.4, "_rwightman-23ab8bcd");
/** EfficientNet, 30.4 million parameters. */
export const efficientnetB5 = defineB(5, 1.6, 2.2, 0.4, "_lukemelas-1a07897c");
/** EfficientNet, 43.0 million parameters. */
export const efficientnetB6 = defineB(6, 1.8, 2.6, 0.5, "_lukemelas-24a108a5");
/** EfficientNet, 66.3 million parameters. */
export const efficientnetB7 = defineB(7, 2, 3.1, 0.5, "_lukemelas-c5b4e57e");

function defineV2(size: "s" | "m" | "l", dropout: number, digits: string, facts: MetaFacts = {}) {
  const shape = { stages: v2[size], dropout, last: 1280, norm: { eps: 1e-3 } };
  return defineEfficientnet(`efficientnet_v2_${size}`, shape, `-${digits}`, facts);
}

/** EfficientNetV2, 21.5 million parameters. Source: Tan and Le 2021; so for the next two. */
export const efficientnetV2S = defineV2("s", 0.2, "dd5fe13b");
/** EfficientNetV2, 54.1 million parameters. */
export const efficientnetV2M = defineV2("m", 0.3, "dc08266a");
/** EfficientNetV2, 118.5 million parameters; its published weights expect photos in -1..1. */
export const efficientnetV2L = defineV2("l", 0.4, "59c71312", {
  stats: [
    [0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5],
  ],
});
