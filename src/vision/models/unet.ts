import { dummyEval } from "../../callback/index.js";
import {
  type ActCls,
  applyInit,
  BatchNorm,
  ConvLayer,
  type InitFunc,
  inChannels,
  type Layer,
  MergeLayer,
  MergingLayer,
  type NormType,
  PixelShuffle_ICNR,
  ResBlock,
  SelfAttention,
  SequentialEx,
  SigmoidRange,
} from "../../layers/index.js";
import {
  cat,
  checkOptions,
  empty,
  nn,
  noGrad,
  registerModule,
  scope,
  type Tensor,
  ValueError,
} from "../../torch/index.js";

import { explainChannels } from "./explain-channels.js";

const sameSize = (a: Tensor, b: Tensor): boolean => a.size(-1) === b.size(-1) && a.size(-2) === b.size(-2);

/** `x` with the height and width of `like`, by nearest neighbours where they differ. */
const resized = (x: Tensor, like: Tensor): Tensor =>
  sameSize(x, like) ? x : nn.functional.interpolate(x, { size: like.shape.slice(-2), mode: "nearest" });

/** What every part of a U-Net's decoder may be told. */
export interface UnetPartOptions {
  /** Class of the activations. Default `nn.ReLU`. */
  actCls?: ActCls;
  /** Initialises the convolutions; null keeps each layer's own. Default `nn.init.kaimingNormal_`. */
  init?: InitFunc | null;
  /** Normalisation of the decoder's convolutions. Default null, none. */
  normType?: NormType | null;
}

/** What {@link UnetBlock} may be told. */
export interface UnetBlockOptions extends UnetPartOptions {
  /** Whether as many channels come out as go into its convolutions; else half of them. Default true. */
  finalDiv?: boolean;
  /** Averages after upsampling, against checkerboards. Default false. */
  blur?: boolean;
  /** Self-attention at its end. Default false. */
  selfAttention?: boolean;
}

/**
 * One step up: doubles the size, puts what the encoder had at that size beside it, and mixes both.
 *
 * Shapes: x [N, upIn, H, W] and skip [N, xIn, H', W'] -> [N, nf, H', W'], nf = upIn / 2 + xIn or half of it. Source: VLN-9.
 */
export class UnetBlock extends nn.Module<[x: Tensor, skip: Tensor], Tensor> {
  shuf: Layer;
  bn: Layer;
  conv1: Layer;
  conv2: Layer;
  relu: Layer;
  /** Channels that come out. */
  readonly nf: number;
  constructor(upIn: number, xIn: number, options: UnetBlockOptions = {}) {
    super();
    checkOptions("UnetBlock", options, ["finalDiv", "blur", "selfAttention", "actCls", "init", "normType"]);
    const { finalDiv = true, blur = false, selfAttention = false, actCls = nn.ReLU, normType = null } = options;
    const { init = nn.init.kaimingNormal_ } = options;
    const up = Math.floor(upIn / 2);
    const ni = up + xIn;
    this.nf = finalDiv ? ni : Math.floor(ni / 2);
    this.shuf = new PixelShuffle_ICNR(upIn, { nf: up, blur, actCls, normType });
    this.bn = BatchNorm(xIn);
    this.conv1 = new ConvLayer(ni, this.nf, { actCls, normType });
    const xtra = selfAttention ? new SelfAttention(this.nf) : null;
    this.conv2 = new ConvLayer(this.nf, this.nf, { actCls, normType, xtra });
    this.relu = new actCls();
    if (init) applyInit(new nn.Sequential(this.conv1, this.conv2), init);
  }
  override forward(x: Tensor, skip: Tensor): Tensor {
    const up = resized(this.shuf(x), skip);
    return this.conv2(this.conv1(this.relu(cat([up, this.bn(skip)], 1))));
  }
}

/** Brings what a container's layers made to the height and width of what came in, by nearest neighbours. Source: VLN-8. */
export class ResizeToOrig extends MergingLayer {
  override forward(x: Tensor, orig: Tensor): Tensor {
    return resized(x, orig);
  }
}

/** What {@link DynamicUnet} may be told. Source: VLN-7. */
export interface DynamicUnetOptions extends UnetPartOptions {
  /** Averages after every upsampling, against checkerboards. Default false. */
  blur?: boolean;
  /** Whether `blur` holds for the last block too. Default true. */
  blurFinal?: boolean;
  /** Self-attention in the third block from the end. Default false. */
  selfAttention?: boolean;
  /** Bounds of the outputs, by a sigmoid. Default none. */
  yRange?: readonly [low: number, high: number] | null;
  /** Whether the last layers also see the image itself. Default true. */
  lastCross?: boolean;
  /** Whether those layers halve the channels (fastai's option of that name makes a model that cannot run). Default false. */
  bottle?: boolean;
}

/** The names in {@link DynamicUnetOptions}. */
export const dynamicUnetOptionKeys = [
  ...(["blur", "blurFinal", "selfAttention", "yRange", "lastCross", "bottle"] as const),
  ...(["actCls", "init", "normType"] as const),
] as const satisfies readonly (keyof DynamicUnetOptions)[];

/**
 * The part of a body whose children run in turn: itself, or what it wraps alone, as bodies of VGG or DenseNet do (fastai
 * looks at the outer one, sees no change of size in it, and goes up in one step).
 */
function trunk(encoder: nn.AnyModule): Layer[] {
  if (!(encoder instanceof nn.Sequential)) {
    throw new ValueError(
      `DynamicUnet: expected a body that is a Sequential, whose steps can be looked at, got ${encoder.constructor.name}. ` +
        "Cut the model with a number.",
    );
  }
  // Whoever made a Sequential asserts that its parts run one after the other on one tensor.
  const children = encoder.children() as Layer[];
  const [only] = children;
  return children.length === 1 && only instanceof nn.Sequential ? trunk(only) : children;
}

/** After which steps the width changes, deepest first. */
function sizeChanges(sizes: readonly (readonly number[])[]): number[] {
  return sizes
    .flatMap((size, i) => (i + 1 < sizes.length && size.at(-1) !== sizes[i + 1]?.at(-1) ? [i] : []))
    .reverse();
}

/**
 * A U-Net over any body: the body goes down, and for each of its changes of size a {@link UnetBlock} goes up again, with
 * the activations from before that change. `imgSize` ([height, width]) is what the body is tried with; the net takes
 * images of any size.
 *
 * Shapes: x [N, C, H, W] -> [N, nOut, H, W]. Throws `ValueError` when the body is no Sequential. Source: VLN-8.
 *
 * @example
 * new DynamicUnet(createBody(resnet18(), { cut: -2 }), 32, [96, 128]);
 */
export class DynamicUnet extends SequentialEx {
  /** The steps of the body whose outputs go across, deepest first. */
  readonly skips: readonly number[];
  constructor(
    encoder: nn.Module<[Tensor], Tensor>,
    nOut: number,
    imgSize: readonly [height: number, width: number],
    options: DynamicUnetOptions = {},
  ) {
    checkOptions("DynamicUnet", options, dynamicUnetOptionKeys);
    const { training } = encoder;
    const sizes = stepSizes(encoder, imgSize);
    const skips = sizeChanges(sizes);
    super(...decoder(encoder, nOut, { imgSize, sizes, skips }, options));
    encoder.train(training);
    this.skips = skips;
  }

  override forward(x: Tensor): Tensor {
    return explainChannels("DynamicUnet", this, x, () => downAndUp(this.layers, this.skips, x));
  }
}

/** Down through the body's steps, and up again through the rest, each block with what its step had given. */
function downAndUp([encoder, ...rest]: readonly nn.AnyModule[], skips: readonly number[], x: Tensor): Tensor {
  const crossing = new Map<number, Tensor>();
  let result = x;
  for (const [i, step] of trunk(encoder as nn.AnyModule).entries()) {
    result = step(result);
    if (skips.includes(i)) crossing.set(i, result);
  }
  const next = skips.values();
  for (const layer of rest) {
    if (layer instanceof UnetBlock) result = layer(result, crossing.get(next.next().value ?? -1) ?? x);
    else result = layer instanceof MergingLayer ? layer(result, x) : (layer as Layer)(result);
  }
  return result;
}

interface Shape {
  readonly imgSize: readonly [number, number];
  /** What each step of the body gives. */
  readonly sizes: readonly (readonly number[])[];
  readonly skips: readonly number[];
}

/** What each step of the body gives. Draws noise for it twice, as fastai does, so that a seed gives the same weights. */
function stepSizes(encoder: Layer, imgSize: readonly [number, number]): number[][] {
  dummyEval(encoder, imgSize).dispose();
  const { device, dtype } = encoder.parameters()[0] ?? { device: "cpu", dtype: "float32" };
  return noGrad(() =>
    scope(() => {
      let out: Tensor = empty([1, inChannels(encoder), ...imgSize], { device, dtype }).uniform_(-1, 1);
      return trunk(encoder).map((step) => {
        out = step(out);
        return [...out.shape];
      });
    }),
  );
}

/** Everything in a U-Net, the encoder first. */
function decoder(
  encoder: Layer,
  nOut: number,
  { imgSize, sizes, skips }: Shape,
  options: DynamicUnetOptions,
): (Layer | MergingLayer)[] {
  const { blur = false, blurFinal = true, selfAttention = false, yRange, lastCross = true, bottle = false } = options;
  const { actCls = nn.ReLU, init = nn.init.kaimingNormal_, normType = null } = options;
  const part = { actCls, normType };
  const bottom = sizes.at(-1)?.[1] ?? 0;
  const middle = new nn.Sequential(new ConvLayer(bottom, bottom * 2, part), new ConvLayer(bottom * 2, bottom, part));
  const layers: (Layer | MergingLayer)[] = [encoder, BatchNorm(bottom), new nn.ReLU(), middle];
  let ni = bottom;
  for (const [i, skip] of skips.entries()) {
    const finalDiv = i !== skips.length - 1;
    const block = new UnetBlock(ni, sizes[skip]?.[1] ?? 0, {
      ...{ ...part, init, finalDiv },
      blur: blur && (finalDiv || blurFinal),
      selfAttention: selfAttention && i === skips.length - 3,
    });
    layers.push(block);
    ni = block.nf;
  }
  const shrinks = sizes[0]?.slice(-2).join() !== imgSize.join();
  if (shrinks) layers.push(new PixelShuffle_ICNR(ni, part));
  layers.push(new ResizeToOrig());
  if (lastCross) {
    const seen = ni + inChannels(encoder);
    ni = bottle ? Math.floor(seen / 2) : seen;
    layers.push(new MergeLayer({ dense: true }), new ResBlock(1, seen, ni, part));
  }
  layers.push(new ConvLayer(ni, nOut, { ...part, ks: 1, actCls: null }));
  if (init) for (const layer of [middle, layers.at(-2)]) applyInit(layer as nn.AnyModule, init);
  if (yRange) layers.push(new SigmoidRange(...yRange));
  return layers;
}

registerModule("vision.UnetBlock", UnetBlock);
registerModule("vision.ResizeToOrig", ResizeToOrig);
registerModule("vision.DynamicUnet", DynamicUnet);
