import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readArrow } from "../../src/frame/index.js";
import { FileFormatError } from "../../src/torch/index.js";
import { field, file, int32, message, records, schema, stream, type Table, types } from "./arrow-bytes.js";
import {
  codedInts,
  columnOfGaps,
  columnOfInts,
  columnOfTexts,
  columnOfViews,
  decimals,
  ints,
  longs,
  none,
  runs,
  runsOfInts,
  view,
} from "./arrow-examples.js";
import { damage, fixture, outcome } from "./damage.js";

/** Runs in runs, so deep. */
function deepRuns(depth: number): Table {
  const ends = field("ends", types.int, int32);
  return depth === 0 ? ends : runs(ends, deepRuns(depth - 1));
}

describe("readArrow of damaged bytes", () => {
  const zstdOf = (size: bigint) =>
    Buffer.concat([Buffer.from(BigInt64Array.of(size).buffer), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0])]);
  const compressed = (codec: number, size: bigint) => stream(columnOfInts, { rows: 2, codec }, [none, zstdOf(size)]);
  const shared: Table = field("x", types.null);

  it.each<[string, Uint8Array, RegExp]>([
    [
      "2^31 - 1 columns",
      message(1, [null, { tables: [], count: 2 ** 31 - 1 }]),
      /metadata within its \d+ bytes, got 8589934588 bytes at/,
    ],
    [
      "2^31 - 1 rows of nodes",
      stream(columnOfInts, { rows: 2, nodes: [] }, [none, ints(5, 6)]),
      /another column.*got its end/,
    ],
    ["one column many times", message(1, [null, { same: shared, times: 1e5 }]), /everything has its own place/],
    [
      "a column that contains itself",
      message(1, schema([field("r", types.runs, [], [null, { itself: 2 }])])),
      /metadata within its \d+ bytes, got 4 bytes at \d{10}/,
    ],
    ["runs in runs in runs", stream([deepRuns(40)], { rows: 1 }), /expected runs of values, got runs of runs/],
    [
      "a column of another byte order",
      message(1, [{ short: 1 }, { tables: columnOfInts }]),
      /lowest byte is the first/,
    ],
    [
      "a decimal of 2^30 digits",
      stream(decimals(2 ** 30), { rows: 1 }, [none, longs(15, 0)]),
      /at most 1000 digits, got one of 1073741824/,
    ],
    [
      "two thousand million gaps",
      stream(columnOfGaps, { rows: 2e9 }),
      /at most \d+ cells in a file of \d+ bytes, got 2000000000/,
    ],
    ["2^60 gaps", stream(columnOfGaps, { rows: 2n ** 60n }), /a number up to 2\^53/],
    [
      "values of no bytes",
      stream([field("f", types.fixed, [{ int: 0 }])], { rows: 2e9 }, [none, none]),
      /at most \d+ cells/,
    ],
    [
      "runs of two thousand million",
      stream(
        runsOfInts,
        {
          rows: 2e9,
          nodes: [
            [2e9, 0],
            [1, 0],
            [1, 0],
          ],
        },
        [none, ints(2e9), none, ints(7)],
      ),
      /at most \d+ cells/,
    ],
    [
      "a region beyond the body",
      stream(
        columnOfInts,
        {
          rows: 2,
          regions: [
            [0, 0],
            [0, 800],
          ],
        },
        [ints(5, 6)],
      ),
      /a body of 8 bytes, got 800 bytes at 0/,
    ],
    [
      "a region before the body",
      stream(
        columnOfInts,
        {
          rows: 2,
          regions: [
            [0, 0],
            [-8, 8],
          ],
        },
        [ints(5, 6)],
      ),
      /a body of 8 bytes, got 8 bytes at -8/,
    ],
    [
      "one region twice",
      stream(
        [...columnOfInts, field("m", types.int, int32)],
        {
          rows: 2,
          nodes: [
            [2, 0],
            [2, 0],
          ],
          regions: [
            [0, 0],
            [0, 8],
            [0, 0],
            [0, 8],
          ],
        },
        [ints(5, 6)],
      ),
      /buffers side by side/,
    ],
    [
      "more rows than values",
      stream(columnOfInts, { rows: 3 }, [none, ints(5, 6)]),
      /3 values of 32 bits, got 8 bytes/,
    ],
    [
      "rows of one column only",
      stream(columnOfInts, { rows: 3, nodes: [[2, 0]] }, [none, ints(5, 6)]),
      /3 rows in every column, got 2/,
    ],
    ["fewer than no rows", stream(columnOfInts, { rows: -1 }, [none, ints(5, 6)]), /expected rows of a column, got -1/],
    [
      "descending offsets",
      stream(columnOfTexts, { rows: 2 }, [none, ints(0, 3, 1), Buffer.from("abc")]),
      /ascend from 3, got 1/,
    ],
    [
      "a negative offset",
      stream(columnOfTexts, { rows: 1 }, [none, ints(-1, 3), Buffer.from("abc")]),
      /ascend from 0, got -1/,
    ],
    [
      "texts beyond their buffer",
      stream(columnOfTexts, { rows: 1 }, [none, ints(0, 4), Buffer.from("abc")]),
      /within 3 bytes, got one up to 4/,
    ],
    [
      "too few offsets",
      stream(columnOfTexts, { rows: 2 }, [none, ints(0, 3), Buffer.from("abc")]),
      /3 offsets of 2 texts, got 2/,
    ],
    [
      "a view beyond its buffer",
      stream(columnOfViews, { rows: 1, counts: [1] }, [none, view(13, 0, 3), Buffer.from("-thirteen chars")]),
      /within 15 bytes, got 13 bytes at 3/,
    ],
    [
      "a view of no buffer",
      stream(columnOfViews, { rows: 1, counts: [0] }, [none, view(13, 7, 0)]),
      /within 0 bytes, got 13 bytes/,
    ],
    [
      "2^31 - 1 buffers of views",
      stream(columnOfViews, { rows: 1, counts: [2 ** 31 - 1] }, [none, view(0, 0, 0)]),
      /another buffer.*got its end/,
    ],
    [
      "runs that end too early",
      stream(
        runsOfInts,
        {
          rows: 9,
          nodes: [
            [9, 0],
            [2, 0],
            [2, 0],
          ],
        },
        [none, ints(1, 3), none, ints(7, 8)],
      ),
      /runs up to row 9, got up to 3/,
    ],
    [
      "runs that go back",
      stream(
        runsOfInts,
        {
          rows: 3,
          nodes: [
            [3, 0],
            [2, 0],
            [2, 0],
          ],
        },
        [none, ints(3, 3), none, ints(7, 8)],
      ),
      /ascend from 3, got 3/,
    ],
    [
      "a dictionary that is not there",
      stream([codedInts(3)], { rows: 1 }, [none, ints(0)]),
      /a dictionary for the columns/,
    ],
    ["zstd of 2^40 bytes", compressed(1, 2n ** 40n), /at most \d+ bytes in a file/],
    ["zstd of more than its blocks hold", compressed(1, 1000n), /compressed data \(zstd\), got 9 bytes for 1000/],
    ["zstd of fewer than no bytes", compressed(1, -8n), /compressed data \(zstd\)/],
    ["LZ4 of more than any", compressed(0, 2n ** 20n), /compressed data \(LZ4\)/],
    ["a codec that there is not", compressed(7, 8n), /LZ4 or zstd, got method 0, codec 7/],
    [
      "a message of a negative length",
      Buffer.from(Int32Array.of(-1, -8, 0, 0).buffer),
      /a message in the \d+ bytes that are left, got one of -8/,
    ],
    ["a file without a footer", Buffer.concat([Buffer.from("ARROW1"), Buffer.alloc(40)]), /a footer at the end/],
    ["nothing", none, /a schema at the beginning, got none/],
  ])("refuses %s", async (_, bytes, what) => {
    const error = await outcome(() => readArrow(bytes));
    expect(error).toBeInstanceOf(FileFormatError);
    expect(String(error)).toMatch(/readArrow: expected a whole Arrow file, got another in the bytes/);
    expect(String(error)).toMatch(what);
  });

  it("refuses many blocks at one message", async () => {
    const start = message(1, schema(columnOfInts));
    const one = message(
      3,
      records({
        rows: 1000,
        regions: [
          [0, 0],
          [0, 4000],
        ],
      }),
      new Uint8Array(4000),
    );
    const all = (times: number) =>
      file(columnOfInts, Buffer.concat([start, one]), new Array<number>(times).fill(start.length));
    expect((await readArrow(all(1))).length).toBe(1000);
    expect(String(await outcome(() => readArrow(all(1000))))).toMatch(/expected a block behind byte \d+, got one at/);
  });

  it.each(["plain.arrow", "lz4.arrow", "zstd.arrow", "stream.arrows", "blocks.arrow", "nested.arrow"])(
    "gives a frame or says what is wrong, whatever is damaged in %s",
    async (name) => {
      const whole = fixture(name);
      await fc.assert(
        fc.asyncProperty(damage(whole), async (bytes) => {
          const error = await outcome(() => readArrow(bytes));
          expect(error === null || /FileFormatError|ValueError/.test(error.constructor.name)).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
  );
});
