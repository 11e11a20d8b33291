import { describe, expect, it } from "vitest";
import { readArrow } from "../../src/frame/index.js";
import { field, file, message, type Records, records, schema, stream, type Table, types } from "./arrow-bytes.js";
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
  runsOfInts,
  view,
} from "./arrow-examples.js";
import { outcome } from "./damage.js";

describe("readArrow of hand-made bytes", () => {
  it.each<[string, readonly Table[], Records, readonly Uint8Array[], unknown[]]>([
    ["integers", columnOfInts, { rows: 2 }, [none, ints(5, 6)], [5, 6]],
    ["texts", columnOfTexts, { rows: 2 }, [none, ints(0, 1, 3), Buffer.from("abc")], ["a", "bc"]],
    [
      "views",
      columnOfViews,
      { rows: 1, counts: [1] },
      [none, view(13, 0, 1), Buffer.from("-thirteen chars")],
      ["thirteen char"],
    ],
    ["bytes as texts", [field("b", types.bytes)], { rows: 1 }, [none, ints(0, 3), Buffer.from("abc")], ["abc"]],
    [
      "bytes of one length as numbers",
      [field("f", types.fixed, [{ int: 2 }])],
      { rows: 1 },
      [none, Buffer.from([1, 2])],
      ["1,2"],
    ],
    ["gaps", columnOfGaps, { rows: 2, nodes: [[2, 2]] }, [], [null, null]],
    ["decimals", decimals(1), { rows: 1 }, [none, longs(15, 0)], [1.5]],
    [
      "runs",
      runsOfInts,
      {
        rows: 3,
        nodes: [
          [3, 0],
          [2, 0],
          [2, 0],
        ],
      },
      [none, ints(1, 3), none, ints(7, 8)],
      [7, 8, 8],
    ],
  ])("reads %s", async (_, fields, given, buffers, expected) => {
    const df = await readArrow(stream(fields, given, buffers));
    expect([...df.column(0)]).toEqual(expected);
  });

  it("reads bytes in the middle of others, and those that other threads know", async () => {
    const bytes = stream(columnOfInts, { rows: 2 }, [none, ints(5, 6)]);
    const odd = new Uint8Array(bytes.length + 1);
    odd.set(bytes, 1);
    expect([...(await readArrow(odd.subarray(1))).column("n")]).toEqual([5, 6]);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect([...(await readArrow(shared)).column("n")]).toEqual([5, 6]);
  });

  it("reads streams from before the year 2018, whose regions have a page", async () => {
    const regions = { longs: [0, 0, 0, 7, 0, 8], stride: 24 };
    const header: Table = [{ long: 2 }, { longs: [2, 0], stride: 16 }, regions];
    const bytes = Buffer.concat([message(1, schema(columnOfInts), none, 2), message(3, header, ints(5, 6), 2)]);
    expect([...(await readArrow(bytes)).column("n")]).toEqual([5, 6]);
  });

  it("reads dictionaries that grow, and those in whose place others come", async () => {
    const whole = (bytes: Uint8Array): Records => ({
      rows: bytes.length / 4,
      regions: [
        [0, 0],
        [0, bytes.length],
      ],
    });
    const coded = (...codes: number[]) => message(3, records(whole(ints(...codes))), ints(...codes));
    const values = (isMore: number, ...given: number[]) =>
      message(2, [{ long: 3 }, { table: records(whole(ints(...given))) }, { byte: isMore }], ints(...given));
    const start = message(1, schema([codedInts(3)]));
    const bytes = Buffer.concat([start, values(0, 7), coded(0), values(1, 8), coded(1, 0), values(0, 9), coded(0)]);
    expect([...(await readArrow(bytes)).column("c")]).toEqual([7, 8, 7, 9]);
    expect(String(await outcome(() => readArrow(Buffer.concat([start, values(1, 8)]))))).toMatch(
      /a dictionary 3 before what is added to it, got none/,
    );
  });

  it("finds the values of a file's dictionary behind the records that refer to them", async () => {
    const fields = [codedInts(3)];
    const coded = message(
      3,
      records({
        rows: 3,
        regions: [
          [0, 0],
          [0, 12],
        ],
      }),
      ints(1, 0, 1),
    );
    const dictionary = message(
      2,
      [
        { long: 3 },
        {
          table: records({
            rows: 2,
            regions: [
              [0, 0],
              [0, 8],
            ],
          }),
        },
      ],
      ints(40, 50),
    );
    const messages = Buffer.concat([message(1, schema(fields)), coded, dictionary]);
    const all = file(fields, messages, [
      messages.length - dictionary.length,
      messages.length - dictionary.length - coded.length,
    ]);
    expect([...(await readArrow(all)).column("c")]).toEqual([50, 40, 50]);
  });
});
