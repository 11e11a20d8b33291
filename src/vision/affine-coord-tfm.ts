/** One sampling step that holds any number of geometric changes. Source: AUG-16, AUG-17. */
import * as z from "zod";
import { type Random, RandTransform, type SplitIdx, TensorMask } from "../data/index.js";
import { checkOptions, Tensor, ValueError } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { affineCoord, type CoordFunc, type SampleMode } from "./affine-coord.js";
import { checkPadMode, type PadMode } from "./crop-window.js";
import { fixAspect, type Homography, identityMap, multiply } from "./homography.js";
import { itemSize, type SizeOption, sizeOf } from "./image-size.js";
import { type SpatialPart, spatialParts } from "./spatial-parts.js";

/** How the sampling step samples. */
export interface SampleOptions {
  /** Output size: a number or [height, width]. Default: as the input. */
  size?: SizeOption;
  /** Default `"bilinear"`. */
  mode?: SampleMode;
  /** For masks. Default `"nearest"`. */
  modeMask?: SampleMode;
  /** Default `"reflection"`. */
  padMode?: PadMode;
  /** Default true. */
  alignCorners?: boolean;
}

/** What a sampling step does. */
export interface AffineCoordTfmOptions extends SampleOptions {
  /** Changes that are 3 x 3 maps, applied in this order. */
  parts?: readonly SpatialPart[];
  /** Other changes of coordinates, applied after them. */
  coordFuncs?: readonly CoordFunc[];
}

const known = ["size", "mode", "modeMask", "padMode", "alignCorners", "parts", "coordFuncs"];

/**
 * Applies geometric changes to a batch with one interpolation. Several such transforms become one by `compose`. In
 * validation nothing is drawn, but `size` still applies. Source: AUG-16, AUG-17.
 */
export class AffineCoordTfm extends RandTransform {
  override order = 30;
  override splitIdx: SplitIdx = null;
  /** The changes, in the order they apply: linear maps of pixels first, then perspectives. */
  parts: readonly SpatialPart[];
  coordFuncs: readonly CoordFunc[];
  readonly size: readonly [height: number, width: number] | undefined;
  readonly mode: SampleMode;
  readonly modeMask: SampleMode;
  readonly padMode: PadMode;
  readonly alignCorners: boolean;
  /** One map for each image of the batch, drawn once per batch. */
  maps: readonly Homography[] = [];
  #validating = false;

  constructor(options: AffineCoordTfmOptions = {}) {
    super();
    checkOptions("AffineCoordTfm", options, known);
    const size = options.size === undefined ? undefined : sizeOf("AffineCoordTfm", options.size);
    this.size = size && [size[1], size[0]];
    this.mode = options.mode ?? "bilinear";
    this.modeMask = options.modeMask ?? "nearest";
    this.padMode = checkPadMode("AffineCoordTfm", options.padMode ?? "reflection");
    this.alignCorners = options.alignCorners ?? true;
    this.parts = options.parts ?? [];
    this.coordFuncs = options.coordFuncs ?? [];
  }

  /** Takes over the changes of another, so that both need one interpolation. Returns itself. */
  compose(other: AffineCoordTfm): this {
    this.parts = [...this.parts, ...other.parts];
    this.coordFuncs = [...this.coordFuncs, ...other.coordFuncs];
    return this;
  }

  override beforeCall(b: unknown, splitIdx: SplitIdx, random: Random): void {
    const x = firstTensor(b);
    this.#validating = Boolean(splitIdx);
    const parts = this.#validating ? [] : this.parts;
    const [width, height] = itemSize("AffineCoordTfm", x);
    const unchanged = () => new Array<Homography>(x.shape[0] ?? 0).fill(identityMap);
    const product = (kind: readonly SpatialPart[], join: (a: Homography, b: Homography) => Homography) =>
      kind.reduce<Homography[]>((maps, part) => {
        const next = part.draw(x, random);
        return maps.map((map, i) => join(map, next[i] ?? identityMap));
      }, unchanged());
    // Linear maps multiply in list order; perspectives then act on the coordinates they give.
    const linear = product(
      parts.filter((part) => part.affine),
      multiply,
    );
    const bent = product(
      parts.filter((part) => !part.affine),
      (map, next) => multiply(next, map),
    );
    this.maps = linear.map((map, i) => multiply(bent[i] ?? identityMap, fixAspect(map, height, width)));
  }

  override encodes(x: unknown): unknown {
    const { maps, size, padMode, alignCorners } = this;
    const mode = x instanceof TensorMask ? this.modeMask : this.mode;
    const coordFuncs = this.#validating ? [] : this.coordFuncs;
    return affineCoord(x, { maps, coordFuncs, mode, padMode, alignCorners, ...(size && { size }) });
  }

  override toString(): string {
    const size = this.size ? `, size ${this.size.join("x")}` : "";
    return `${this.name}{${this.parts.map((part) => part.kind).join(", ")}${size}}`;
  }
}

function firstTensor(b: unknown): Tensor {
  const first = Array.isArray(b) ? b[0] : b;
  if (Array.isArray(first)) return firstTensor(first);
  if (first instanceof Tensor) return first;
  throw new ValueError(`AffineCoordTfm: expected a batch of tensors, got ${typeof first}. Put it into batchTfms.`);
}

/** The JSON of settings. Functions have none. */
function plainSettings(part: SpatialPart): Record<string, unknown> {
  for (const [key, value] of Object.entries(part.settings)) {
    if (typeof value === "function" || !(part.kind in spatialParts)) {
      throw new ValueError(
        `export: expected ${part.kind} to be described by numbers, got ${typeof value === "function" ? `a function as ${key}` : "a part of your own"}. ` +
          "Draw by numbers, or add the transform after loading.",
      );
    }
  }
  return { ...part.settings };
}

const config = z.object({
  parts: z.array(z.object({ kind: z.string(), settings: z.record(z.string(), z.unknown()) })),
  size: z.tuple([z.number(), z.number()]).optional(),
  mode: z.enum(["bilinear", "nearest", "bicubic"]),
  modeMask: z.enum(["bilinear", "nearest", "bicubic"]),
  padMode: z.enum(["zeros", "border", "reflection"]),
  alignCorners: z.boolean(),
});

/** Registers a class of sampling steps: whatever it was made of, it is described by its parts. */
export function registerSpatial<T extends AffineCoordTfm>(
  name: string,
  cls: abstract new (...args: never[]) => T,
  make: (options: AffineCoordTfmOptions) => T,
): void {
  register(name, {
    cls,
    config,
    toConfig: ({ parts, size, mode, modeMask, padMode, alignCorners }) => ({
      parts: parts.map((part) => ({ kind: part.kind, settings: plainSettings(part) })),
      ...(size && { size: [size[0], size[1]] as [number, number] }),
      ...{ mode, modeMask, padMode, alignCorners },
    }),
    fromConfig: ({ parts, ...options }) =>
      make({
        ...options,
        parts: parts.map(({ kind, settings }) => {
          const part = spatialParts[kind];
          if (!part)
            throw new ValueError(`${name}: expected one of ${Object.keys(spatialParts).join(", ")}, got "${kind}".`);
          // Each part checks what it reads; unknown settings are ignored.
          return part(settings as never);
        }),
      }),
  });
}

registerSpatial("vision.AffineCoordTfm", AffineCoordTfm, (options) => new AffineCoordTfm(options));
