/** Borders around the last dimensions. */
import { OptionError } from "../errors.js";
import { pad } from "../generated/functions.js";
import type { Tensor } from "../tensor.js";
import { declareSingleOp } from "./callable.js";
import { Module } from "./module.js";
import { pythonText } from "./python-text.js";

/** The same border everywhere, or [left, right, top, bottom, front, back] as far as there are dimensions. */
export type Border = number | readonly number[];

/** What the padding layers share. */
abstract class Pad extends Module<[Tensor], Tensor> {
  readonly padding: number[];
  protected abstract readonly mode: "constant" | "reflect" | "replicate" | "circular";
  protected readonly fill: number | null = null;

  constructor(ndim: number, padding: Border) {
    super();
    this.padding = typeof padding === "number" ? new Array<number>(2 * ndim).fill(padding) : [...padding];
    if (this.padding.length !== 2 * ndim) {
      throw new OptionError(`${new.target.name}: expected one border or ${2 * ndim}, got ${pythonText(padding)}.`);
    }
  }

  forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.mode, this.fill);
  }

  override extraRepr(): string {
    return pythonText(this.padding);
  }
}

abstract class ConstantPad extends Pad {
  protected readonly mode = "constant";
  protected override readonly fill: number;

  constructor(
    ndim: number,
    padding: Border,
    readonly value: number,
  ) {
    super(ndim, padding);
    this.fill = value;
  }

  override extraRepr(): string {
    return `padding=${pythonText(this.padding)}, value=${pythonText(this.value)}`;
  }
}

/** A border of one value. Shapes: x [*, L]. */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: Border, value: number) {
    super(1, padding, value);
  }
}

/** A border of one value. Shapes: x [*, H, W]. */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: Border, value: number) {
    super(2, padding, value);
  }
}

/** A border of one value. Shapes: x [*, D, H, W]. */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: Border, value: number) {
    super(3, padding, value);
  }
}

abstract class ZeroPad extends ConstantPad {
  constructor(ndim: number, padding: Border) {
    super(ndim, padding, 0);
  }

  override extraRepr(): string {
    return pythonText(this.padding);
  }
}

/** A border of zeros. Shapes: x [*, L]. */
export class ZeroPad1d extends ZeroPad {
  constructor(padding: Border) {
    super(1, padding);
  }
}

/** A border of zeros. Shapes: x [*, H, W]. */
export class ZeroPad2d extends ZeroPad {
  constructor(padding: Border) {
    super(2, padding);
  }
}

/** A border of zeros. Shapes: x [*, D, H, W]. */
export class ZeroPad3d extends ZeroPad {
  constructor(padding: Border) {
    super(3, padding);
  }
}

/** A border that mirrors the input without repeating its edge. Shapes: x [N, C, L]. */
export class ReflectionPad1d extends Pad {
  protected readonly mode = "reflect";
  constructor(padding: Border) {
    super(1, padding);
  }
}

/** A border that mirrors the input without repeating its edge. Shapes: x [N, C, H, W]. */
export class ReflectionPad2d extends Pad {
  protected readonly mode = "reflect";
  constructor(padding: Border) {
    super(2, padding);
  }
}

/** A border that repeats the edge. Shapes: x [N, C, L]. */
export class ReplicationPad1d extends Pad {
  protected readonly mode = "replicate";
  constructor(padding: Border) {
    super(1, padding);
  }
}

/** A border that repeats the edge. Shapes: x [N, C, H, W]. */
export class ReplicationPad2d extends Pad {
  protected readonly mode = "replicate";
  constructor(padding: Border) {
    super(2, padding);
  }
}

/** A border that repeats the edge. Shapes: x [N, C, D, H, W]. */
export class ReplicationPad3d extends Pad {
  protected readonly mode = "replicate";
  constructor(padding: Border) {
    super(3, padding);
  }
}

/** A border that continues at the other end. Shapes: x [N, C, H, W]. */
export class CircularPad2d extends Pad {
  protected readonly mode = "circular";
  constructor(padding: Border) {
    super(2, padding);
  }
}

declareSingleOp(ZeroPad2d, ReflectionPad2d);
