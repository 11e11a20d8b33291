/** Eight-bit images in memory. */
import { keep, Tensor } from "../torch/index.js";
import { nativeImage } from "./native-image.js";

/** Interleaved pixels: `data` is [height, width, channels], one byte a value. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 red green blue, 4 with alpha. */
  readonly channels: number;
}

/** Interleaved pixels in a tensor of bytes, [height, width, channels]. An array of them is made when one asks for it. */
export class TensorPixels implements Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly #pixels: Tensor;
  #data: Uint8Array | null = null;

  /** The handle is one that the addon gave. */
  constructor(handle: number) {
    this.#pixels = takenOver(handle);
    const [height = 0, width = 0, channels = 0] = this.#pixels.shape;
    [this.height, this.width, this.channels] = [height, width, channels];
  }

  /** The tensor's memory. */
  get data(): Uint8Array {
    this.#data ??= bytesOf(this.#pixels);
    return this.#data;
  }

  /** A copy in planes, [channels, height, width]. */
  toPlanes(): Tensor {
    return new Tensor(nativeImage.planesOf(this.#pixels._h));
  }
}

/** The same as a tensor holds them, [channels, height, width]. */
export class PlanarPixels implements Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly #planes: Tensor;

  /** The handle is one that the addon gave. */
  constructor(handle: number) {
    this.#planes = takenOver(handle);
    const [channels = 0, height = 0, width = 0] = this.#planes.shape;
    [this.height, this.width, this.channels] = [height, width, channels];
  }

  /** Interleaved anew at every call. */
  get data(): Uint8Array {
    const planes = bytesOf(this.#planes);
    return this.channels === 1 ? planes : nativeImage.toInterleaved(planes, this.channels);
  }

  /** A copy of the planes. */
  toPlanes(): Tensor {
    return new Tensor(nativeImage.copyOf(this.#planes._h));
  }
}

/** The tensor of a handle that the addon gave. It stays as long as somebody refers to it. */
function takenOver(handle: number): Tensor {
  return keep(new Tensor(handle));
}

function bytesOf(pixels: Tensor): Uint8Array {
  return pixels.data() as Uint8Array; // images are bytes
}

/**
 * Red green blue to grey as Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B + 32768) / 65536, rounded down.
 * Alpha is ignored; grey stays as it is.
 */
export function toGrey(image: Pixels): Pixels {
  if (image.channels === 1) return image;
  const { data, width, height, channels } = image;
  const out = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < out.length; i++, at += channels) {
    const weighted = (data[at] ?? 0) * 19595 + (data[at + 1] ?? 0) * 38470 + (data[at + 2] ?? 0) * 7471;
    out[i] = channels < 3 ? (data[at] ?? 0) : (weighted + 0x8000) >>> 16;
  }
  return { data: out, width, height, channels: 1 };
}

/** Repeats a grey value three times, drops alpha; red green blue stays as it is. */
export function toRgb(image: Pixels): Pixels {
  if (image.channels === 3) return image;
  const { data, width, height, channels } = image;
  const out = new Uint8Array(width * height * 3);
  const grey = channels < 3;
  for (let i = 0, at = 0; i < out.length; i += 3, at += channels) {
    out[i] = data[at] ?? 0;
    out[i + 1] = data[grey ? at : at + 1] ?? 0;
    out[i + 2] = data[grey ? at : at + 2] ?? 0;
  }
  return { data: out, width, height, channels: 3 };
}

/** Cyan, magenta, yellow and black to red green blue as Pillow's `convert("RGB")`: what each ink leaves of what black leaves. */
export function inksToRgb(image: Pixels): Pixels {
  const { data, width, height, channels } = image;
  const out = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < out.length; i += 3, at += channels) {
    const white = 255 - (data[at + 3] ?? 0);
    for (let c = 0; c < 3; c++) {
      const product = (data[at + c] ?? 0) * white + 128;
      out[i + c] = white - (((product >> 8) + product) >> 8); // white * ink / 255, rounded
    }
  }
  return { data: out, width, height, channels: 3 };
}
