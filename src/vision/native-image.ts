/** The addon's image functions (`binding/vision.cc`). They throw plain errors; callers check arguments first. */
import { join } from "node:path";
import { addonFolder, native } from "../native.js";
import type { Pixels, PlanarPixels } from "./pixels.js";

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

interface NativeImage {
  cropPadAsync(image: Pixels, request: CropPadRequest): Promise<PlanarPixels>;
  dihedral(image: Pixels, k: number): Uint8Array;
  toPlanar(image: Pixels): Uint8Array;
  toInterleaved(planes: Uint8Array, channels: number): Uint8Array;
  /** Null when the file cannot be read in one go. */
  readFileAsync(path: string): Promise<Uint8Array | null>;
  /** Null when the file is large, or reading it would have to wait for a disk. */
  readCachedFile(path: string): Uint8Array | null;
  useJpegLibrary(path: string): boolean;
  /** Null for files that cannot be decoded, always where the library is missing. */
  decodeJpeg(bytes: Uint8Array, orientation: number): Pixels | null;
  decodeJpegAsync(bytes: Uint8Array, orientation: number): Promise<Pixels | null>;
  cropPadJpegAsync(bytes: Uint8Array, orientation: number, request: CropPadRequest): Promise<PlanarPixels | null>;
}

/** The addon exports these beside the functions that `src/native.ts` describes. */
export const nativeImage = native as unknown as NativeImage;

/** Whether JPEG files are decoded by the addon. */
export const readsJpeg = nativeImage.useJpegLibrary(join(addonFolder, "libturbojpeg.so.0"));
