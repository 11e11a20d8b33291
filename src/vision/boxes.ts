/** Boxes in batches: clipped to their image, padded to one number; COCO annotations. Source: VCO-6, VCO-7. */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { asTuple, ItemTransform, isTuple, TensorBBox, TensorMultiCategory } from "../data/index.js";
import { cat, checkOptions, full, type Tensor, ValueError } from "../torch/index.js";
import { register } from "../torch/registry.js";

/** Boxes of one image, with the class of each if there are any. */
export interface Boxes {
  readonly boxes: TensorBBox;
  readonly labels: Tensor | null;
}

/**
 * Cuts boxes at the image's border, -1..1, and leaves out those with nothing in it, with their labels.
 * Shapes: boxes [n, 4], labels [n] -> at most as many. Source: VCO-6.
 */
export function clipRemoveEmpty(boxes: TensorBBox, labels: Tensor | null = null): Boxes {
  const clipped = boxes.clamp(-1, 1).as(TensorBBox);
  const extent = (from: number) => clipped.select(1, from + 2).sub(clipped.select(1, from)); // [n]
  const kept = extent(0).gt(0).logicalAnd(extent(1).gt(0)).nonzero().view([-1]);
  const some = clipped.indexSelect(0, kept).as(TensorBBox);
  Object.assign(some.meta, boxes.meta);
  return { boxes: some, labels: labels ? labels.indexSelect(0, kept).as(TensorMultiCategory) : null };
}

/** Settings of `BBoxPad`. */
export interface BBoxPadOptions {
  /** The class of boxes that only fill up. Default 0, `#na#`. */
  padIdx?: number;
}

/**
 * Gives all items of a batch as many boxes as the one with most has: clips them, leaves out empty ones, adds boxes of
 * zeros with class `padIdx`. Works on the list of items, in `beforeBatch`. Source: VCO-6, fastai `bb_pad`.
 */
export class BBoxPad extends ItemTransform<readonly unknown[], unknown[]> {
  readonly padIdx: number;

  constructor(options: BBoxPadOptions = {}) {
    super();
    checkOptions("BBoxPad", options, ["padIdx"]);
    this.padIdx = options.padIdx ?? 0;
  }

  override encodes(items: readonly unknown[]): unknown[] {
    const found = items.map(boxesIn);
    const most = Math.max(0, ...found.map((each) => each?.boxes.size(0) ?? 0));
    return items.map((item, i) => withBoxes(item, found[i] ? padded(found[i], most, this.padIdx) : null));
  }
}

/** The boxes of an item, clipped; null for an item without, as in a test set. */
function boxesIn(item: unknown): Boxes | null {
  const members: readonly unknown[] = isTuple(item) ? item : [item];
  const boxes = members.find((member) => member instanceof TensorBBox);
  if (!boxes) return null;
  const labels = members.find((member) => member instanceof TensorMultiCategory) ?? null;
  const flat = boxes.view([-1, 4]).as(TensorBBox);
  Object.assign(flat.meta, boxes.meta);
  if (labels && labels.numel() !== flat.size(0)) {
    throw new ValueError(
      `BBoxPad: expected a label for each box, got ${flat.size(0)} boxes and ${labels.numel()} labels in one item. ` +
        "Let getY give as many names as boxes.",
    );
  }
  return clipRemoveEmpty(flat, labels);
}

function padded({ boxes, labels }: Boxes, most: number, padIdx: number): Boxes {
  const missing = most - boxes.size(0);
  if (missing === 0) return { boxes, labels };
  const filled = cat([boxes, boxes.newZeros([missing, 4])], 0).as(TensorBBox);
  Object.assign(filled.meta, boxes.meta);
  const names = labels && cat([labels, full([missing], padIdx, { dtype: "int64" })], 0).as(TensorMultiCategory);
  return { boxes: filled, labels: names };
}

function withBoxes(item: unknown, found: Boxes | null): unknown {
  if (!found || !isTuple(item)) return found?.boxes ?? item;
  return asTuple(
    item.map((member) => {
      if (member instanceof TensorBBox) return found.boxes;
      return member instanceof TensorMultiCategory ? (found.labels ?? member) : member;
    }),
  );
}

register("vision.BBoxPad", {
  cls: BBoxPad,
  config: z.object({ padIdx: z.number() }),
  toConfig: ({ padIdx }) => ({ padIdx }),
  fromConfig: (config) => new BBoxPad(config),
});

const annotations = z.object({
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
  images: z.array(z.object({ id: z.number(), file_name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
    }),
  ),
});

/** Boxes (x1, y1, x2, y2) in pixels, and the name of each. */
export type LabelledBoxes = [boxes: number[][], names: string[]];

/**
 * Files and their boxes of a COCO annotation file; images without boxes are left out. `prefix` is put before file names.
 * Throws `ValueError` when the file is of another kind. Source: VCO-7.
 *
 * @example
 * const [files, boxes] = await getAnnotations("coco_tiny/train.json");
 */
export async function getAnnotations(
  fname: string,
  options: { prefix?: string } = {},
): Promise<[files: string[], boxes: LabelledBoxes[]]> {
  checkOptions("getAnnotations", options, ["prefix"]);
  const read = annotations.safeParse(JSON.parse(await readFile(fname, "utf8")));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new ValueError(
      `getAnnotations: expected COCO's categories, images and annotations in ${fname}, got another at ` +
        `${issue?.path.join(".")}: ${issue?.message}.`,
    );
  }
  const names = new Map(read.data.categories.map(({ id, name }) => [id, name]));
  const found = new Map<number, LabelledBoxes>();
  for (const { image_id, category_id, bbox } of read.data.annotations) {
    const [boxes, labels] = found.get(image_id) ?? [[], []];
    const [x, y, width, height] = bbox;
    boxes.push([x, y, x + width, y + height]);
    labels.push(names.get(category_id) ?? String(category_id));
    found.set(image_id, [boxes, labels]);
  }
  const used = read.data.images.flatMap(({ id, file_name }) => {
    const boxes = found.get(id);
    return boxes ? [{ file: `${options.prefix ?? ""}${file_name}`, boxes }] : [];
  });
  return [used.map(({ file }) => file), used.map(({ boxes }) => boxes)];
}
