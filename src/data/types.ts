/** Semantic types: tensors that know what they hold, and values that know how to title themselves. Source: TOR-5, TOR-6. */
import { TensorBase } from "../torch/index.js";
import { registerConstant } from "../torch/registry.js";
import { registerShowable } from "./showable.js";

/** Any image as a tensor. Shapes: [C, H, W] or [N, C, H, W]. */
export class TensorImageBase extends TensorBase {}
/** A photo. uint8 0..255, or float 0..1 after IntToFloatTensor. */
export class TensorImage extends TensorImageBase {}
/** A photo in grey, one channel. */
export class TensorImageBW extends TensorImage {}
/** Class indices per pixel, [H, W] or [N, H, W]; `meta.codes` names the classes. */
export class TensorMask extends TensorImageBase {}
/** Where each output pixel comes from, [N, H, W, 2] in -1..1. */
export class TensorFlowField extends TensorBase {}
/** A class index, int64. */
export class TensorCategory extends TensorBase {}
/** Several class indices, or their one-hot vector. */
export class TensorMultiCategory extends TensorCategory {}
/** One number with a title. */
export class TitledTensorScalar extends TensorBase {}
/** Points (x, y), float [n, 2]; scaled to -1..1 once PointScaler has run. `meta.imgSize` is [width, height]. */
export class TensorPoint extends TensorBase {}
/** Boxes (x1, y1, x2, y2), float [n, 4], else as TensorPoint. */
export class TensorBBox extends TensorPoint {}

/** Text shown as a title. Compare it with `==` or `String(x)`: it is an object. */
export class TitledStr extends String {
  /** The column it is shown under. */
  get label(): string {
    return "text";
  }

  /** The first `n` words. */
  truncate(n: number): TitledStr {
    return new TitledStr(this.split(" ").slice(0, n).join(" "));
  }

  get title(): string {
    return this.toString();
  }
}

/** A number shown as a title, with four significant decimals. */
export class TitledFloat extends Number {
  readonly label = "text";

  get title(): string {
    return String(Number(this.valueOf().toFixed(4)));
  }
}

/** A whole number shown as a title. */
export class TitledInt extends Number {
  readonly label = "text";

  get title(): string {
    return String(this.valueOf());
  }
}

/** Several values shown as one title. */
export class TitledTuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** The column it is shown under. */
  get label(): string {
    return "text";
  }

  get title(): string {
    const shown = [...this].map((x) => (typeof x === "number" ? String(Number(x.toFixed(4))) : String(x)));
    return `(${shown.join(", ")})`;
  }
}

/** The name of a class. */
export class Category extends TitledStr {
  override get label(): string {
    return "category";
  }
}

/** The names of several classes, shown joined by ";". */
export class MultiCategory extends TitledTuple<string> {
  override get label(): string {
    return "category";
  }

  override get title(): string {
    return this.join(";");
  }

  override toString(): string {
    return this.title;
  }
}

/** The values as one titled tuple. */
export function titledTuple<T>(values: Iterable<T>): TitledTuple<T> {
  const out = new TitledTuple<T>();
  out.push(...values);
  return out;
}

/** The class names as one value. */
export function multiCategory(names: Iterable<unknown>): MultiCategory {
  const out = new MultiCategory();
  for (const name of names) out.push(String(name));
  return out;
}

/** Something that can stand as a title. */
export interface Titled {
  /** The text to show. */
  readonly title: string;
  /** The column to show it under. */
  readonly label?: string;
}

/** Whether the value has a title. */
export function isTitled(x: unknown): x is Titled {
  return typeof x === "object" && x !== null && typeof (x as { title?: unknown }).title === "string";
}

registerShowable(TensorImageBase, TensorPoint, TitledStr, TitledFloat, TitledInt, TitledTuple, TitledTensorScalar);
for (const cls of [
  ...[TensorImageBase, TensorImage, TensorImageBW, TensorMask, TensorFlowField, TensorCategory, TensorMultiCategory],
  ...[TitledTensorScalar, TensorPoint, TensorBBox],
]) {
  registerConstant(`data.${cls.name}`, cls);
}
