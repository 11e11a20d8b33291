import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.js";
import { FileFormatError } from "../torch/errors.js";

/** Weights of the shipped font. */
export type FontWeight = "regular" | "bold";

/** Font family written into every picture; the first name is the font that ships with the package. */
export const fontFamily = "Inter, Helvetica, Arial, sans-serif";

const folder = join(packageRoot, "assets", "fonts");
const files: Record<FontWeight, string> = {
  regular: join(folder, "Inter-Regular.ttf"),
  bold: join(folder, "Inter-SemiBold.ttf"),
};

/** Paths of the font files that ship with the package. */
export const fontFiles: readonly string[] = Object.values(files);

/** Advance widths of one font file, in units of the font size. */
interface FontMetrics {
  advances: Map<number, number>;
  fallback: number;
}

const loaded = new Map<FontWeight, FontMetrics>();

function metrics(weight: FontWeight): FontMetrics {
  const known = loaded.get(weight);
  if (known) return known;
  const fresh = parseAdvances(readFileSync(files[weight]));
  loaded.set(weight, fresh);
  return fresh;
}

/** Reads the advance widths out of a TrueType file (tables head, hhea, hmtx and a format 4 cmap). */
export function parseAdvances(bytes: Uint8Array): FontMetrics {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const at = 12 + 16 * i;
    tables.set(String.fromCharCode(...bytes.subarray(at, at + 4)), view.getUint32(at + 8));
  }
  const table = (tag: string) => {
    const at = tables.get(tag);
    if (at === undefined)
      throw new FileFormatError(`parseAdvances: expected a TrueType font with a ${tag} table, got none.`);
    return at;
  };
  const unitsPerEm = view.getUint16(table("head") + 18);
  const nMetrics = view.getUint16(table("hhea") + 34);
  const hmtx = table("hmtx");
  const width = (glyph: number) => view.getUint16(hmtx + 4 * Math.min(glyph, nMetrics - 1)) / unitsPerEm;
  const advances = new Map<number, number>();
  for (const [code, glyph] of readCmap(view, table("cmap"))) advances.set(code, width(glyph));
  return { advances, fallback: width(0) };
}

function* readCmap(view: DataView, cmap: number): Generator<[code: number, glyph: number]> {
  const count = view.getUint16(cmap + 2);
  const offsets = Array.from({ length: count }, (_, i) => cmap + view.getUint32(cmap + 8 + 8 * i));
  const at = offsets.find((offset) => view.getUint16(offset) === 4);
  if (at === undefined) return;
  const segX2 = view.getUint16(at + 6);
  for (let s = 0; s < segX2; s += 2) {
    const end = view.getUint16(at + 14 + s);
    const start = view.getUint16(at + 16 + segX2 + s);
    const delta = view.getInt16(at + 16 + 2 * segX2 + s);
    const rangeAt = at + 16 + 3 * segX2 + s;
    const range = view.getUint16(rangeAt);
    for (let code = start; code <= end && code !== 0xffff; code++) {
      const raw = range === 0 ? code : view.getUint16(rangeAt + range + 2 * (code - start));
      const glyph = range !== 0 && raw === 0 ? 0 : (raw + delta) & 0xffff;
      if (glyph !== 0) yield [code, glyph];
    }
  }
}

/** Width of one line of text in pixels at a font size in pixels. Characters that the font lacks count as one em. */
export function textWidth(text: string, size: number, weight: FontWeight = "regular"): number {
  const { advances } = metrics(weight);
  let sum = 0;
  for (const char of text) sum += advances.get(char.codePointAt(0) ?? 0) ?? 1;
  return sum * size;
}

/** Whether the shipped font can draw every character of a text; if not, the fonts of the system are asked too. */
export function fontCovers(text: string): boolean {
  const { advances } = metrics("regular");
  for (const char of text) if (char > "\u001f" && !advances.has(char.codePointAt(0) ?? 0)) return false;
  return true;
}
