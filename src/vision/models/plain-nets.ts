/** The networks from before shortcuts: AlexNet, VGG, SqueezeNet. Source: VLN-12. */
import type { Layer } from "../../layers/index.js";
import { cat, nn, registerModule, type Tensor } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import { FeaturesClassifier } from "./features-classifier.js";
import { initModules, kaimingOut } from "./init-modules.js";
import { family, published } from "./published.js";
import { splitInnerAt } from "./split.js";

/** What these models may be told. */
export interface PlainNetOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
  /** Dropout in the classifier. Default 0.5. */
  dropout?: number;
}

const relu = () => new nn.ReLU({ inplace: true });
const pool = (ks: number, ceilMode = false) => new nn.MaxPool2d(ks, { stride: 2, ceilMode });

/** One 11x11, one 5x5 and three 3x3 convolutions. Source: Krizhevsky 2014. */
export const alexnet = defineArch(
  "alexnet",
  ({ nOut = 1000, dropout = 0.5 }: PlainNetOptions = {}) => {
    const conv = (ni: number, nf: number, ks: number, stride = 1, padding = Math.floor(ks / 2)): Layer[] => [
      new nn.Conv2d(ni, nf, ks, { stride, padding }),
      relu(),
    ];
    const features = [
      ...[...conv(3, 64, 11, 4, 2), pool(3), ...conv(64, 192, 5), pool(3)],
      ...[...conv(192, 384, 3), ...conv(384, 256, 3), ...conv(256, 256, 3), pool(3)],
    ];
    const classifier = [
      ...[new nn.Dropout(dropout), new nn.Linear(256 * 6 * 6, 4096), relu()],
      ...[new nn.Dropout(dropout), new nn.Linear(4096, 4096), relu(), new nn.Linear(4096, nOut)],
    ];
    return new FeaturesClassifier({
      features: new nn.Sequential(...features),
      avgpool: new nn.AdaptiveAvgPool2d([6, 6]),
      classifier: new nn.Sequential(...classifier),
    });
  },
  published("alexnet-owt-7be5be79.pth", family(-2, splitInnerAt(6))),
);

/** Convolutions before each of the five poolings, by the number of layers in the name. */
const vggDepths: Record<number, readonly number[]> = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
};

function vggFeatures(depths: readonly number[], norm: boolean): nn.Sequential {
  let ni = 3;
  const layers = depths.flatMap((count, stage) => {
    const nf = Math.min(512, 64 * 2 ** stage);
    const block: Layer[] = [];
    for (let i = 0; i < count; i++, ni = nf) {
      block.push(new nn.Conv2d(ni, nf, 3, { padding: 1 }), ...(norm ? [new nn.BatchNorm2d(nf)] : []), relu());
    }
    return [...block, pool(2)];
  });
  return new nn.Sequential(...layers);
}

function defineVgg(depth: number, norm: boolean, digits: string) {
  const name = `vgg${depth}${norm ? "_bn" : ""}`;
  const build = ({ nOut = 1000, dropout = 0.5 }: PlainNetOptions = {}) => {
    const hidden = (ni: number) => [new nn.Linear(ni, 4096), relu(), new nn.Dropout(dropout)];
    const model = new FeaturesClassifier({
      features: vggFeatures(vggDepths[depth] ?? [], norm),
      avgpool: new nn.AdaptiveAvgPool2d([7, 7]),
      classifier: new nn.Sequential(...hidden(512 * 7 * 7), ...hidden(4096), new nn.Linear(4096, nOut)),
    });
    initModules(model, { conv: kaimingOut, linear: (weight) => nn.init.normal_(weight, 0, 0.01) });
    return model;
  };
  // fastai knows the groups of those with batch norm only.
  return defineArch(name, build, published(`${name}-${digits}.pth`, norm ? family(-2, splitInnerAt(22)) : { cut: -2 }));
}

/** VGG of 11 layers, 132.9 million parameters. Source: Simonyan and Zisserman 2014; so for all that follow. */
export const vgg11 = defineVgg(11, false, "8a719046");
/** `vgg11` with batch norm. */
export const vgg11Bn = defineVgg(11, true, "6002323d");
/** VGG of 13 layers. */
export const vgg13 = defineVgg(13, false, "19584684");
/** `vgg13` with batch norm. */
export const vgg13Bn = defineVgg(13, true, "abd245e5");
/** VGG of 16 layers. */
export const vgg16 = defineVgg(16, false, "397923af");
/** `vgg16` with batch norm. */
export const vgg16Bn = defineVgg(16, true, "6c64b313");
/** VGG of 19 layers. */
export const vgg19 = defineVgg(19, false, "dcbb9e9d");
/** `vgg19` with batch norm. */
export const vgg19Bn = defineVgg(19, true, "c79401a0");

/** Squeezes the channels, then widens them by 1x1 and 3x3 convolutions side by side. Source: Iandola et al. 2016. */
export class Fire extends nn.Module<[Tensor], Tensor> {
  squeeze: Layer;
  squeeze_activation: Layer;
  expand1x1: Layer;
  expand1x1_activation: Layer;
  expand3x3: Layer;
  expand3x3_activation: Layer;
  constructor(ni: number, squeezed: number, wide: number) {
    super();
    this.squeeze = new nn.Conv2d(ni, squeezed, 1);
    this.squeeze_activation = relu();
    this.expand1x1 = new nn.Conv2d(squeezed, wide, 1);
    this.expand1x1_activation = relu();
    this.expand3x3 = new nn.Conv2d(squeezed, wide, 3, { padding: 1 });
    this.expand3x3_activation = relu();
  }
  override forward(x: Tensor): Tensor {
    const inner = this.squeeze_activation(this.squeeze(x));
    const sides = [this.expand1x1_activation(this.expand1x1(inner)), this.expand3x3_activation(this.expand3x3(inner))];
    return cat(sides, 1);
  }
}
registerModule("vision.Fire", Fire);

/** Squeezed and widened channels of the eight fire modules; each widens to two sides. */
const fires = [
  ...[
    [16, 64],
    [16, 64],
    [32, 128],
    [32, 128],
  ],
  ...[
    [48, 192],
    [48, 192],
    [64, 256],
    [64, 256],
  ],
] as const;

/** `poolBefore`: the fire modules that have a pooling before them. */
function defineSqueezenet(
  version: string,
  stem: readonly [nf: number, ks: number],
  poolBefore: readonly number[],
  digits: string,
) {
  const build = ({ nOut = 1000, dropout = 0.5 }: PlainNetOptions = {}) => {
    const [nf, ks] = stem;
    const layers: Layer[] = [new nn.Conv2d(3, nf, ks, { stride: 2 }), relu()];
    let ni = nf;
    for (const [i, [squeezed, wide]] of fires.entries()) {
      if (poolBefore.includes(i)) layers.push(pool(3, true));
      layers.push(new Fire(ni, squeezed, wide));
      ni = 2 * wide;
    }
    const last = new nn.Conv2d(512, nOut, 1);
    const model = new FeaturesClassifier({
      features: new nn.Sequential(...layers),
      classifier: new nn.Sequential(new nn.Dropout(dropout), last, relu(), new nn.AdaptiveAvgPool2d([1, 1])),
      flat: false,
    });
    initModules(model, {
      conv: (weight) => (weight === last.weight ? nn.init.normal_(weight, 0, 0.01) : nn.init.kaimingUniform_(weight)),
    });
    return model;
  };
  return defineArch(
    `squeezenet${version}`,
    build,
    published(`squeezenet${version}-${digits}.pth`, family(-1, splitInnerAt(5))),
  );
}

/** SqueezeNet 1.0, 1.2 million parameters. Source: Iandola et al. 2016. */
export const squeezenet1_0 = defineSqueezenet("1_0", [96, 7], [0, 3, 7], "b66bff10");
/** SqueezeNet 1.1: as good with 2.4 times less work. */
export const squeezenet1_1 = defineSqueezenet("1_1", [64, 3], [0, 2, 4], "b8a52dc0");
