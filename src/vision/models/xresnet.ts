import {
  type ActCls,
  AdaptiveAvgPool,
  applyLeaf,
  type BlockFactory,
  ConvLayer,
  Flatten,
  type Layer,
  MaxPool,
  type Ndim,
  type ResBlockOptions,
} from "../../layers/index.js";
import { nn, noGrad, registerModule, ValueError } from "../../torch/index.js";

/** What {@link XResNet} may be told; what it does not know itself goes to every block. */
export interface XResNetOptions extends Omit<ResBlockOptions, "stride"> {
  /** Dropout before the last layer. Default 0. */
  p?: number;
  /** Channels that come in. Default 3. */
  nIn?: number;
  /** Outputs. Default 1000. */
  nOut?: number;
  /** Widths of the three convolutions of the stem. Default [32, 32, 64]. */
  stemSzs?: readonly [number, number, number];
  /** Factor on the widths of all stages. Default 1. */
  widen?: number;
  /** Self-attention in the last block of stage `layers.length - 4`. Default false. */
  sa?: boolean;
  /** Class of the activations. Default `nn.ReLU`. */
  actCls?: ActCls;
  /** Spatial dimensions. Default 2. */
  ndim?: Ndim;
  /** Kernel size, odd. Default 3. */
  ks?: number;
  /** Stride of the stem, of its pooling and of every stage but the first. Default 2. */
  stride?: number;
}

/** Widths of the first four stages; any further one is 256 wide. */
const WIDTHS = [64, 128, 256, 512];

/**
 * A residual network with the improvements of "Bag of Tricks": a stem of three convolutions, pooling in the shortcuts, last norms
 * that start at 0. `layers` says how many blocks each stage has.
 *
 * Shapes: x [N, nIn, H, W] -> [N, nOut]. Source: VLN-10, He et al. 2018.
 */
export class XResNet extends nn.Sequential {
  constructor(block: BlockFactory, expansion: number, layers: readonly number[], options: XResNetOptions = {}) {
    const { p = 0, nIn = 3, nOut = 1000, stemSzs = [32, 32, 64], widen = 1, sa = false, stride = 2, ...rest } = options;
    const { actCls = nn.ReLU, ndim = 2, ks = 3 } = rest;
    if (ks % 2 === 0) throw new ValueError(`XResNet: expected an odd kernel size ks, got ${ks}. Take ${ks + 1}.`);
    const stem = stemSzs.map((nf, i) => {
      const ni = i === 0 ? nIn : (stemSzs[i - 1] ?? nIn);
      return new ConvLayer(ni, nf, { ks, stride: i === 0 ? stride : 1, actCls, ndim });
    });
    const widths = layers.map((_, i) => Math.trunc((WIDTHS[i] ?? 256) * widen));
    const stages = layers.map((count, stage) => {
      const nf = widths[stage] ?? 0;
      const before = stage === 0 ? Math.floor(64 / expansion) : (widths[stage - 1] ?? 0);
      const blockOptions = (i: number) => ({
        ...rest,
        stride: i === 0 && stage > 0 ? stride : 1,
        sa: sa && stage === layers.length - 4 && i === count - 1,
      });
      const make = (_: unknown, i: number) => block(expansion, i === 0 ? before : nf, nf, blockOptions(i));
      return new nn.Sequential(...Array.from({ length: count }, make));
    });
    const tail: Layer[] = [AdaptiveAvgPool(1, { ndim }), new Flatten(), new nn.Dropout(p)];
    const linear = new nn.Linear((widths.at(-1) ?? 0) * expansion, nOut);
    super(...stem, MaxPool(ks, { stride, padding: Math.floor(ks / 2), ndim }), ...stages, ...tail, linear);
    initCnn(this);
  }
}

/** kaiming_normal weights in convolutions and linear layers, and every bias 0, norms included. Source: VLN-10, `init_cnn`. */
export function initCnn(model: nn.AnyModule): void {
  applyLeaf(model, (module) => {
    const bias: unknown = Reflect.get(module, "bias");
    if (bias instanceof nn.Parameter) noGrad(() => bias.fill_(0));
    if (weighted.some((cls) => module instanceof cls)) nn.init.kaimingNormal_((module as nn.Linear | nn.Conv2d).weight);
  });
}

const weighted = [nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear];

registerModule("vision.XResNet", XResNet);
