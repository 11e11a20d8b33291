/** Borders around the last dimensions. */
import { OptionError } from "../errors.js";
import { pad } from "../generated/functions.js";
import type { Tensor } from "../tensor.js";
import { declareSingleOp } from "./callable.js";
import type { Concrete } from "./concrete.js";
import { Module } from "./module.js";
import { pythonText } from "./python-text.js";

/** The same border everywhere, or [left, right, top, bottom, front, back] as far as there are dimensions. */
export type Border = number | readonly number[];

/** What the padding layers share. */
export abstract class Pad extends Module<[Tensor], Tensor> {
  readonly padding: number[];

  constructor(ndim: number, padding: Border) {
    super();
    this.padding = typeof padding === "number" ? new Array<number>(2 * ndim).fill(padding) : [...padding];
    if (this.padding.length !== 2 * ndim) {
      throw new OptionError(`${new.target.name}: expected one border or ${2 * ndim}, got ${pythonText(padding)}.`);
    }
  }

  override extraRepr(): string {
    return pythonText(this.padding);
  }
}

/** What the layers with a border of one value share. */
export abstract class ConstantPad extends Pad {
  constructor(
    ndim: number,
    padding: Border,
    readonly value: number,
  ) {
    super(ndim, padding);
  }

  forward(x: Tensor): Tensor {
    return pad(x, this.padding, "constant", this.value);
  }

  override extraRepr(): string {
    return `padding=${super.extraRepr()}, value=${pythonText(this.value)}`;
  }
}

function padded(ndim: number, mode: "reflect" | "replicate" | "circular"): new (padding: Border) => Concrete<Pad> {
  class ModePad extends Pad {
    constructor(padding: Border) {
      super(ndim, padding);
    }

    forward(x: Tensor): Tensor {
      return pad(x, this.padding, mode);
    }
  }
  declareSingleOp(ModePad);
  return ModePad;
}

function padConstant(ndim: number): new (padding: Border, value: number) => ConstantPad {
  return class extends ConstantPad {
    constructor(padding: Border, value: number) {
      super(ndim, padding, value);
    }
  };
}

function padZero(ndim: number): new (padding: Border) => ConstantPad {
  return class extends ConstantPad {
    constructor(padding: Border) {
      super(ndim, padding, 0);
    }

    override extraRepr(): string {
      return pythonText(this.padding);
    }
  };
}

declareSingleOp(ConstantPad);

/** A border of one value. Shapes: x [*, L]. */
export class ConstantPad1d extends padConstant(1) {}
/** A border of one value. Shapes: x [*, H, W]. */
export class ConstantPad2d extends padConstant(2) {}
/** A border of one value. Shapes: x [*, D, H, W]. */
export class ConstantPad3d extends padConstant(3) {}

/** A border of zeros. Shapes: x [*, L]. */
export class ZeroPad1d extends padZero(1) {}
/** A border of zeros. Shapes: x [*, H, W]. */
export class ZeroPad2d extends padZero(2) {}
/** A border of zeros. Shapes: x [*, D, H, W]. */
export class ZeroPad3d extends padZero(3) {}

/** A border that mirrors the input without repeating its edge. Shapes: x [N, C, L]. */
export class ReflectionPad1d extends padded(1, "reflect") {}
/** A border that mirrors the input without repeating its edge. Shapes: x [N, C, H, W]. */
export class ReflectionPad2d extends padded(2, "reflect") {}
/** A border that mirrors the input without repeating its edge. Shapes: x [N, C, D, H, W]. */
export class ReflectionPad3d extends padded(3, "reflect") {}

/** A border that repeats the edge. Shapes: x [N, C, L]. */
export class ReplicationPad1d extends padded(1, "replicate") {}
/** A border that repeats the edge. Shapes: x [N, C, H, W]. */
export class ReplicationPad2d extends padded(2, "replicate") {}
/** A border that repeats the edge. Shapes: x [N, C, D, H, W]. */
export class ReplicationPad3d extends padded(3, "replicate") {}

/** A border that continues at the other end. Shapes: x [N, C, L]. */
export class CircularPad1d extends padded(1, "circular") {}
/** A border that continues at the other end. Shapes: x [N, C, H, W]. */
export class CircularPad2d extends padded(2, "circular") {}
/** A border that continues at the other end. Shapes: x [N, C, D, H, W]. */
export class CircularPad3d extends padded(3, "circular") {}
