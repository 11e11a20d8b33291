/** Resizing by interpolation. */
import { checkOptions } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { type InterpolateOptions, interpolate } from "./functional/interpolate.js";
import { Module } from "./module.js";
import { pythonFloat, pythonText } from "./python-text.js";

/** Options of `Upsample`: either `size` or `scaleFactor`. */
export type UpsampleOptions = Omit<InterpolateOptions, "antialias">;

/** Resizes the spatial dimensions. Shapes: x [N, C, *] -> [N, C, ...size]. */
export class Upsample extends Module<[Tensor], Tensor> {
  private readonly given: UpsampleOptions;

  constructor(options: UpsampleOptions) {
    super();
    checkOptions(new.target.name, options, ["size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor"]);
    this.given = { ...options };
  }

  /** The options given at construction. */
  get options(): Readonly<UpsampleOptions> {
    return this.given;
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.given);
  }

  override extraRepr(): string {
    const { size, scaleFactor, mode = "nearest" } = this.given;
    const scaleText = typeof scaleFactor === "number" ? pythonFloat(scaleFactor) : tuple(scaleFactor ?? []);
    const how = scaleFactor === undefined ? `size=${pythonText(size)}` : `scale_factor=${scaleText}`;
    return `${how}, mode=${pythonText(mode)}`;
  }
}

function tuple(values: readonly number[]): string {
  return `(${values.map(pythonFloat).join(", ")})`;
}

/** `Upsample` by repeating pixels. */
export class UpsamplingNearest2d extends Upsample {
  constructor(options: Pick<UpsampleOptions, "size" | "scaleFactor">) {
    super({ ...options, mode: "nearest" });
  }

  override get options(): Readonly<UpsampleOptions> {
    return givenSize(super.options);
  }
}

/** `Upsample` bilinearly, corners aligned. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(options: Pick<UpsampleOptions, "size" | "scaleFactor">) {
    super({ ...options, mode: "bilinear", alignCorners: true });
  }

  override get options(): Readonly<UpsampleOptions> {
    return givenSize(super.options);
  }
}

function givenSize({ size, scaleFactor }: UpsampleOptions): UpsampleOptions {
  return { size, scaleFactor };
}
