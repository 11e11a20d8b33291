import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readParquet } from "../../src/frame/index.js";
import { FileFormatError } from "../../src/torch/index.js";
import { damage, fixture, outcome } from "./damage.js";
import {
  type Column,
  codecs,
  dataPage,
  dictionaryPage,
  encodings,
  file,
  newPage,
  struct,
  types,
  varint,
  zigzag,
} from "./parquet-bytes.js";
import { delta, ints, page, plain, references, run, sized, text, words } from "./parquet-examples.js";

describe("readParquet of damaged bytes", () => {
  const coded = (content: Buffer, count = 2, type = types.bytes): Column => ({
    type,
    pages: [words, page(content, count, encodings.dictionary)],
  });
  const texts = (...pages: Buffer[]): Column => ({ type: types.bytes, pages });
  const packed = (codec: number, content: Buffer, expanded: number): Column => ({
    codec,
    pages: [dataPage(content, { count: 2, expanded })],
  });
  const deep = Array.from({ length: 100 }).reduce<Buffer>(
    (inner) => Buffer.concat([Buffer.from([0x1c]), inner, Buffer.from([0])]),
    Buffer.from([0]),
  );
  const far = { list: [{ 1: { list: [] }, 3: { long: 2n ** 40n } }] };

  it.each<[string, Uint8Array, RegExp]>([
    [
      "a list of 2^31 - 1 columns",
      file({ x: { pages: [plain] } }, 2, { 2: { list: [], count: 2 ** 31 - 1 } }),
      /a list in the \d+ bytes that are left, got one of 2147483647/,
    ],
    [
      "a list of lists without an end",
      file({ x: { pages: [plain] } }, 2, { 9: { list: [{ list: [], count: 2 ** 30 }] } }),
      /a list in the \d+ bytes that are left/,
    ],
    [
      "structs in structs in structs",
      Buffer.concat([Buffer.from("PAR1"), deep, ints(deep.length), Buffer.from("PAR1")]),
      /metadata that ends, got 33 levels/,
    ],
    [
      "a number without an end",
      file({ x: { pages: [plain] } }, 2, { 3: { list: [] } }),
      /metadata of type 3 or 4 or 5 or 6, got 9/,
    ],
    [
      "rows that are in no group",
      file({ x: { pages: [plain] } }, 2, { 3: { long: 3 } }),
      /3 rows in all groups, got 2/,
    ],
    [
      "2^40 rows",
      file({ x: { pages: [plain] } }, 2n ** 40n),
      /at most \d+ cells in a file of \d+ bytes, got 1099511627776/,
    ],
    [
      "2^40 rows of no pages",
      file({}, 2, {
        3: { long: 2n ** 40n },
        4: far,
        2: {
          list: [
            { 4: "root", 5: 1 },
            { 1: 1, 3: 0, 4: "x" },
          ],
        },
      }),
      /at most \d+ cells/,
    ],
    [
      "more columns than are described",
      file({}, 0, { 2: { list: [{ 4: "root", 5: 2 ** 30 }] } }),
      /1073741824 columns, got 0/,
    ],
    [
      "a column beyond the end",
      file({ x: { pages: [plain], says: { size: 2 ** 40 } } }, 2),
      /"x" within \d+ bytes, got 1099511627776 bytes at 4/,
    ],
    [
      "a column before the beginning",
      file({ x: { pages: [plain], says: { offset: -8 } } }, 2),
      /"x" within \d+ bytes, got \d+ bytes at -8/,
    ],
    [
      "columns at one place",
      file(
        {
          x: { pages: [plain, Buffer.alloc(400)] },
          y: { says: { offset: 4, size: 400 } },
          z: { says: { offset: 4, size: 400 } },
        },
        2,
      ),
      /bytes together, got more/,
    ],
    [
      "a column that is in no group",
      file({ x: { pages: [plain], says: { path: "y" } } }, 2),
      /"x" of type INT32 in every group of rows, got undefined/,
    ],
    [
      "a page of a negative length",
      file({ x: { pages: [dataPage(ints(5, 6), { count: 2, length: -8 })] } }, 2),
      /a page in \d+ bytes, got -8 bytes/,
    ],
    [
      "a page of 2^31 - 1 bytes",
      file({ x: packed(codecs.zstd, Buffer.alloc(9), 2 ** 31 - 1) }, 2),
      /at most \d+ bytes in a file/,
    ],
    [
      "a page of 2^31 - 1 values",
      file({ x: { pages: [page(ints(5, 6), 2 ** 31 - 1)] } }, 2),
      /up to 2 rows in a page, got 2147483647/,
    ],
    ["fewer values than rows", file({ x: { pages: [page(ints(5), 1)] } }, 2), /expected 2 rows, got 1/],
    [
      "fewer bytes than values",
      file({ x: { pages: [page(ints(5), 2)] } }, 2),
      /2 values of 32 bits at least, got 4 bytes/,
    ],
    [
      "a dictionary of 2^31 - 1 values",
      file({ x: { type: types.bytes, pages: [dictionaryPage(text("one"), 2 ** 31 - 1)] } }, 2),
      /2147483647 values of 32 bits/,
    ],
    [
      "references without a dictionary",
      file({ x: texts(page(references(1, run(2, 1)), 2, encodings.dictionary)) }, 2),
      /a dictionary in front/,
    ],
    [
      "a run of 2^29 references",
      file({ x: coded(references(1, run(2 ** 29, 1))) }, 2),
      /runs of 2 values in \d+ bytes, got one of 536870912/,
    ],
    [
      "a run of 2^29 levels",
      file({ x: { optional: true, pages: [page(Buffer.concat([sized(run(2 ** 29, 1)), ints(5, 6)]), 2)] } }, 2),
      /runs of 2 values/,
    ],
    [
      "packed values of no bits without an end",
      file({ x: coded(references(0, Buffer.from([0xff, 0xff, 0xff, 0xff, 7]))) }, 2),
      /runs of 2 values/,
    ],
    [
      "packed values of no number",
      file({ x: coded(references(1, Buffer.from([1, 1, 1]))) }, 2),
      /runs of 2 values in \d+ bytes, got one of 0/,
    ],
    ["references of 200 bits", file({ x: coded(references(200, run(2, 1))) }, 2), /up to 32 bits, got 200/],
    [
      "newer pages whose levels are longer",
      file({ x: { optional: true, pages: [newPage(ints(5, 6), 900, { 1: 2, 3: 2 })] } }, 2),
      /levels of 2 values/,
    ],
    [
      "newer pages of gaps in a column without",
      file({ x: { pages: [newPage(ints(5, 6), 0, { 1: 2, 2: 1, 3: 2 })] } }, 2),
      /got 1 gaps/,
    ],
    [
      "differences in blocks of a negative size",
      file({ x: { pages: [page(delta(2 ** 32 - 8, 1, 2, 7, 2, 0), 2, encodings.delta)] } }, 2),
      /blocks of differences, got 1 in 4294967288/,
    ],
    [
      "differences in no blocks",
      file({ x: { pages: [page(delta(128, 0, 2, 7, 2, 0), 2, encodings.delta)] } }, 2),
      /blocks of differences, got 0 in 128/,
    ],
    [
      "texts like 2^30 bytes before",
      file(
        {
          x: texts(
            page(
              Buffer.concat([delta(8, 1, 2, 0, ...zigzag(2 ** 30), 0), delta(8, 1, 2, 3, 0, 0), Buffer.from("abcdef")]),
              2,
              encodings.deltaTexts,
            ),
          ),
        },
        2,
      ),
      /begins like one of 3 bytes, got 1073741824/,
    ],
    [
      "values of no length",
      file({ x: { type: types.fixed, length: 0, pages: [page(ints(5, 6), 2)] } }, 2),
      /2 values of 0 bits/,
    ],
    [
      "decimals of a thousand bytes",
      file({ x: { type: types.bytes, converted: 5, pages: [page(text("x".repeat(1000)), 1)] } }, 1),
      /decimals of 32 bytes, got 1000/,
    ],
    [
      "decimals of 2^20 bytes each",
      file({ x: { type: types.fixed, length: 2 ** 20, converted: 5, pages: [plain] } }, 2),
      /decimals of up to 32 bytes, got 1048576/,
    ],
    [
      "Snappy of another size",
      file({ x: packed(codecs.snappy, Buffer.from([8, 28, 5, 0, 0, 0, 6, 0, 0, 0]), 900) }, 2),
      /\(Snappy\), got 10 bytes for 8, not 900/,
    ],
    [
      "Snappy of more than any",
      file({ x: packed(codecs.snappy, Buffer.concat([varint(2 ** 20), Buffer.alloc(9)]), 2 ** 20) }, 2),
      /\(Snappy\), got 12 bytes for 1048576/,
    ],
    [
      "LZ4 of more than any",
      file({ x: packed(codecs.raw, Buffer.alloc(9), 2 ** 20) }, 2),
      /\(LZ4\), got 9 bytes for 1048576/,
    ],
    [
      "gzip of more than was said",
      file({ x: packed(codecs.gzip, gzipSync(Buffer.alloc(2 ** 20)), 8) }, 2),
      /Cannot create a Buffer larger than 8/,
    ],
    [
      "brotli of more than was said",
      file({ x: packed(codecs.brotli, brotliCompressSync(Buffer.alloc(2 ** 24)), 8) }, 2),
      /Cannot create a Buffer larger than 8/,
    ],
    [
      "gzip of less than was said",
      file({ x: packed(codecs.gzip, gzipSync(ints(5)), 8) }, 2),
      /a page of 8 bytes, got 4/,
    ],
    [
      "metadata of another length",
      Buffer.concat([Buffer.from("PAR1"), struct({}), ints(2 ** 30), Buffer.from("PAR1")]),
      /"PAR1" behind the metadata/,
    ],
    ["nothing", new Uint8Array(), /"PAR1" behind the metadata, got 0 bytes/],
  ])("refuses %s", async (_, bytes, what) => {
    const error = await outcome(() => readParquet(bytes));
    expect(error).toBeInstanceOf(FileFormatError);
    expect(String(error)).toMatch(/readParquet: expected a whole Parquet file, got another in the bytes/);
    expect(String(error)).toMatch(what);
  });

  it.each(["none", "snappy", "gzip", "brotli", "zstd", "lz4", "pages", "nested"])(
    "gives a frame or says what is wrong, whatever is damaged in %s.parquet",
    async (name) => {
      const whole = fixture(`${name}.parquet`);
      await fc.assert(
        fc.asyncProperty(damage(whole), async (bytes) => {
          const error = await outcome(() => readParquet(bytes));
          expect(error === null || /FileFormatError|ValueError/.test(error.constructor.name)).toBe(true);
        }),
        { numRuns: 120 },
      );
    },
  );
});
