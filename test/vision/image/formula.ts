/** The pictures of test/parity/image.py, and readers for what it wrote. */
import { readFileSync } from "node:fs";

/** Bytes [height, width, channels] by the script's formula. */
export function pixels(height: number, width: number, channels: number): Uint8Array {
  return Uint8Array.from({ length: height * width * channels }, (_, i) => ((i * i * 31 + i * 7919) % 10007) % 256);
}

/** A picture by the script's formula. */
export function picture(height: number, width: number, channels = 3) {
  return { data: pixels(height, width, channels), width, height, channels };
}

export interface Packed {
  shape: number[];
  data: string;
}

export const bytesOf = ({ data }: Packed): number[] => [...Buffer.from(data, "base64")];

export interface ImageFixture {
  resize: { source: [number, number, number]; to: [number, number]; filter: "bilinear" | "nearest"; result: Packed }[];
  items: {
    name: string;
    pcts: [number, number] | null;
    items: string[];
    results: (Packed & { values?: number[] })[];
  }[];
  files: { name: string; bytes: string; rgb: Packed; grey: Packed; stored: number[][] | null }[];
}

export const fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/image.json", import.meta.url), "utf8"),
) as ImageFixture;

/** The largest difference between two lists of the same length. */
export function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}
