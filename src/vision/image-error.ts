import { FileFormatError } from "../torch/index.js";
import { imageFormat } from "./image-format.js";

/** A file, or bytes, that should be an image and cannot be read as one. */
export class ImageError extends FileFormatError {
  /** The file, when there is one. */
  readonly file?: string;
  /** What its first bytes say it is: `"PNG"`, `"nothing"`, `"bytes of no known image format"`, … */
  readonly format?: string;

  constructor(message: string, detail: { file?: string; format?: string; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    if (detail.file !== undefined) this.file = detail.file;
    if (detail.format !== undefined) this.format = detail.format;
  }
}

const readable = ["JPEG", "PNG", "GIF", "WebP", "TIFF", "AVIF", "SVG", "BMP", "ICO", "TGA", "PNM"];

/** The error for bytes that could not be decoded, saying what they seem to be and what to do. */
export function unreadable(where: string, bytes: Uint8Array, file: string | undefined, cause: unknown): ImageError {
  const format = imageFormat(bytes);
  const source = file === undefined ? "" : ` in ${file}`;
  const reason = cause instanceof Error ? ` (${cause.message.trim().split("\n").at(-1)})` : "";
  const message = readable.includes(format)
    ? `${where}: expected a whole ${format} file, got damaged data${source}${reason}. Replace or delete the file; verifyImages finds all such files.`
    : `${where}: expected an image (${readable.join(", ")}), got ${format}${source}. Convert it to PNG or JPEG, or leave it out.`;
  return new ImageError(message, { format, cause, ...(file === undefined ? {} : { file }) });
}
