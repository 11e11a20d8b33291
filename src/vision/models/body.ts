import { inChannels } from "../../layers/index.js";
import { empty, nn, noGrad, scope, type Tensor, ValueError } from "../../torch/index.js";

/** Where to cut a model: keep that many children (negative counts from the end), or make the body yourself. */
export type Cut = number | ((model: nn.AnyModule) => nn.Module<[Tensor], Tensor>);

/** What {@link createBody} may be told. */
export interface BodyOptions {
  /** Channels that come in; another number than 3 replaces the first convolution. Default 3. */
  nIn?: number;
  /** Whether the model has weights worth keeping, so that a replaced first convolution inherits them. Default true. */
  pretrained?: boolean;
  /** Default: before the last child that contains a pooling layer. */
  cut?: Cut | null;
}

function isPool(module: nn.AnyModule): boolean {
  return /Pool[123]d$/.test(module.constructor.name);
}

/** Whether a module is a pooling layer or contains one. Source: VLN-1, fastai `has_pool_type`. */
export function hasPoolType(module: nn.AnyModule): boolean {
  return module.modules().some(isPool);
}

/**
 * The part of a classification model that computes features, as a Sequential of the model's own (shared) modules.
 *
 * Source: VLN-1, VLN-2.
 *
 * @example
 * createBody(resnet18(), { nIn: 1, pretrained: false }); // [N, 1, H, W] -> [N, 512, H / 32, W / 32]
 */
export function createBody(model: nn.AnyModule, options: BodyOptions = {}): nn.Module<[Tensor], Tensor> {
  const { nIn = 3, pretrained = true, cut = null } = options;
  if (nIn !== 3) replaceFirstConv(model, nIn, pretrained);
  return cutModel(model, cut ?? lastPool(model));
}

/** The body of a model, cut as told. Source: VLN-1, fastai `cut_model`. */
export function cutModel(model: nn.AnyModule, cut: Cut): nn.Module<[Tensor], Tensor> {
  if (typeof cut === "function") return cut(model);
  // The caller asserts by cutting here that the children run one after the other on one tensor.
  return new nn.Sequential(...(model.children().slice(0, cut) as nn.Module<[Tensor], Tensor>[]));
}

function lastPool(model: nn.AnyModule): number {
  const cut = model.children().findLastIndex(hasPoolType);
  if (cut >= 0) return cut;
  const what = model.constructor.name;
  throw new ValueError(
    `createBody: expected a model with a pooling layer, got ${what} without. Say where to cut with { cut }.`,
  );
}

/**
 * A convolution weight for 3 channels, made to read another number of them: 1 the sum, 2 the first two times 1.5, more than 3 with
 * zeros for the new ones.
 *
 * Shapes: weight [nf, 3, kh, kw] -> [nf, nIn, kh, kw]. Source: VLN-2.
 */
export function adaptInputChannels(weight: Tensor, nIn: number): Tensor {
  return noGrad(() =>
    scope(() => {
      if (nIn === 1) return weight.sum(1, { keepdim: true });
      if (nIn <= 3) return weight.narrow(1, 0, nIn).mul(nIn === 2 ? 1.5 : 1);
      const wide = weight.newZeros([weight.size(0), nIn, ...weight.shape.slice(2)]);
      wide.narrow(1, 0, 3).copy_(weight);
      return wide;
    }),
  );
}

/** The key of the first parameter, which is the weight of the first convolution. */
export function firstWeightKey(model: nn.AnyModule): string {
  return model.namedParameters()[0]?.[0] ?? "";
}

function replaceFirstConv(model: nn.AnyModule, nIn: number, pretrained: boolean): void {
  const path = firstWeightKey(model).split(".").slice(0, -1);
  const old = model.getSubmodule(path.join("."));
  if (!(old instanceof nn.Conv2d) || old.inChannels !== 3) {
    const what = old instanceof nn.Conv2d ? `a Conv2d of ${old.inChannels}` : old.constructor.name;
    throw new ValueError(
      `createBody: nIn ${nIn} expected a model that starts with a Conv2d of 3 channels, got ${what}.`,
    );
  }
  const { outChannels, kernelSize, stride, dilation, groups, paddingMode } = old;
  const padding = old.padding as nn.ConvOptions["padding"]; // what some Conv2d accepted
  const bias = old.bias !== null;
  const conv = new nn.Conv2d(nIn, outChannels, kernelSize, { stride, padding, dilation, groups, bias, paddingMode });
  if (pretrained) noGrad(() => conv.weight.copy_(adaptInputChannels(old.weight, nIn)));
  const parent = model.getSubmodule(path.slice(0, -1).join("."));
  replaceChild(parent, path.at(-1) ?? "", conv);
}

function replaceChild(parent: nn.AnyModule, name: string, child: nn.Module<[Tensor], Tensor>): void {
  Reflect.set(parent, name, child);
}

/**
 * How many channels a body gives out, found by running it on noise of 32 x 32 pixels, or larger if that is too small for it.
 * Takes the noise from the global generator, as fastai does. Source: VLN-3, fastai `num_features_model`.
 */
export function numFeatures(body: nn.Module<[Tensor], Tensor>): number {
  const channels = inChannels(body);
  const { training } = body;
  try {
    for (let size = 32; ; size *= 2) {
      try {
        return featuresAt(body.eval(), channels, size);
      } catch (error) {
        if (size >= 2048) throw error;
      }
    }
  } finally {
    body.train(training);
  }
}

function featuresAt(body: nn.Module<[Tensor], Tensor>, channels: number, size: number): number {
  return noGrad(() =>
    scope(() => {
      const { device, dtype } = body.parameters()[0] ?? { device: "cpu", dtype: "float32" };
      const noise = empty([1, channels, size, size], { device, dtype }).uniform_(-1, 1);
      return body(noise).size(1);
    }),
  );
}
