import { checkOptions, nn, registerModule, type Tensor } from "../../torch/index.js";
import { initModules, kaimingOut } from "./init-modules.js";

type Layer = nn.Module<[Tensor], Tensor>;

function conv3x3(ni: number, nf: number, stride = 1, groups = 1): nn.Conv2d {
  return new nn.Conv2d(ni, nf, 3, { stride, padding: 1, groups, bias: false });
}

function conv1x1(ni: number, nf: number, stride = 1): nn.Conv2d {
  return new nn.Conv2d(ni, nf, 1, { stride, bias: false });
}

/** Two 3x3 convolutions and a shortcut. Shapes: [N, ni, H, W] -> [N, nf, H / stride, W / stride]. Source: He et al. 2015. */
export class BasicBlock extends nn.Module<[Tensor], Tensor> {
  static readonly expansion = 1;
  conv1: Layer;
  bn1: Layer;
  relu: Layer;
  conv2: Layer;
  bn2: Layer;
  downsample: Layer | null;
  constructor(ni: number, nf: number, stride: number, downsample: Layer | null, _inner: Inner = plain) {
    super();
    this.conv1 = conv3x3(ni, nf, stride);
    this.bn1 = new nn.BatchNorm2d(nf);
    this.relu = new nn.ReLU({ inplace: true });
    this.conv2 = conv3x3(nf, nf);
    this.bn2 = new nn.BatchNorm2d(nf);
    this.downsample = downsample;
  }
  override forward(x: Tensor): Tensor {
    const out = this.bn2(this.conv2(this.relu(this.bn1(this.conv1(x)))));
    return this.relu(out.add_(this.downsample ? this.downsample(x) : x));
  }
}

/** The 3x3 convolution of a {@link Bottleneck}: so many groups, each `groupWidth` wide where 64 channels come out. */
interface Inner {
  readonly groups: number;
  readonly groupWidth: number;
}
const plain: Inner = { groups: 1, groupWidth: 64 };

/**
 * 1x1, 3x3, 1x1 convolutions and a shortcut; the 3x3 one strides, and may be in groups or wider.
 * Shapes: [N, ni, H, W] -> [N, 4 nf, H / stride, W / stride]. Source: He et al. 2015, version 1.5; Xie et al. 2016.
 */
export class Bottleneck extends nn.Module<[Tensor], Tensor> {
  static readonly expansion = 4;
  conv1: Layer;
  bn1: Layer;
  conv2: Layer;
  bn2: Layer;
  conv3: Layer;
  bn3: Layer;
  relu: Layer;
  downsample: Layer | null;
  constructor(ni: number, nf: number, stride: number, downsample: Layer | null, { groups, groupWidth }: Inner = plain) {
    super();
    const inner = Math.floor((nf * groupWidth) / 64) * groups;
    this.conv1 = conv1x1(ni, inner);
    this.bn1 = new nn.BatchNorm2d(inner);
    this.conv2 = conv3x3(inner, inner, stride, groups);
    this.bn2 = new nn.BatchNorm2d(inner);
    this.conv3 = conv1x1(inner, nf * Bottleneck.expansion);
    this.bn3 = new nn.BatchNorm2d(nf * Bottleneck.expansion);
    this.relu = new nn.ReLU({ inplace: true });
    this.downsample = downsample;
  }
  override forward(x: Tensor): Tensor {
    const inner = this.relu(this.bn2(this.conv2(this.relu(this.bn1(this.conv1(x))))));
    return this.relu(this.bn3(this.conv3(inner)).add_(this.downsample ? this.downsample(x) : x));
  }
}

/** What {@link ResNet} may be told. */
export interface ResNetOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
  /** Groups of the 3x3 convolutions of bottlenecks. Default 1. */
  groups?: number;
  /** Width of a group where a bottleneck has 64 channels. Default 64. */
  groupWidth?: number;
}

/**
 * A residual network with torchvision's keys, initialisation and use of the random generator.
 *
 * Shapes: x [N, 3, H, W] -> [N, nOut]; H and W 32 or more give every layer something to do. Source: VLN-12.
 */
export class ResNet extends nn.Module<[Tensor], Tensor> {
  conv1: Layer;
  bn1: Layer;
  relu: Layer;
  maxpool: Layer;
  layer1: Layer;
  layer2: Layer;
  layer3: Layer;
  layer4: Layer;
  avgpool: Layer;
  fc: nn.Linear;
  constructor(
    block: typeof BasicBlock | typeof Bottleneck,
    blocks: readonly [number, number, number, number],
    options: ResNetOptions = {},
  ) {
    super();
    checkOptions("ResNet", options, ["nOut", "groups", "groupWidth"]);
    const inner = { ...plain, ...options };
    this.conv1 = new nn.Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = new nn.BatchNorm2d(64);
    this.relu = new nn.ReLU({ inplace: true });
    this.maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
    this.layer1 = stage(block, 64, 64, blocks[0], 1, inner);
    this.layer2 = stage(block, 64 * block.expansion, 128, blocks[1], 2, inner);
    this.layer3 = stage(block, 128 * block.expansion, 256, blocks[2], 2, inner);
    this.layer4 = stage(block, 256 * block.expansion, 512, blocks[3], 2, inner);
    this.avgpool = new nn.AdaptiveAvgPool2d([1, 1]);
    this.fc = new nn.Linear(512 * block.expansion, options.nOut ?? 1000);
    initModules(this, { conv: kaimingOut });
  }
  override forward(x: Tensor): Tensor {
    const stem = this.maxpool(this.relu(this.bn1(this.conv1(x))));
    const features = this.layer4(this.layer3(this.layer2(this.layer1(stem))));
    return this.fc(this.avgpool(features).flatten(1));
  }
}

function stage(
  block: typeof BasicBlock | typeof Bottleneck,
  ni: number,
  nf: number,
  count: number,
  stride: number,
  inner: Inner,
): Layer {
  const wide = nf * block.expansion;
  const shortcut = stride !== 1 || ni !== wide;
  const downsample = shortcut ? new nn.Sequential(conv1x1(ni, wide, stride), new nn.BatchNorm2d(wide)) : null;
  const rest = (first: Layer) => [
    first,
    ...Array.from({ length: count - 1 }, () => new block(wide, nf, 1, null, inner)),
  ];
  return new nn.Sequential(...rest(new block(ni, nf, stride, downsample, inner)));
}

registerModule("vision.BasicBlock", BasicBlock);
registerModule("vision.Bottleneck", Bottleneck);
registerModule("vision.ResNet", ResNet);
