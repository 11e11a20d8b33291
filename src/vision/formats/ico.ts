/** Windows icons: several images in one file. */

/** Where an icon's image lies in the file. */
interface Entry {
  readonly pixels: number;
  readonly depth: number;
  readonly from: number;
  readonly length: number;
}

/** The file of the largest image in an icon, of the most colours among those: a PNG, or a bitmap without its file header. */
export function largestIcon(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = Array.from({ length: view.getUint16(4, true) }, (_, i): Entry => {
    const at = 6 + 16 * i;
    // One byte a side; 0 stands for 256.
    const pixels = (view.getUint8(at) || 256) * (view.getUint8(at + 1) || 256);
    const depth = view.getUint16(at + 6, true);
    return { pixels, depth, length: view.getUint32(at + 8, true), from: view.getUint32(at + 12, true) };
  });
  const [best] = entries.sort((a, b) => b.pixels - a.pixels || b.depth - a.depth);
  if (!best) throw new Error("there is no image in the icon");
  if (best.from + best.length > bytes.length) throw new Error("the icon's image reaches past the end of the file");
  return bytes.subarray(best.from, best.from + best.length);
}
