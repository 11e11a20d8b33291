/** EfficientNet and EfficientNetV2. Source: VLN-12, Tan and Le 2019 and 2021. */
import { nn } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import { convNormAct, roundWidth } from "./conv-norm-act.js";
import { FeaturesClassifier } from "./features-classifier.js";
import { initModules, kaimingOut } from "./init-modules.js";
import { blockLayers, InvertedResidual, type MobileNetOptions, type Norm } from "./inverted-residual.js";
import { type MetaFacts, published } from "./published.js";

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
  ["M", 1, 3, 1, 32, 16, 1],
  ["M", 6, 3, 2, 16, 24, 2],
  ["M", 6, 5, 2, 24, 40, 2],
  ["M", 6, 3, 2, 40, 80, 3],
  ["M", 6, 5, 1, 80, 112, 3],
  ["M", 6, 5, 2, 112, 192, 4],
  ["M", 6, 3, 1, 192, 320, 1],
];
/** Table 4 of Tan and Le 2021. */
const v2: Record<"s" | "m" | "l", readonly Stage[]> = {
  s: [
    ["F", 1, 3, 1, 24, 24, 2],
    ["F", 4, 3, 2, 24, 48, 4],
    ["F", 4, 3, 2, 48, 64, 4],
    ["M", 4, 3, 2, 64, 128, 6],
    ["M", 6, 3, 1, 128, 160, 9],
    ["M", 6, 3, 2, 160, 256, 15],
  ],
  m: [
    ["F", 1, 3, 1, 24, 24, 3],
    ["F", 4, 3, 2, 24, 48, 5],
    ["F", 4, 3, 2, 48, 80, 5],
    ["M", 4, 3, 2, 80, 160, 7],
    ["M", 6, 3, 1, 160, 176, 14],
    ["M", 6, 3, 2, 176, 304, 18],
    ["M", 6, 3, 1, 304, 512, 5],
  ],
  l: [
    ["F", 1, 3, 1, 32, 32, 4],
    ["F", 4, 3, 2, 32, 64, 7],
    ["F", 4, 3, 2, 64, 96, 7],
    ["M", 4, 3, 2, 96, 192, 10],
    ["M", 6, 3, 1, 192, 224, 19],
    ["M", 6, 3, 2, 224, 384, 25],
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
