/** One sample as a picture: its image, with masks, points, boxes and labels of the other members on it. */
import { isTitled, MultiCategory, TensorBBox, TensorMask, TensorPoint } from "../data/index.js";
import type { GridImage, ImageMark, LegendEntry } from "../show/index.js";
import { Tensor } from "../torch/index.js";
import { boxMarks, maskLegend, maskOver, pointMarks } from "./draw-on-image.js";
import { ImageItem, MaskImage } from "./image.js";

/** Bytes of an image, plane after plane. Decoded photos hold 0..255, floats 0..1. */
export function gridImage(x: unknown): GridImage {
  if (x instanceof ImageItem)
    return { data: x.data, width: x.width, height: x.height, channels: x.channels, layout: "hwc" };
  if (!(x instanceof Tensor) || x.ndim < 2) return { data: new Uint8Array(1), width: 1, height: 1, channels: 1 };
  const planes = x.ndim === 2 ? x.unsqueeze(0) : x;
  const [channels = 1, height = 1, width = 1] = planes.shape;
  const floats = planes.dtype.startsWith("float") || planes.dtype === "bfloat16";
  const bytes = (floats ? planes.float().mul(255).round().clamp(0, 255) : planes.clamp(0, 255)).to("uint8");
  // A uint8 tensor has its data as a Uint8Array.
  return { data: Uint8Array.from(bytes.contiguous().cpu().data() as Uint8Array), width, height, channels };
}

/** The titles among the members, one a line; of a set of labels, its names, or "none". */
export function titleOf(members: readonly unknown[]): string {
  return members
    .filter(isTitled)
    .map((member) => (member instanceof MultiCategory ? member.join(", ") || "none" : member.title))
    .join("\n");
}

const isMask = (member: unknown): member is TensorMask | MaskImage =>
  member instanceof TensorMask || member instanceof MaskImage;

/** Rows of a tensor of points or boxes. */
const rowsOf = (x: Tensor, width: 2 | 4) => x.view([-1, width]).toArray() as number[][];

function marksOf(others: readonly unknown[], names: readonly string[]): ImageMark[] {
  return others.flatMap((other) => {
    if (other instanceof TensorBBox) return boxMarks(rowsOf(other, 4), names);
    return other instanceof TensorPoint ? pointMarks(rowsOf(other, 2)) : [];
  });
}

/** The names that belong to boxes: a target that is a list of titles beside one that is boxes. */
function boxNames(others: readonly unknown[]): readonly string[] | undefined {
  if (!others.some((other) => other instanceof TensorBBox)) return undefined;
  return others.filter(isTitled).flatMap((member) => (Array.isArray(member) ? member.map(String) : []));
}

/** The first member as a picture, with masks, points and boxes of the others drawn on it and labels as its title. */
export function picture(image: unknown, others: readonly unknown[]): GridImage {
  const names = boxNames(others);
  const drawn = others.filter(isMask).reduce((under, mask) => maskOver(under, gridImage(mask)), gridImage(image));
  const marks = marksOf(others, names ?? []);
  const title = names ? "" : titleOf(others);
  return { ...drawn, ...(marks.length > 0 && { marks }), ...(title !== "" && { title }) };
}

/** What the colours of masks among the members mean; nothing when none says its classes' names. */
export function legendOf(members: readonly unknown[]): LegendEntry[] {
  const masks = members.filter(isMask);
  const codes = masks.flatMap((mask) => (mask instanceof TensorMask && mask.meta.codes ? [mask.meta.codes] : []))[0];
  return codes ? maskLegend(masks.map(gridImage), codes as readonly string[]) : [];
}
