/** Transposed convolutions. */
import { checkTensor } from "../../checks.js";
import { checkOptions, OptionError, ValueError } from "../../errors.js";
import { convTranspose1d, convTranspose2d, convTranspose3d } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { declareSingleOp } from "../callable.js";
import type { Concrete } from "../concrete.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { pythonText } from "../python-text.js";
import { lastSizes, type Size, sizes } from "../sizes.js";
import { checkGroups, resetConv } from "./conv.js";

/** Options of the transposed convolutions. */
export interface ConvTransposeOptions extends FactoryOptions {
  /** Step of the kernel over the output. Default 1. */
  stride?: Size;
  /** Border taken off both sides of the output. Default 0. */
  padding?: Size;
  /** Size added on one side of the output. Default 0. */
  outputPadding?: Size;
  /** Distance between kernel elements. Default 1. */
  dilation?: Size;
  /** Channels are split into this many groups that do not mix. Default 1. */
  groups?: number;
  /** Whether to add a learned bias. Default true. */
  bias?: boolean;
  /** Only "zeros". */
  paddingMode?: "zeros";
}

const keys = ["stride", "padding", "outputPadding", "dilation", "groups", "bias", "paddingMode", ...factoryKeys];

/** What the transposed convolutions of one, two and three dimensions share. Weight [in, out / groups, ...kernel]. */
export abstract class ConvTransposeNd extends Module<[x: Tensor, outputSize?: number[]], Tensor> {
  weight: Parameter;
  bias: Parameter | null;
  readonly kernelSize: number[];
  readonly stride: number[];
  readonly padding: number[];
  readonly outputPadding: number[];
  readonly dilation: number[];
  readonly groups: number;

  constructor(
    ndim: number,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size,
    options: ConvTransposeOptions,
  ) {
    super();
    const where = new.target.name;
    checkOptions(where, options, keys);
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1, bias = true } = options;
    checkGroups(where, groups, inChannels, outChannels);
    if ((options.paddingMode ?? "zeros") !== "zeros") {
      throw new OptionError(`${where}: expected paddingMode "zeros", got "${options.paddingMode}". It has no other.`);
    }
    this.kernelSize = sizes(where, kernelSize, ndim);
    this.stride = sizes(where, stride, ndim);
    this.padding = sizes(where, padding, ndim);
    this.outputPadding = sizes(where, outputPadding, ndim);
    this.dilation = sizes(where, dilation, ndim);
    this.groups = groups;
    this.weight = emptyParameter([inChannels, outChannels / groups, ...this.kernelSize], options);
    this.bias = bias ? emptyParameter([outChannels], options) : null;
    resetConv(this.weight, this.bias);
  }

  /** Draws new starting values. */
  resetParameters(): void {
    resetConv(this.weight, this.bias);
  }

  override extraRepr(): string {
    return [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${pythonText(this.kernelSize)}`,
      `stride=${pythonText(this.stride)}`,
      ...(this.padding.every((size) => size === 0) ? [] : [`padding=${pythonText(this.padding)}`]),
      ...(this.dilation.every((size) => size === 1) ? [] : [`dilation=${pythonText(this.dilation)}`]),
      ...(this.outputPadding.every((size) => size === 0) ? [] : [`output_padding=${pythonText(this.outputPadding)}`]),
      ...(this.groups === 1 ? [] : [`groups=${this.groups}`]),
      ...(this.bias ? [] : ["bias=False"]),
    ].join(", ");
  }

  /** The output padding that gives `outputSize` (spatial sizes, or a whole shape). */
  protected outputPaddingFor(x: Tensor, outputSize: number[] | undefined): number[] {
    if (outputSize === undefined) return this.outputPadding;
    const where = `${this.constructor.name}.forward`;
    checkTensor(where, x);
    const ndim = this.kernelSize.length;
    const wanted = lastSizes(where, outputSize, ndim);
    const input = x.shape.slice(-ndim);
    return wanted.map((size, i) => {
      const [stride, padding, dilation, kernel] = [
        this.stride[i],
        this.padding[i],
        this.dilation[i],
        this.kernelSize[i],
      ];
      const smallest =
        ((input[i] ?? 1) - 1) * (stride ?? 1) - 2 * (padding ?? 0) + (dilation ?? 1) * ((kernel ?? 1) - 1) + 1;
      const largest = smallest + (stride ?? 1) - 1;
      if (wanted.length === ndim && size >= smallest && size <= largest) return size - smallest;
      throw new ValueError(
        `${this.constructor.name}.forward: expected an output size in dimension ${i} from ${smallest} to ${largest} ` +
          `for an input of [${x.shape.join(", ")}], got [${outputSize.join(", ")}].`,
      );
    });
  }
}

type Kernel = typeof convTranspose2d;

type ConvTransposeClass = new (
  inChannels: number,
  outChannels: number,
  kernelSize: Size,
  options?: ConvTransposeOptions,
) => Concrete<ConvTransposeNd, [x: Tensor, outputSize?: number[]]>;

function convTranspose(ndim: number, kernel: Kernel): ConvTransposeClass {
  class RankedConvTranspose extends ConvTransposeNd {
    constructor(inChannels: number, outChannels: number, kernelSize: Size, options: ConvTransposeOptions = {}) {
      super(ndim, inChannels, outChannels, kernelSize, options);
    }

    forward(x: Tensor, outputSize?: number[]): Tensor {
      const extra = this.outputPaddingFor(x, outputSize);
      return kernel(x, this.weight, this.bias, this.stride, this.padding, extra, this.groups, this.dilation);
    }
  }
  declareSingleOp(RankedConvTranspose);
  return RankedConvTranspose;
}

/** Transposed convolution over [N, C, L] or [C, L]. */
export class ConvTranspose1d extends convTranspose(1, convTranspose1d) {}

/** Transposed convolution over [N, C, H, W] or [C, H, W]. */
export class ConvTranspose2d extends convTranspose(2, convTranspose2d) {}

/** Transposed convolution over [N, C, D, H, W] or [C, D, H, W]. */
export class ConvTranspose3d extends convTranspose(3, convTranspose3d) {}
