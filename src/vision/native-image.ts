/** The addon's image functions (`binding/vision.cc`). They throw plain errors; callers check arguments first. */
import { join } from "node:path";
import { addonFolder, native } from "../native.js";
import type { Pixels } from "./pixels.js";

/** The options of a crop as the addon reads them. */
export interface CropPadRequest {
  left: number;
  top: number;
  width: number;
  height: number;
  outWidth: number;
  outHeight: number;
  /** 0 zeros, 1 border, 2 reflection. */
  padMode: number;
  /** 0 bilinear, 1 nearest. */
  filter: number;
}

/** Images go in as bytes and come back as handles of tensors: see NOTE [ pixels are tensors ] in `cpp/vision/pixel_tensors.h`. */
interface NativeImage {
  cropPadAsync(image: Pixels, request: CropPadRequest): Promise<number>;
  dihedral(image: Pixels, k: number): number;
  toPlanar(image: Pixels): number;
  /** The same of a tensor [height, width, channels]. */
  planesOf(handle: number): number;
  /** A copy of an image's tensor. */
  copyOf(handle: number): number;
  toInterleaved(planes: Uint8Array, channels: number): Uint8Array;
  /** Null when the file cannot be read in one go. */
  readFileAsync(path: string): Promise<Uint8Array | null>;
  /** Null when the file is large, or reading it would have to wait for a disk. */
  readCachedFile(path: string): Uint8Array | null;
  /** Frees the memory of bytes that these functions read, before the collector would; they are none afterwards. */
  forget(bytes: Uint8Array): void;
  useJpegLibrary(path: string): boolean;
  /** Null for files that cannot be decoded, always where the library is missing. */
  decodeJpeg(bytes: Uint8Array, orientation: number): number | null;
  decodeJpegAsync(bytes: Uint8Array, orientation: number): Promise<number | null>;
  cropPadJpegAsync(bytes: Uint8Array, orientation: number, request: CropPadRequest): Promise<number | null>;
}

/** The addon exports these beside the functions that `src/native.ts` describes. */
export const nativeImage = native as unknown as NativeImage;

/** Whether JPEG files are decoded by the addon. */
export const readsJpeg = nativeImage.useJpegLibrary(join(addonFolder, "libturbojpeg.so.0"));
