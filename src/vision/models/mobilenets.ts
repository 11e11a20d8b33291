/** MobileNetV3. Source: VLN-12, Howard et al. 2019. */
import type { Layer } from "../../layers/index.js";
import { nn } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import { convNormAct, roundWidth } from "./conv-norm-act.js";
import { FeaturesClassifier } from "./features-classifier.js";
import { initModules, kaimingOut } from "./init-modules.js";
import { blockLayers, InvertedResidual, type MobileNetOptions, type Norm } from "./inverted-residual.js";
import { published } from "./published.js";

type Row = readonly [ks: number, wide: number, nf: number, se: 0 | 1, act: "RE" | "HS", stride: number];

/** Tables 1 and 2 of Howard et al. 2019. */
const large: readonly Row[] = [
  [3, 16, 16, 0, "RE", 1],
  [3, 64, 24, 0, "RE", 2],
  [3, 72, 24, 0, "RE", 1],
  [5, 72, 40, 1, "RE", 2],
  [5, 120, 40, 1, "RE", 1],
  [5, 120, 40, 1, "RE", 1],
  [3, 240, 80, 0, "HS", 2],
  [3, 200, 80, 0, "HS", 1],
  [3, 184, 80, 0, "HS", 1],
  [3, 184, 80, 0, "HS", 1],
  [3, 480, 112, 1, "HS", 1],
  [3, 672, 112, 1, "HS", 1],
  [5, 672, 160, 1, "HS", 2],
  [5, 960, 160, 1, "HS", 1],
  [5, 960, 160, 1, "HS", 1],
];
const small: readonly Row[] = [
  [3, 16, 16, 1, "RE", 2],
  [3, 72, 24, 0, "RE", 2],
  [3, 88, 24, 0, "RE", 1],
  [5, 96, 40, 1, "HS", 2],
  [5, 240, 40, 1, "HS", 1],
  [5, 240, 40, 1, "HS", 1],
  [5, 120, 48, 1, "HS", 1],
  [5, 144, 48, 1, "HS", 1],
  [5, 288, 96, 1, "HS", 2],
  [5, 576, 96, 1, "HS", 1],
  [5, 576, 96, 1, "HS", 1],
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
