import { ValueError } from "../torch/errors.js";

/** Pixels of one picture. */
export interface Pixels {
  /** Bytes 0..255, or floats 0..1 (what lies outside is clamped). */
  data: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array;
  width: number;
  height: number;
  /** 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA). */
  channels: number;
  /** Order of `data`: "chw" is plane after plane as in a tensor, "hwc" is interleaved as in a file. Default "chw". */
  layout?: "chw" | "hwc";
}

/** Interleaved bytes: [height, width, channels]. */
export interface RgbBytes {
  data: Uint8Array;
  width: number;
  height: number;
  channels: number;
}

/** Bytes 0..255 in interleaved order, shrunk by a whole factor (mean of each block) while larger than twice `fit` pixels. */
export function toBytes(where: string, pixels: Pixels, fit: number): RgbBytes {
  const { data, width, height, channels, layout = "chw" } = pixels;
  if (![1, 2, 3, 4].includes(channels) || width < 1 || height < 1 || data.length !== width * height * channels) {
    throw new ValueError(
      `${where}: expected width x height x channels values with 1 to 4 channels, got ${data.length} values for ` +
        `${width}x${height}x${channels}. Check the shape of the image.`,
    );
  }
  const factor = Math.max(1, Math.floor(Math.max(width, height) / (2 * fit)));
  const [w, h] = [Math.max(1, Math.floor(width / factor)), Math.max(1, Math.floor(height / factor))];
  const unit = data instanceof Float32Array || data instanceof Float64Array ? 255 : 1;
  const [stepC, stepX] = layout === "chw" ? [width * height, 1] : [1, channels];
  const stepY = stepX * width;
  const [blockW, blockH] = [Math.min(factor, width), Math.min(factor, height)];
  const out = new Uint8Array(w * h * channels);
  for (let y = 0, at = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        const corner = c * stepC + x * factor * stepX + y * factor * stepY;
        for (let dy = 0; dy < blockH; dy++)
          for (let dx = 0; dx < blockW; dx++) sum += data[corner + dy * stepY + dx * stepX] ?? 0;
        const value = (sum / (blockW * blockH)) * unit;
        out[at++] = value >= 0 ? Math.min(255, Math.round(value)) : 0; // NaN becomes black
      }
    }
  }
  return { data: out, width: w, height: h, channels };
}
