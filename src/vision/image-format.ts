/** What kind of file some bytes are, by their first bytes. */
import { looksLikeTga } from "./formats/tga.js";

const latin = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

const signatures: readonly (readonly [name: string, test: (bytes: Uint8Array) => boolean])[] = [
  ["JPEG", (b) => b[0] === 0xff && b[1] === 0xd8],
  ["PNG", (b) => latin(b, 0, 8) === "\x89PNG\r\n\x1a\n"],
  ["GIF", (b) => latin(b, 0, 4) === "GIF8"],
  ["WebP", (b) => latin(b, 0, 4) === "RIFF" && latin(b, 8, 12) === "WEBP"],
  ["TIFF", (b) => ["II*\0", "MM\0*"].includes(latin(b, 0, 4))],
  ["AVIF", (b) => latin(b, 4, 8) === "ftyp" && ["avif", "avis"].includes(latin(b, 8, 12))],
  ["HEIF", (b) => latin(b, 4, 8) === "ftyp"],
  ["BMP", (b) => latin(b, 0, 2) === "BM"],
  ["ICO", (b) => b[0] === 0 && b[1] === 0 && b[2] === 1 && b[3] === 0],
  ["PNM", (b) => /^P[1-7]\s/.test(latin(b, 0, 3))],
  ["DICOM", (b) => latin(b, 128, 132) === "DICM"],
  ["PDF", (b) => latin(b, 0, 4) === "%PDF"],
  ["SVG", (b) => /^\s*<(\?xml|svg|!DOCTYPE svg)/.test(latin(b, 0, 64))],
  ["HTML", (b) => /^\s*<(!doctype html|html)/i.test(latin(b, 0, 64))],
  ["zip", (b) => latin(b, 0, 4) === "PK\x03\x04"],
];

/**
 * The format's name (`"JPEG"`, `"PNG"`, `"GIF"`, …), `"nothing"` for no bytes, or `"bytes of no known image format"`.
 * TGA has no signature: bytes of no other format are taken for it where they begin with a header that makes sense.
 */
export function imageFormat(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing";
  const known = signatures.find(([, test]) => test(bytes));
  if (known) return known[0];
  return looksLikeTga(bytes) ? "TGA" : "bytes of no known image format";
}
