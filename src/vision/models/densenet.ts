/** Networks in which every layer reads all before it. Source: VLN-12, Huang et al. 2016. */
import type { Layer } from "../../layers/index.js";
import { cat, nn, registerModule, type Tensor } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import { initModules } from "./init-modules.js";
import { family, published } from "./published.js";
import { splitInnerAt } from "./split.js";

const relu = () => new nn.ReLU({ inplace: true });
/** Channels of the 1x1 convolution, in multiples of the growth. */
const bottleneck = 4;

/** Two convolutions that make `growth` new channels of all there are. Shapes: [N, ni, H, W] -> [N, growth, H, W]. */
export class DenseLayer extends nn.Module<[Tensor], Tensor> {
  norm1: Layer;
  relu1: Layer;
  conv1: Layer;
  norm2: Layer;
  relu2: Layer;
  conv2: Layer;
  constructor(ni: number, growth: number) {
    super();
    this.norm1 = new nn.BatchNorm2d(ni);
    this.relu1 = relu();
    this.conv1 = new nn.Conv2d(ni, bottleneck * growth, 1, { bias: false });
    this.norm2 = new nn.BatchNorm2d(bottleneck * growth);
    this.relu2 = relu();
    this.conv2 = new nn.Conv2d(bottleneck * growth, growth, 3, { padding: 1, bias: false });
  }
  override forward(x: Tensor): Tensor {
    return this.conv2(this.relu2(this.norm2(this.conv1(this.relu1(this.norm1(x))))));
  }
}

/** Layers whose outputs pile up. Shapes: [N, ni, H, W] -> [N, ni + count * growth, H, W]. */
export class DenseBlock extends nn.Sequential {
  constructor(count: number, ni: number, growth: number) {
    const layers = Array.from({ length: count }, (_, i) => new DenseLayer(ni + i * growth, growth));
    super(new Map(layers.map((layer, i) => [`denselayer${i + 1}`, layer])));
  }
  override forward(x: Tensor): Tensor {
    // The constructor put dense layers in and nothing else.
    return (this.layers() as DenseLayer[]).reduce((all, layer) => cat([all, layer(all)], 1), x);
  }
}

function transition(ni: number): nn.Sequential {
  const conv = new nn.Conv2d(ni, ni / 2, 1, { bias: false });
  const parts: [string, Layer][] = [
    ["norm", new nn.BatchNorm2d(ni)],
    ["relu", relu()],
    ["conv", conv],
    ["pool", new nn.AvgPool2d(2, { stride: 2 })],
  ];
  return new nn.Sequential(new Map(parts));
}

/** What a DenseNet may be told. */
export interface DenseNetOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
}

/** A DenseNet of blocks with so many layers each. Shapes: x [N, 3, H, W] -> [N, nOut]. */
export class DenseNet extends nn.Module<[Tensor], Tensor> {
  features: nn.Sequential;
  classifier: nn.Linear;
  constructor(growth: number, blocks: readonly number[], stem: number, { nOut = 1000 }: DenseNetOptions = {}) {
    super();
    const parts: [string, Layer][] = [
      ["conv0", new nn.Conv2d(3, stem, 7, { stride: 2, padding: 3, bias: false })],
      ["norm0", new nn.BatchNorm2d(stem)],
      ["relu0", relu()],
      ["pool0", new nn.MaxPool2d(3, { stride: 2, padding: 1 })],
    ];
    let ni = stem;
    for (const [i, count] of blocks.entries()) {
      parts.push([`denseblock${i + 1}`, new DenseBlock(count, ni, growth)]);
      ni += count * growth;
      if (i === blocks.length - 1) continue;
      parts.push([`transition${i + 1}`, transition(ni)]);
      ni /= 2;
    }
    parts.push(["norm5", new nn.BatchNorm2d(ni)]);
    this.features = new nn.Sequential(new Map(parts));
    this.classifier = new nn.Linear(ni, nOut);
    initModules(this, { conv: (weight) => nn.init.kaimingNormal_(weight), linear: (weight) => weight });
  }
  override forward(x: Tensor): Tensor {
    const features = this.features(x).relu();
    return this.classifier(features.mean({ dim: [2, 3] }));
  }
}

/** Published files are from when a dot stood before a layer's number. */
const renamed = (key: string): string => key.replace(/(denselayer\d+\.(?:norm|relu|conv))\.([12])\./, "$1$2.");

function define(depth: number, growth: number, blocks: readonly number[], stem: number, digits: string) {
  const name = `densenet${depth}`;
  const build = (options: DenseNetOptions = {}) => new DenseNet(growth, blocks, stem, options);
  return defineArch(name, build, published(`${name}-${digits}.pth`, { ...family(-1, splitInnerAt(7)), renamed }));
}

/** DenseNet of 121 layers, 8.0 million parameters. */
export const densenet121 = define(121, 32, [6, 12, 24, 16], 64, "a639ec97");
/** DenseNet of 161 layers that grows by 48, 28.7 million parameters. */
export const densenet161 = define(161, 48, [6, 12, 36, 24], 96, "8d451a50");
/** DenseNet of 169 layers, 14.1 million parameters. */
export const densenet169 = define(169, 32, [6, 12, 32, 32], 64, "b2777c0a");
/** DenseNet of 201 layers, 20.0 million parameters. */
export const densenet201 = define(201, 32, [6, 12, 48, 32], 64, "c1103571");

registerModule("vision.DenseLayer", DenseLayer);
registerModule("vision.DenseBlock", DenseBlock);
registerModule("vision.DenseNet", DenseNet);
