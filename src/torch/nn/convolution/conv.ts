/** Convolutions. */
import { checkOptions, OptionError, ValueError } from "../../errors.js";
import { pad } from "../../generated/functions.js";
import { scope } from "../../scope.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "../init.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { type PackedConstants, PreparedOp, packConstants } from "../prepared-op.js";
import { pythonText } from "../python-text.js";
import { type Size, sizes } from "../sizes.js";

/** What lies beyond the border of the input. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Options of the convolutions. */
export interface ConvOptions extends FactoryOptions {
  /** Step of the kernel. Default 1. */
  stride?: Size;
  /** Border added on both sides; "same" keeps the size (stride 1 only), "valid" adds none. Default 0. */
  padding?: Size | "same" | "valid";
  /** Distance between kernel elements. Default 1. */
  dilation?: Size;
  /** Channels are split into this many groups that do not mix. Default 1. */
  groups?: number;
  /** Whether to add a learned bias. Default true. */
  bias?: boolean;
  /** Default "zeros". */
  paddingMode?: PaddingMode;
}

const convKeys = ["stride", "padding", "dilation", "groups", "bias", "paddingMode", ...factoryKeys];
const paddingModes: PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];

/** What the convolutions of one, two and three dimensions share. */
export abstract class ConvNd extends Module<[Tensor], Tensor> {
  weight: Parameter;
  bias: Parameter | null;
  readonly kernelSize: number[];
  readonly stride: number[];
  readonly padding: number[] | string;
  readonly dilation: number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  private readonly constants: PackedConstants;
  /** Whether the border is added before the convolution, which itself knows only equal borders of zeros. */
  private readonly padsFirst: boolean;

  constructor(
    ndim: number,
    /** libtorch's operator of this rank. */
    private readonly kernel: PreparedOp,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size,
    options: ConvOptions,
  ) {
    super();
    const where = new.target.name;
    checkOptions(where, options, convKeys);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, paddingMode = "zeros" } = options;
    checkGroups(where, groups, inChannels, outChannels);
    if (!paddingModes.includes(paddingMode)) {
      throw new OptionError(`${where}: expected paddingMode ${paddingModes.join(" | ")}, got "${paddingMode}".`);
    }
    this.kernelSize = sizes(where, kernelSize, ndim);
    this.stride = sizes(where, stride, ndim);
    this.padding =
      typeof padding === "string" ? checkPadding(where, padding, this.stride) : sizes(where, padding, ndim);
    this.dilation = sizes(where, dilation, ndim);
    this.groups = groups;
    this.paddingMode = paddingMode;
    this.weight = emptyParameter([outChannels, inChannels / groups, ...this.kernelSize], options);
    this.bias = bias ? emptyParameter([outChannels], options) : null;
    const inside = paddingMode === "zeros" ? this.symmetricPadding() : this.stride.map(() => 0);
    this.padsFirst = inside === null || paddingMode !== "zeros";
    this.constants = packConstants(this.stride, inside ?? this.stride.map(() => 0), this.dilation, groups);
    resetConv(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return this.padsFirst ? scope(() => this.convolve(this.padded(x))) : this.convolve(x);
  }

  private convolve(x: Tensor): Tensor {
    const { kernel: op, weight, bias } = this; // read first: a parametrized one makes calls of its own
    op.begin(7);
    op.tensor(x);
    op.tensor(weight);
    op.tensor(bias);
    op.constants(this.constants);
    return op.run(x, weight, bias);
  }

  /** Draws new starting values. */
  resetParameters(): void {
    resetConv(this.weight, this.bias);
  }

  override extraRepr(): string {
    const zero = typeof this.padding === "string" ? false : this.padding.every((size) => size === 0);
    return [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${pythonText(this.kernelSize)}`,
      `stride=${pythonText(this.stride)}`,
      ...(zero ? [] : [`padding=${typeof this.padding === "string" ? this.padding : pythonText(this.padding)}`]),
      ...(this.dilation.every((size) => size === 1) ? [] : [`dilation=${pythonText(this.dilation)}`]),
      ...(this.groups === 1 ? [] : [`groups=${this.groups}`]),
      ...(this.bias ? [] : ["bias=False"]),
      ...(this.paddingMode === "zeros" ? [] : [`padding_mode=${this.paddingMode}`]),
    ].join(", ");
  }

  /** The border of each dimension: before and after. */
  private border(): [number, number][] {
    return this.kernelSize.map((kernel, i) => {
      if (typeof this.padding !== "string") return [this.padding[i] ?? 0, this.padding[i] ?? 0];
      const total = this.padding === "same" ? (this.dilation[i] ?? 1) * (kernel - 1) : 0;
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }

  /** The border when it is the same on both sides of each dimension, else null. */
  private symmetricPadding(): number[] | null {
    const border = this.border();
    return border.every(([before, after]) => before === after) ? border.map(([before]) => before) : null;
  }

  private padded(x: Tensor): Tensor {
    const amounts = this.border().reverse().flat(); // last dimension first
    return this.paddingMode === "zeros" ? pad(x, amounts) : pad(x, amounts, this.paddingMode);
  }
}

/** Starting values of a convolution: uniform in +-1/sqrt(inputs of one output), weight first. */
export function resetConv(weight: Parameter, bias: Parameter | null): void {
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  if (!bias) return;
  const [fanIn] = calculateFanInAndFanOut(weight);
  if (fanIn > 0) uniform_(bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
}

/** Throws `ValueError` unless `groups` divides both channel counts. */
export function checkGroups(where: string, groups: number, inChannels: number, outChannels: number): void {
  if (groups > 0 && inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new ValueError(
    `${where}: expected groups that divide both channel counts, got ${groups} for ${inChannels} and ${outChannels}.`,
  );
}

function checkPadding(where: string, padding: string, stride: number[]): string {
  if (padding !== "same" && padding !== "valid") {
    throw new OptionError(`${where}: expected padding to be sizes, "same" or "valid", got "${padding}".`);
  }
  if (padding === "same" && stride.some((step) => step !== 1)) {
    throw new ValueError(
      `${where}: expected stride 1 with padding "same", got ${pythonText(stride)}. Give the padding as numbers.`,
    );
  }
  return padding;
}

declareSingleOp(ConvNd);

type ConvClass = new (inChannels: number, outChannels: number, kernelSize: Size, options?: ConvOptions) => ConvNd;

function conv(ndim: number): ConvClass {
  const kernel = new PreparedOp(`conv${ndim}d`);
  return class extends ConvNd {
    constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvOptions = {}) {
      super(ndim, kernel, inChannels, outChannels, kernelSize, options);
    }
  };
}

/** Convolution over [N, C, L] or [C, L]. */
export class Conv1d extends conv(1) {}

/** Convolution over [N, C, H, W] or [C, H, W]. */
export class Conv2d extends conv(2) {}

/** Convolution over [N, C, D, H, W] or [C, D, H, W]. */
export class Conv3d extends conv(3) {}
