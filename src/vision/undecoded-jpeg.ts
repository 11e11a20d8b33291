/** JPEG files that are decoded where their pixels are used, off the JavaScript thread. */
import { type CropPadOptions, type CropWindow, cropPad, cropPadRequest, isWhole } from "./crop-window.js";
import type { JpegHeader } from "./formats/jpeg-header.js";
import { unreadable } from "./image-error.js";
import { nativeImage } from "./native-image.js";
import { type Pixels, PlanarPixels, TensorPixels } from "./pixels.js";

/** A file's bytes, and what its pixels become. */
export interface JpegSource {
  readonly where: string;
  readonly bytes: Uint8Array;
  readonly file?: string;
  readonly header: JpegHeader;
  /** Reads damaged and unusual files, or says what is wrong with them. */
  readonly decode: () => Promise<Pixels>;
  /** From the file's channels to those wanted. */
  readonly convert: (pixels: Pixels) => Pixels;
}

/**
 * A JPEG whose size is known and whose pixels are not. Resizing it decodes, crops and shrinks in one go on another thread,
 * and to half the size or less without decoding what is thrown away: pixels then differ from those of a full decoding by
 * about as much as JPEG's compression changes them.
 */
export class UndecodedJpeg {
  readonly width: number;
  readonly height: number;
  private readonly orientation: number;

  constructor(
    readonly channels: number,
    private readonly source: JpegSource,
  ) {
    const { width, height, orientation } = source.header;
    [this.width, this.height] = orientation >= 5 ? [height, width] : [width, height];
    this.orientation = orientation;
  }

  /** All pixels at once, on this thread. Throws an `ImageError`. */
  now(): Pixels {
    const { where, bytes, file, convert } = this.source;
    const pixels = nativeImage.decodeJpeg(bytes, this.orientation);
    if (pixels === null) throw unreadable(where, bytes, file, undefined);
    return convert(new TensorPixels(pixels));
  }

  /** All pixels. Rejects with an `ImageError`. */
  later(): Promise<Pixels> {
    return this.source.decode();
  }

  /** A window of the picture, resized. Rejects with an `ImageError`. */
  async cropPad(window: CropWindow, options: CropPadOptions): Promise<Pixels> {
    if (isWhole(this, window, options.resizeTo ?? [window.width, window.height])) return this.later();
    const request = cropPadRequest(window, options);
    const pixels = await nativeImage.cropPadJpegAsync(this.source.bytes, this.orientation, request);
    if (pixels === null) return cropPad(await this.later(), window, options);
    const planar = new PlanarPixels(pixels);
    return planar.channels === this.channels ? planar : this.source.convert(planar);
  }
}
