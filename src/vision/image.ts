/** Images as items: what a dataset holds before it becomes tensors. Source: VCO-2. */
import { fileURLToPath } from "node:url";
import { type Class, registerShowable, TensorImage, TensorImageBW, TensorMask, ToTensor } from "../data/index.js";
import { fromBuffer, ShapeError, Tensor, ValueError } from "../torch/index.js";
import { registerConstant } from "../torch/registry.js";
import { type CropPadOptions, type CropWindow, cropPad, dihedral, type Filter, type Size } from "./crop-window.js";
import { type DecodeOptions, decodeGrey, decodeMask, decodeRgb, type EncodedImage, readImageFile } from "./decode.js";
import { nativeImage } from "./native-image.js";
import { type Pixels, toGrey, toRgb } from "./pixels.js";

/** What `open` takes: a path, a file's bytes, pixels, a tensor ([C, H, W], [H, W, C] or [H, W]), or an image. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Pixels | Tensor;

/** Eight-bit pixels, [height, width, channels] interleaved. */
export abstract class ImageItem implements Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** How this kind of image is resized. */
  abstract readonly filter: Filter;

  constructor({ data, width, height, channels }: Pixels) {
    if (data.length !== width * height * channels || data.length === 0) {
      throw new ShapeError(
        `${new.target.name}: expected width x height x channels bytes, got ${data.length} for ${width}x${height}x${channels}.`,
      );
    }
    this.data = data;
    this.width = width;
    this.height = height;
    this.channels = channels;
    // Pixels would flood every printed item.
    Object.defineProperty(this, "data", { enumerable: false });
  }

  /** [width, height]. */
  get size(): Size {
    return [this.width, this.height];
  }

  /** [height, width]. */
  get shape(): [number, number] {
    return [this.height, this.width];
  }

  /** Number of pixels. */
  get nPx(): number {
    return this.width * this.height;
  }

  /** Width over height. */
  get aspect(): number {
    return this.width / this.height;
  }

  /** The pixels as a byte tensor: [C, H, W], masks [H, W]. Source: DTR-12. */
  abstract toTensor(): TensorImage | TensorMask;

  /** A window of the image, padded where it reaches outside, and resized. */
  async cropPad(window: CropWindow, options: CropPadOptions = {}): Promise<this> {
    return this.with(await cropPad(this, window, { filter: this.filter, ...options }));
  }

  /** One of the eight symmetries of the square, 0 to 7. */
  dihedral(k: number): this {
    return this.with(dihedral(this, k));
  }

  /** The mirror image. */
  flipLr(): this {
    return this.dihedral(1);
  }

  /** An image of the same class with other pixels. */
  with(pixels: Pixels): this {
    if (pixels === this) return this;
    // Every subclass takes the same one argument.
    return new (this.constructor as new (pixels: Pixels) => this)(pixels);
  }

  toString(): string {
    return `${this.constructor.name} ${this.width}x${this.height}`;
  }
}

function planar(image: Pixels): Tensor {
  return fromBuffer(nativeImage.toPlanar(image), [image.channels, image.height, image.width]);
}

/** Opens images of one class. Bound to nothing: it can be handed over as a function. */
export interface ImageOpener<T extends ImageItem> {
  (source: ImageSource, options?: DecodeOptions): Promise<T>;
  /** What it accepts, so that a test pipeline knows where to start. */
  readonly inputTypes: readonly Class[];
}

type Decode = (where: string, source: EncodedImage, options?: DecodeOptions) => Promise<Pixels>;

function opener<T extends ImageItem>(
  name: string,
  make: (pixels: Pixels) => T,
  decode: Decode,
  convert: (pixels: Pixels) => Pixels,
): ImageOpener<T> {
  const where = `${name}.open`;
  const open = async (source: ImageSource, options: DecodeOptions = {}): Promise<T> => {
    if (typeof source === "string" || source instanceof URL) {
      const file = source instanceof URL ? fileURLToPath(source) : source;
      return make(await decode(where, await readImageFile(where, file), options));
    }
    if (source instanceof ArrayBuffer) return make(await decode(where, { bytes: new Uint8Array(source) }, options));
    if (source instanceof Uint8Array) return make(await decode(where, { bytes: source }, options));
    if (source instanceof Tensor) return make(convert(pixelsOf(where, source)));
    if (typeof source === "object" && source !== null && "data" in source) return make(convert(source));
    throw new ValueError(`${where}: expected a path, bytes, pixels or a tensor, got ${typeof source}.`);
  };
  Object.defineProperty(open, "name", { value: where });
  const inputTypes: readonly Class[] = [String, URL, Uint8Array, ArrayBuffer, Tensor, ImageItem];
  return registerConstant(`vision.${where}`, Object.assign(open, { inputTypes }));
}

/** Tensor to interleaved bytes. Floating values are taken as 0..1. */
function pixelsOf(where: string, t: Tensor): Pixels {
  const channelCounts = [1, 3, 4];
  const first = channelCounts.includes(t.shape[0] ?? 0);
  const last = channelCounts.includes(t.shape[2] ?? 0);
  if (t.ndim !== 2 && !(t.ndim === 3 && (first || last))) {
    throw new ShapeError(`${where}: expected a tensor [C, H, W], [H, W, C] or [H, W], got [${t.shape}].`);
  }
  const hwc = t.ndim === 2 ? t.unsqueeze(2) : first ? t.permute(1, 2, 0) : t;
  const bytes = hwc.dtype.startsWith("float") || hwc.dtype === "bfloat16" ? hwc.mul(255).round().clamp(0, 255) : hwc;
  const [height = 0, width = 0, channels = 0] = hwc.shape;
  const data = bytes.to("uint8").to("cpu").contiguous().data();
  return { data: Uint8Array.from(data as Uint8Array), width, height, channels };
}

/** A photo in red, green and blue. Becomes a TensorImage [3, H, W]. Fastai's `PILImage`. */
export class RgbImage extends ImageItem {
  readonly filter = "bilinear" as const;

  /**
   * Opens an image upright (unlike fastai, which leaves photos as the camera stored them), without alpha.
   * Throws an `ImageError` that names the file and what it seems to be.
   */
  static readonly open: ImageOpener<RgbImage> = opener("RgbImage", (p) => new RgbImage(p), decodeRgb, toRgb);

  toTensor(): TensorImage {
    return planar(this).as(TensorImage);
  }
}

/** A photo in grey. Becomes a TensorImageBW [1, H, W]. Fastai's `PILImageBW`. */
export class GrayImage extends ImageItem {
  readonly filter = "bilinear" as const;

  /** Opens an image in grey; colours are weighted as Pillow weights them. Throws an `ImageError`. */
  static readonly open: ImageOpener<GrayImage> = opener("GrayImage", (p) => new GrayImage(p), decodeGrey, toGrey);

  toTensor(): TensorImageBW {
    return planar(this).as(TensorImageBW);
  }
}

/** A class number for each pixel. Becomes a TensorMask [H, W]. Fastai's `PILMask`. */
export class MaskImage extends ImageItem {
  readonly filter = "nearest" as const;

  /**
   * Opens a mask with the numbers that are in the file: palette indices (fastai takes the brightness of their colours
   * instead), 1 to 4 bit values unstretched. Throws an `ImageError`.
   */
  static readonly open: ImageOpener<MaskImage> = opener("MaskImage", (p) => new MaskImage(p), decodeMask, toGrey);

  toTensor(): TensorMask {
    return fromBuffer(Uint8Array.from(this.data), [this.height, this.width]).as(TensorMask);
  }
}

registerShowable(ImageItem);
ToTensor.extend(ImageItem, { encodes: (image) => image.toTensor() });
