/** Convolutional networks in the manner of transformers. Source: VLN-12, Liu et al. 2022. */
import { Flatten, type Layer } from "../../layers/index.js";
import { nn, ones, registerModule, type Tensor } from "../../torch/index.js";
import { defineArch } from "./arch.js";
import { StochasticDepth } from "./conv-norm-act.js";
import { FeaturesClassifier } from "./features-classifier.js";
import { initModules } from "./init-modules.js";
import { published } from "./published.js";

const eps = 1e-6;

/** Moves the channels to the end, or back. Shapes: [N, C, H, W] <-> [N, H, W, C]. */
export class Permute extends nn.Module<[Tensor], Tensor> {
  constructor(readonly dims: readonly number[]) {
    super();
  }
  override forward(x: Tensor): Tensor {
    return x.permute([...this.dims]);
  }
}

/** Layer norm over the channels of each pixel. Shapes: x [N, C, H, W] -> the same. */
export class LayerNorm2d extends nn.LayerNorm {
  override forward(x: Tensor): Tensor {
    return super.forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);
  }
}

/** A 7x7 depthwise convolution and two layers on each pixel, scaled and added. Shapes: x [N, dim, H, W] -> the same. */
export class CNBlock extends nn.Module<[Tensor], Tensor> {
  block: nn.Sequential;
  layer_scale: nn.Parameter;
  stochastic_depth: Layer;
  constructor(dim: number, dropped: number) {
    super();
    this.block = new nn.Sequential(
      new nn.Conv2d(dim, dim, 7, { padding: 3, groups: dim }),
      new Permute([0, 2, 3, 1]),
      new nn.LayerNorm(dim, { eps }),
      new nn.Linear(dim, 4 * dim),
      new nn.GELU(),
      new nn.Linear(4 * dim, dim),
      new Permute([0, 3, 1, 2]),
    );
    this.layer_scale = new nn.Parameter(ones([dim, 1, 1]).mul(1e-6));
    this.stochastic_depth = new StochasticDepth(dropped);
  }
  override forward(x: Tensor): Tensor {
    return this.stochastic_depth(this.layer_scale.mul(this.block(x))).add(x);
  }
}

/** What a ConvNeXt may be told. */
export interface ConvNeXtOptions {
  /** Outputs. Default 1000, ImageNet's classes. */
  nOut?: number;
}

/** Stages of so many blocks of these widths; blocks at the end are dropped in training with probability `dropped`. */
export function convNeXt(
  widths: readonly number[],
  depths: readonly number[],
  dropped: number,
  { nOut = 1000 }: ConvNeXtOptions = {},
): FeaturesClassifier {
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  let done = 0;
  const layers = widths.flatMap((dim, i): Layer[] => {
    const before = widths[i - 1];
    const shrink =
      before === undefined
        ? new nn.Sequential(new nn.Conv2d(3, dim, 4, { stride: 4 }), new LayerNorm2d(dim, { eps }))
        : new nn.Sequential(new LayerNorm2d(before, { eps }), new nn.Conv2d(before, dim, 2, { stride: 2 }));
    const blocks = Array.from({ length: depths[i] ?? 0 }, () => new CNBlock(dim, (dropped * done++) / (total - 1)));
    return [shrink, new nn.Sequential(...blocks)];
  });
  const nf = widths.at(-1) ?? 0;
  const model = new FeaturesClassifier({
    features: new nn.Sequential(...layers),
    avgpool: new nn.AdaptiveAvgPool2d(1),
    classifier: new nn.Sequential(new LayerNorm2d(nf, { eps }), new Flatten(), new nn.Linear(nf, nOut)),
    flat: false,
  });
  const init = (weight: Tensor) => nn.init.truncNormal_(weight, { std: 0.02 });
  initModules(model, { conv: init, linear: init });
  return model;
}

function define(size: string, first: number, depth: number, dropped: number, digits: string) {
  const name = `convnext_${size}`;
  const widths = [1, 2, 4, 8].map((factor) => first * factor);
  const build = (options: ConvNeXtOptions = {}) => convNeXt(widths, [3, 3, depth, 3], dropped, options);
  return defineArch(name, build, published(`${name}-${digits}.pth`));
}

/** ConvNeXt, 28.6 million parameters. */
export const convnextTiny = define("tiny", 96, 9, 0.1, "983f1562");
/** ConvNeXt, 50.2 million parameters. */
export const convnextSmall = define("small", 96, 27, 0.4, "0c510722");
/** ConvNeXt, 88.6 million parameters. */
export const convnextBase = define("base", 128, 27, 0.5, "6075fbad");
/** ConvNeXt, 197.8 million parameters. */
export const convnextLarge = define("large", 192, 27, 0.5, "ea097f82");

registerModule("vision.Permute", Permute);
registerModule("vision.LayerNorm2d", LayerNorm2d);
registerModule("vision.CNBlock", CNBlock);
