/** Fields with quotes, and where rows end. */

const LF = 10;
const CR = 13;
const SPACE = 32;

/** The characters that divide a file, as bytes. */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
  /** Whether spaces after a delimiter are left out. */
  readonly skipInitialSpace: boolean;
}

/** By byte, whether a field without quotes ends there. */
function stopBytes({ delimiter }: Dialect): Uint8Array {
  const stops = new Uint8Array(256);
  for (const byte of [delimiter, LF, CR]) stops[byte] = 1;
  return stops;
}

/** Where a field that begins with a quote ends, behind its last byte; -1 when its quote is not closed. */
function quotedEnd(bytes: Uint8Array, start: number, stops: Uint8Array, quote: number): number {
  let inside = false;
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number; // in range by the loop
    if (byte === quote) inside = !inside;
    else if (!inside && stops[byte] === 1) return at;
  }
  return inside ? -1 : at;
}

/** The text of a field that begins with a quote: without the outer ones, and with one of each pair inside. */
function quotedText(bytes: Buffer, start: number, end: number, quote: number): string {
  const mark = String.fromCharCode(quote);
  const text = bytes.toString("utf8", start, end);
  if (text.indexOf(mark, 1) === text.length - 1) return text.slice(1, -1);
  let out = "";
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== mark) out += text[i];
    else if (inside && text[i + 1] === mark) out += text[i++];
    else inside = !inside;
  }
  return out;
}

/** The place behind a line end; `at` itself when there is none. */
function afterLineEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === CR) return bytes[at + 1] === LF ? at + 2 : at + 1;
  return bytes[at] === LF ? at + 1 : at;
}

/** The texts of the fields of the row at a place, and where the next row begins. Blank lines before it are left out. */
export function rowTexts(bytes: Buffer, from: number, dialect: Dialect): { texts: string[]; next: number } {
  const stops = stopBytes(dialect);
  let at = from;
  while (bytes[at] === LF || bytes[at] === CR) at += 1;
  const texts: string[] = [];
  while (at < bytes.length) {
    if (dialect.skipInitialSpace) while (bytes[at] === SPACE) at += 1;
    const quoted = bytes[at] === dialect.quote;
    let end = at;
    if (quoted) end = quotedEnd(bytes, at, stops, dialect.quote);
    else while (end < bytes.length && stops[bytes[end] as number] === 0) end += 1;
    if (end < 0) end = bytes.length;
    texts.push(quoted ? quotedText(bytes, at, end, dialect.quote) : bytes.toString("utf8", at, end));
    at = end;
    if (bytes[at] !== dialect.delimiter) break;
    at += 1;
    if (at === bytes.length) texts.push("");
  }
  return { texts, next: afterLineEnd(bytes, at) };
}

/** The line on which a place lies, counted from 1. */
export function lineAt(bytes: Uint8Array, place: number): number {
  let line = 1;
  for (let i = 0; i < place; i++) if (bytes[i] === LF) line += 1;
  return line;
}
