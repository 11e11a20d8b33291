/** How the pages of Parquet files are decompressed. */
import { brotliDecompressSync, unzipSync } from "node:zlib";
import type { CompressionCodec } from "hyparquet";
import { snappyUncompressor } from "hysnappy";
import { unexpected } from "../unexpected.js";
import { lz4Hadoop, lz4Raw } from "./lz4.js";
import { zstd } from "./zstd.js";

type Decode = (bytes: Uint8Array, size: number) => Uint8Array;

const decodeSnappy = snappyUncompressor();

/** What three bytes of Snappy stand for at most is 64, so that a byte stands for less than this. */
const MOST_SNAPPY = 22;

/** Snappy says in front how many bytes it makes: the decoder makes as many, whatever it is asked for. */
function snappy(bytes: Uint8Array, size: number): Uint8Array {
  let own = 0;
  for (let at = 0; at < 5; at++) {
    const byte = bytes[at] ?? 0;
    own += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) break;
  }
  if (own === size && size <= MOST_SNAPPY * bytes.length) return decodeSnappy(bytes, size);
  throw unexpected("compressed data (Snappy)", `${bytes.length} bytes for ${own}, not ${size}`);
}

/** A decoder of Node's, which makes no more than it is asked for. The result has memory of its own. */
function native(decode: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array): Decode {
  return (bytes, size) => new Uint8Array(decode(bytes, { maxOutputLength: size }));
}

const codecs: Partial<Record<CompressionCodec, Decode>> = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: snappy,
  GZIP: native(unzipSync),
  BROTLI: native(brotliDecompressSync),
  LZ4: lz4Hadoop,
  LZ4_RAW: lz4Raw,
  ZSTD: zstd,
};

/** The bytes of a page, of which `size` are expected. Throws an error on others. */
export function decompressPage(codec: CompressionCodec, bytes: Uint8Array, size: number): Uint8Array {
  const decode = codecs[codec];
  if (!decode) throw unexpected(`pages compressed by ${Object.keys(codecs).join(", ")}`, codec);
  const page = size === 0 && codec !== "UNCOMPRESSED" ? new Uint8Array() : decode(bytes, size);
  if (page.length !== size) throw unexpected(`a page of ${size} bytes`, page.length);
  return page;
}
