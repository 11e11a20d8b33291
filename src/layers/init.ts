import { nn, noGrad, Tensor } from "../torch/index.js";
import type { Layer } from "./layer.js";
import { isNorm, requiresGrad } from "./params.js";

/** Fills a weight in place, such as `nn.init.kaimingNormal_`. */
export type InitFunc = (weight: Tensor) => unknown;

/** The tensor of that name that a module holds itself, be it a parameter or the computed weight of spectral norm; or null. */
export function ownTensor(module: nn.AnyModule, name: "weight" | "bias"): Tensor | null {
  const value: unknown = Reflect.get(module, name);
  return value instanceof Tensor ? value : null;
}

/** Sets a module's weight by `init` and its bias to 0; a null `init` leaves it alone. Returns it. Source: TOR-10. */
export function initDefault<M extends nn.AnyModule>(module: M, init: InitFunc | null = nn.init.kaimingNormal_): M {
  if (!init) return module;
  const weight = ownTensor(module, "weight");
  const bias = ownTensor(module, "bias");
  noGrad(() => {
    if (weight) init(weight);
    bias?.fill_(0);
  });
  return module;
}

/** `initDefault`, unless the module is a normalisation or frozen. Source: TOR-10. */
export function condInit(module: nn.AnyModule, init: InitFunc): void {
  if (!isNorm(module) && requiresGrad(module)) initDefault(module, init);
}

/** Calls `fn` on a module and then on everything in it, parents first. Source: TOR-10. */
export function applyLeaf(module: nn.AnyModule, fn: (module: nn.AnyModule) => void): void {
  fn(module);
  for (const child of module.children()) applyLeaf(child, fn);
}

/** Initialises everything in a module but normalisations and frozen parts. Source: TOR-10, VLN-4. */
export function applyInit(module: nn.AnyModule, init: InitFunc = nn.init.kaimingNormal_): void {
  applyLeaf(module, (m) => condInit(m, init));
}

/**
 * Approximates a truncated normal: the remainder of a standard normal by 2, scaled. Its standard deviation is 0.866 `std`.
 * In place; returns its argument. Source: LAY-9, fastai `trunc_normal_`.
 */
export function truncNormal_<T extends Tensor>(x: T, { mean = 0, std = 1 }: { mean?: number; std?: number } = {}): T {
  noGrad(() => x.normal_().fmod_(2).mul_(std).add_(mean));
  return x;
}

/** What {@link initLinear} does to the weight: "auto" goes by the activation, null keeps the layer's own initialisation. */
export type LinearInit = "auto" | InitFunc | null;

/** What {@link initLinear} may be told. */
export interface InitLinearOptions {
  /** Default "auto". */
  init?: LinearInit;
  /** Standard deviation of the bias; 0 for zeros, null to keep the layer's own. Default 0.01. */
  biasStd?: number | null;
}

const kaiming = [nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.SiLU, nn.Mish] as const;
const xavier = [nn.Sigmoid, nn.Tanh] as const;

/** The initialisation that suits what follows. A class can name its own in a static `defaultInit`. */
function initFor(act: Layer): InitFunc | null {
  const own: unknown = Reflect.get(act.constructor, "defaultInit");
  // Whoever writes the property promises its type: it has no other meaning.
  if (typeof own === "function") return own as InitFunc;
  if (kaiming.some((cls) => act instanceof cls)) return nn.init.kaimingUniform_;
  if (xavier.some((cls) => act instanceof cls)) return nn.init.xavierUniform_;
  return null;
}

/**
 * Initialises a linear or convolutional layer for the activation that follows it: bias normal with a small spread; weight
 * kaiming_uniform before ReLU-like activations, xavier_uniform before sigmoid and tanh, its own otherwise.
 *
 * Source: LAY-7, fastai `init_linear`.
 */
export function initLinear(module: nn.AnyModule, act: Layer | null = null, options: InitLinearOptions = {}): void {
  const { init = "auto", biasStd = 0.01 } = options;
  const weight = ownTensor(module, "weight");
  const bias = ownTensor(module, "bias");
  const fill = init === "auto" ? act && initFor(act) : init;
  noGrad(() => {
    if (bias && biasStd !== null) biasStd === 0 ? bias.zero_() : bias.normal_(0, biasStd);
    if (weight && fill) fill(weight);
  });
}
