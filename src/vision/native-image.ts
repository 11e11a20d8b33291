/** The addon's image functions (`binding/vision.cc`). They throw plain errors; callers check arguments first. */
import { native } from "../native.js";
import type { Pixels } from "./pixels.js";

interface CropPadRequest {
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
  cropPad(image: Pixels, request: CropPadRequest): Uint8Array;
  cropPadAsync(image: Pixels, request: CropPadRequest): Promise<Uint8Array>;
  dihedral(image: Pixels, k: number): Uint8Array;
  toPlanar(image: Pixels): Uint8Array;
}

/** The addon exports these beside the functions that `src/native.ts` describes. */
export const nativeImage = native as unknown as NativeImage;
