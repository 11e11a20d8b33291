/** Images as items: what a dataset holds before it becomes tensors. Source: VCO-2. */
import {
  andThen,
  type MaybePromise,
  registerShowable,
  TensorImage,
  TensorImageBW,
  TensorMask,
  ToTensor,
} from "../data/index.js";
import { checkOptions, ShapeError, scope, Tensor } from "../torch/index.js";
import { type CropPadOptions, type CropWindow, cropPad, dihedral, type Filter, type Size } from "./crop-window.js";
import { decodeGrey, decodeMask, decodeRgb } from "./decode.js";
import { encodeImage } from "./encode.js";
import { type MaxSizeOptions, sizeWithin, thumbSize } from "./fitted-size.js";
import { type ImageOpener, opener } from "./image-opener.js";
import { nativeImage } from "./native-image.js";
import { type Pixels, PlanarPixels, TensorPixels, toGrey, toRgb } from "./pixels.js";
import { UndecodedJpeg } from "./undecoded-jpeg.js";

/** Eight-bit pixels, [height, width, channels] interleaved. */
export abstract class ImageItem implements Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** How this kind of image is resized. */
  abstract readonly filter: Filter;

  #pixels: Uint8Array | TensorPixels | PlanarPixels | UndecodedJpeg;

  constructor(source: Pixels | UndecodedJpeg) {
    const { width, height, channels } = source;
    this.width = width;
    this.height = height;
    this.channels = channels;
    if (source instanceof UndecodedJpeg || source instanceof TensorPixels || source instanceof PlanarPixels) {
      this.#pixels = source;
      return;
    }
    const { data } = source;
    if (data.length !== width * height * channels || data.length === 0) {
      throw new ShapeError(
        `${new.target.name}: expected width x height x channels bytes, got ${data.length} for ${width}x${height}x${channels}.`,
      );
    }
    this.#pixels = data;
  }

  /** The pixels; decoded now if they were not yet. Throws an `ImageError` for a damaged file. */
  get data(): Uint8Array {
    const pixels = this.#pixels instanceof UndecodedJpeg ? this.#pixels.now() : this.#pixels;
    this.#pixels = pixels instanceof Uint8Array ? pixels : pixels.data;
    return this.#pixels;
  }

  /** A copy of the pixels as a tensor holds them, uint8 [channels, height, width]. */
  protected planes(): Tensor {
    const pixels = this.#pixels;
    const inTensor = pixels instanceof TensorPixels || pixels instanceof PlanarPixels;
    return inTensor ? pixels.toPlanes() : new Tensor(nativeImage.toPlanar(this));
  }

  /** Decodes the pixels on another thread, if they were not yet. Rejects with an `ImageError` for a damaged file. */
  decoded(): MaybePromise<this> {
    const undecoded = this.#pixels;
    if (!(undecoded instanceof UndecodedJpeg)) return this;
    return undecoded.later().then((pixels) => {
      this.#pixels = pixels instanceof TensorPixels ? pixels : pixels.data;
      return this;
    });
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
    const chosen = { filter: this.filter, ...options };
    const undecoded = this.#pixels;
    if (!(undecoded instanceof UndecodedJpeg)) return this.with(await cropPad(this, window, chosen));
    return this.with(await undecoded.cropPad(window, chosen));
  }

  /** One of the eight symmetries of the square, 0 to 7. */
  dihedral(k: number): this {
    return this.with(dihedral(this, k));
  }

  /** The mirror image. */
  flipLr(): this {
    return this.dihedral(1);
  }

  /** All of it at another size; `filter` defaults to `"nearest"`, as in fastai. Source: VCO-2. */
  async reshape(height: number, width: number, options: { filter?: Filter } = {}): Promise<this> {
    checkOptions(`${this.constructor.name}.reshape`, options, ["filter"]);
    const whole = { left: 0, top: 0, width: this.width, height: this.height };
    return this.cropPad(whole, { resizeTo: [width, height], filter: options.filter ?? "nearest" });
  }

  /** Made smaller, in its own shape, until it keeps to the bounds. Source: VCO-2. */
  async resizeMax(options: MaxSizeOptions & { filter?: Filter } = {}): Promise<this> {
    checkOptions(`${this.constructor.name}.resizeMax`, options, ["maxPx", "maxH", "maxW", "filter"]);
    const [width, height] = sizeWithin(this.size, options);
    return this.reshape(height, width, options.filter ? { filter: options.filter } : {});
  }

  /** A small copy inside a box of these sides, in the image's shape. Source: VCO-2. */
  async toThumb(height: number, width: number = height): Promise<this> {
    const [w, h] = thumbSize(this.size, [width, height]);
    return this.reshape(h, w, { filter: this.filter });
  }

  /** The bytes of an image file. Source: VCO-2. */
  toBytesFormat(format: "png" | "jpeg" | "webp" = "png"): Promise<Uint8Array> {
    return encodeImage(this, format);
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

/** A photo in red, green and blue. Becomes a TensorImage [3, H, W]. Fastai's `PILImage`. */
export class RgbImage extends ImageItem {
  readonly filter = "bilinear" as const;

  /**
   * Opens an image upright (unlike fastai, which leaves photos as the camera stored them), without alpha.
   * Throws an `ImageError` that names the file and what it seems to be.
   */
  static readonly open: ImageOpener<RgbImage> = opener("RgbImage", {
    make: (pixels) => new RgbImage(pixels),
    decode: decodeRgb,
    convert: toRgb,
    base: ImageItem,
    laterAs: 3,
  });

  toTensor(): TensorImage {
    return scope(() => this.planes().as(TensorImage));
  }
}

/** A photo in grey. Becomes a TensorImageBW [1, H, W]. Fastai's `PILImageBW`. */
export class GrayImage extends ImageItem {
  readonly filter = "bilinear" as const;

  /** Opens an image in grey; colours are weighted as Pillow weights them. Throws an `ImageError`. */
  static readonly open: ImageOpener<GrayImage> = opener("GrayImage", {
    make: (pixels) => new GrayImage(pixels),
    decode: decodeGrey,
    convert: toGrey,
    base: ImageItem,
    laterAs: 1,
  });

  toTensor(): TensorImageBW {
    return scope(() => this.planes().as(TensorImageBW));
  }
}

/** A class number for each pixel. Becomes a TensorMask [H, W]. Fastai's `PILMask`. */
export class MaskImage extends ImageItem {
  readonly filter = "nearest" as const;

  /**
   * Opens a mask with the numbers that are in the file: palette indices (fastai takes the brightness of their colours
   * instead), 1 to 4 bit values unstretched. Throws an `ImageError`.
   */
  static readonly open: ImageOpener<MaskImage> = opener("MaskImage", {
    make: (pixels) => new MaskImage(pixels),
    decode: decodeMask,
    convert: toGrey,
    base: ImageItem,
  });

  toTensor(): TensorMask {
    return scope(() => this.planes().squeeze(0).as(TensorMask));
  }
}

registerShowable(ImageItem);
ToTensor.extend(ImageItem, { encodes: (image) => andThen(image.decoded(), (decoded) => decoded.toTensor()) });
