import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readParquet } from "../../src/frame/index.js";
import { FileFormatError, ValueError } from "../../src/torch/index.js";
import { outcome } from "./damage.js";
import { type Column, codecs, dataPage, encodings, file, newPage, types } from "./parquet-bytes.js";
import { delta, ints, page, plain, references, run, sized, text, words } from "./parquet-examples.js";

describe("readParquet of hand-made bytes", () => {
  const literals = Buffer.concat([Buffer.from([0x80]), ints(5, 6)]);
  const framed = Buffer.from([0, 0, 0, 8, 0, 0, 0, literals.length]);

  it.each<[string, Column, number, unknown[]]>([
    ["plain integers", { pages: [plain] }, 2, [5, 6]],
    ["gaps", { optional: true, pages: [page(Buffer.concat([sized(run(1, 0), run(1, 1)), ints(6)]), 2)] }, 2, [null, 6]],
    [
      "packed gaps",
      { optional: true, pages: [page(Buffer.concat([sized(Buffer.from([3, 5])), ints(6, 7)]), 3)] },
      3,
      [6, null, 7],
    ],
    [
      "references",
      { type: types.bytes, converted: 0, pages: [words, page(references(1, run(2, 1)), 2, encodings.dictionary)] },
      2,
      ["two", "two"],
    ],
    [
      "newer pages",
      { optional: true, pages: [newPage(Buffer.concat([run(1, 1), run(1, 0), ints(9)]), 4, { 1: 2, 2: 1, 3: 2 })] },
      2,
      [9, null],
    ],
    ["truth values", { type: types.flag, pages: [page(sized(run(2, 1)), 2, encodings.runs)] }, 2, [true, true]],
    ["differences", { pages: [page(delta(8, 1, 3, 7, 2, 0), 3, encodings.delta)] }, 3, [7, 8, 9]],
    [
      "texts like those before",
      {
        type: types.bytes,
        converted: 0,
        pages: [
          page(
            Buffer.concat([delta(8, 1, 2, 0, 4, 0), delta(8, 1, 2, 3, 3, 0), Buffer.from("abcd")]),
            2,
            encodings.deltaTexts,
          ),
        ],
      },
      2,
      ["abc", "abd"],
    ],
    [
      "decimals of any length",
      { type: types.bytes, converted: 5, pages: [page(Buffer.concat([ints(2), Buffer.from([0xff, 0x06])]), 1)] },
      1,
      [-250],
    ],
    [
      "LZ4 in the blocks of Hadoop",
      { codec: codecs.lz4, pages: [dataPage(Buffer.concat([framed, literals]), { count: 2, expanded: 8 })] },
      2,
      [5, 6],
    ],
    ["LZ4 without its sizes", { codec: codecs.lz4, pages: [dataPage(literals, { count: 2, expanded: 8 })] }, 2, [5, 6]],
    ["gzip", { codec: codecs.gzip, pages: [dataPage(gzipSync(ints(5, 6)), { count: 2, expanded: 8 })] }, 2, [5, 6]],
  ])("reads %s", async (_, column, rows, expected) => {
    const df = await readParquet(file({ x: column }, rows));
    expect([...df.column("x")]).toEqual(expected);
  });

  it("reads JSON of plain values, and says where there are others", async () => {
    const column = (value: string): Column => ({ type: types.bytes, converted: 19, pages: [page(text(value), 1)] });
    expect([...(await readParquet(file({ x: column("1.5") }, 1))).column("x")]).toEqual([1.5]);
    const error = await outcome(() => readParquet(file({ x: column("[1]") }, 1)));
    expect(error).toBeInstanceOf(ValueError);
    expect(String(error)).toMatch(/lists or records in "x"/);
  });

  it("leaves out columns that it could not read", async () => {
    const bytes = file({ x: { pages: [plain] }, old: { codec: 3, pages: [plain] } }, 2);
    expect([...(await readParquet(bytes, { columns: ["x"] })).column("x")]).toEqual([5, 6]);
    expect(String(await outcome(() => readParquet(bytes)))).toMatch(/pages compressed by UNCOMPRESSED, .*, got LZO/);
  });

  it("reads the pages that are needed for the first rows", async () => {
    const broken = page(Buffer.alloc(0), 2);
    const bytes = file({ x: { pages: [plain, broken] } }, 4);
    expect([...(await readParquet(bytes, { rows: 2 })).column("x")]).toEqual([5, 6]);
    expect(await outcome(() => readParquet(bytes))).toBeInstanceOf(FileFormatError);
  });
});
