/** Opening images of one class from whatever holds one. Source: VCO-2. */
import { fileURLToPath } from "node:url";
import type { Class } from "../data/index.js";
import { ShapeError, Tensor, ValueError } from "../torch/index.js";
import { registerConstant } from "../torch/registry.js";
import { type DecodeOptions, type EncodedImage, freeDecoded, readImageFile, undecoded } from "./decode.js";
import type { Pixels } from "./pixels.js";
import type { UndecodedJpeg } from "./undecoded-jpeg.js";

/** What `open` takes: a path, a file's bytes, pixels, a tensor ([C, H, W], [H, W, C] or [H, W]), or an image. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Pixels | Tensor;

/** Opens images of one class. Bound to nothing: it can be handed over as a function. */
export interface ImageOpener<T> {
  (source: ImageSource, options?: DecodeOptions): Promise<T>;
  /** What it accepts, so that a test pipeline knows where to start. */
  readonly inputTypes: readonly Class[];
  /**
   * Opens alike, but leaves JPEG files to be decoded where their pixels are used, which is much cheaper where they are
   * resized: what an `ImageBlock` does. A damaged file then fails there.
   */
  readonly later?: ImageOpener<T>;
}

/** What makes the openers of a class of images. */
interface Opening<T> {
  readonly make: (pixels: Pixels | UndecodedJpeg) => T;
  readonly decode: (where: string, source: EncodedImage, options?: DecodeOptions) => Promise<Pixels>;
  readonly convert: (pixels: Pixels) => Pixels;
  /** Base of the classes of images, which are taken as well. */
  readonly base: Class;
  /** Channels of the class where its JPEG files may be decoded later. */
  readonly laterAs?: 1 | 3;
}

/** The opener of a class of images; `name`: the class's. */
export function opener<T>(name: string, opening: Opening<T>): ImageOpener<T> {
  const { make, decode, convert, base, laterAs } = opening;
  const where = `${name}.open`;
  const inputTypes: readonly Class[] = [String, URL, Uint8Array, ArrayBuffer, Tensor, base];
  const opens =
    (fromFile: (encoded: EncodedImage, options: DecodeOptions) => T | Promise<T>) =>
    async (source: ImageSource, options: DecodeOptions = {}): Promise<T> => {
      const encoded = await encodedImage(where, source);
      if (encoded !== undefined) return fromFile(encoded, options);
      if (source instanceof Tensor) return make(convert(pixelsOf(where, source)));
      if (typeof source === "object" && source !== null && "data" in source) return make(convert(source));
      throw new ValueError(`${where}: expected a path, bytes, pixels or a tensor, got ${typeof source}.`);
    };
  const known = (as: string, open: ReturnType<typeof opens>): ImageOpener<T> => {
    Object.defineProperty(open, "name", { value: as });
    return registerConstant(`vision.${as}`, Object.assign(open, { inputTypes }));
  };
  const whole = async (encoded: EncodedImage, options: DecodeOptions) => {
    const pixels = await decode(where, encoded, options);
    freeDecoded(encoded, pixels);
    return make(pixels);
  };
  const open = known(where, opens(whole));
  if (laterAs === undefined) return open;
  const later = opens((encoded, options) => {
    const waiting = undecoded(where, encoded, laterAs);
    return waiting === undefined ? whole(encoded, options) : make(waiting);
  });
  return Object.assign(open, { later: known(`${where}.later`, later) });
}

/** A file's bytes, read where a path is given; undefined for pixels. */
async function encodedImage(where: string, source: ImageSource): Promise<EncodedImage | undefined> {
  if (typeof source === "string" || source instanceof URL) {
    return readImageFile(where, source instanceof URL ? fileURLToPath(source) : source);
  }
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source) };
  return source instanceof Uint8Array ? { bytes: source } : undefined;
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
