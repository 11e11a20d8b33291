/** Bytes of any encoding as UTF-8. */
import { isUtf8 } from "node:buffer";
import { FileFormatError, OptionError } from "../../torch/index.js";

const marks: readonly [encoding: string, bytes: readonly number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** The byte-order mark at the beginning: which encoding it stands for, and how long it is. */
export function byteOrderMark(bytes: Uint8Array): { encoding: string; length: number } | null {
  const found = marks.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  return found ? { encoding: found[0], length: found[1].length } : null;
}

/** A decoder for an encoding by name. Throws `OptionError` when there is none. */
export function decoderFor(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding);
  } catch (cause) {
    const message = `readCsv: expected the name of an encoding, such as "utf-8", "latin1" or "utf-16le", got "${encoding}".`;
    throw new OptionError(message, { cause });
  }
}

/** Throws `FileFormatError` naming the line when the bytes are not UTF-8. */
function checkUtf8(bytes: Uint8Array): void {
  if (isUtf8(bytes)) return;
  let [from, line] = [0, 1];
  for (;;) {
    const next = bytes.indexOf(10, from);
    const end = next < 0 ? bytes.length : next + 1;
    if (next < 0 || !isUtf8(bytes.subarray(from, end))) break;
    [from, line] = [end, line + 1];
  }
  throw new FileFormatError(
    `readCsv: expected UTF-8, got other bytes in line ${line}. Pass { encoding: "latin1" } or what the file was written in.`,
  );
}

/**
 * The same text in UTF-8 without a byte-order mark; UTF-8 itself is checked and shared. A mark wins over the name. Bytes
 * that are not `final` are checked up to their last line end.
 */
export function toUtf8(bytes: Uint8Array, encoding: string, final = true): Buffer {
  const mark = byteOrderMark(bytes);
  const name = mark?.encoding ?? encoding;
  const content = bytes.subarray(mark?.length ?? 0);
  const decoder = decoderFor(name);
  if (decoder.encoding !== "utf-8") return Buffer.from(decoder.decode(content));
  checkUtf8(final ? content : content.subarray(0, content.lastIndexOf(10) + 1));
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}
