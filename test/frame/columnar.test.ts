import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dictionary, int32, tableFromArrays, timestamp } from "@uwdata/flechette";
import { describe, expect, it } from "vitest";
import { BigIntColumn, type DictColumn, Frame, readArrow, readParquet } from "../../src/frame/index.js";
import { FileFormatError, TorchError, ValueError } from "../../src/torch/index.js";
import fixture from "../fixtures/tables/tables.json" with { type: "json" };
import { outcome } from "./damage.js";

const folder = join(import.meta.dirname, "../fixtures/tables");
const file = (name: string) => join(folder, name);
const bytes = (name: string) => new Uint8Array(readFileSync(file(name)));

/** A cell as the fixture writes it. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return { ms: value.getTime() };
  if (value === Number.POSITIVE_INFINITY) return "inf";
  const wide = typeof value === "bigint" ? value > 2n ** 53n || value < -(2n ** 53n) : Number(value) > 2 ** 53;
  if (wide && typeof value === "bigint") return { int: String(value) };
  return typeof value === "bigint" ? Number(value) : value;
}

const shown = (df: Frame) => Object.fromEntries(df.columns.map((name) => [name, [...df.column(name)].map(plain)]));

// Integers beyond 2^63 are floats, and JSON knows no -0.
const expected = { ...fixture.columns, unsigned: [2 ** 64, 0, 1, 2], float: [0.1, "inf", -0, 1e300] };

describe("readParquet", () => {
  it.each(["none", "snappy", "gzip", "brotli", "zstd", "lz4"])(
    "reads every kind of column, compressed by %s",
    async (name) => {
      const df = await readParquet(file(`${name}.parquet`));
      expect(shown(df)).toEqual(expected);
      expect(df.column("wide")).toBeInstanceOf(BigIntColumn);
      expect(df.columns.map((column) => df.column(column).kind).join()).toBe(
        "int,int,float,int,float,float,float,bool,text,text,text,date,date,date,date,float,float,float",
      );
    },
  );

  it("reads bytes, some of the columns, and the first rows, from several groups and pages", async () => {
    const df = await readParquet(bytes("pages.parquet"), { columns: ["s", "n"], rows: 1500 });
    expect(df.columns).toEqual(["s", "n"]);
    expect(df.length).toBe(1500);
    expect(df.row(1499)).toEqual({ s: `text ${1499 % 7}`, n: 1499 });
    expect((await readParquet(file("pages.parquet"))).length).toBe(3000);
    expect((await readParquet(file("pages.parquet"), { rows: 0 })).length).toBe(0);
  });

  it("says what it cannot read", async () => {
    const nested = await outcome(() => readParquet(file("nested.parquet")));
    expect(nested).toBeInstanceOf(ValueError);
    expect(String(nested)).toMatch(/lists or records in "tags"/);
    expect((await readParquet(file("nested.parquet"), { columns: ["id"] })).toObjects()).toEqual([
      { id: 1 },
      { id: 2 },
    ]);
    expect(String(await outcome(() => readParquet(file("none.parquet"), { columns: ["x"] })))).toMatch(
      /int, small.*"x"/,
    );
    expect(String(await outcome(() => readParquet(file("tables.json"))))).toMatch(/whole Parquet file.*tables\.json/);
  });

  it("refuses a file that is cut off", async () => {
    const cut = await outcome(() => readParquet(bytes("snappy.parquet").slice(0, 4000)));
    expect(cut).toBeInstanceOf(FileFormatError);
  });
});

describe("readArrow", () => {
  it.each(["plain.arrow", "lz4.arrow", "zstd.arrow", "stream.arrows"])(
    "reads every kind of column of %s",
    async (name) => {
      const df = await readArrow(file(name));
      expect(shown(df)).toEqual(expected);
      const { labels, kind } = df.column("ordered") as DictColumn;
      expect([kind, ...labels]).toEqual(["category", "small", "middle", "large"]);
      expect(df.column("dict").kind).toBe("text");
    },
  );

  it("is what Frame.from makes of such a table", () => {
    const table = tableFromArrays({
      n: [1, 2, null],
      s: ["a", null, "b"],
      when: [new Date(0), new Date(5), new Date(9)],
    });
    expect(Frame.from(table).toObjects()).toEqual([
      { n: 1, s: "a", when: new Date(0) },
      { n: 2, s: null, when: new Date(5) },
      { n: null, s: "b", when: new Date(9) },
    ]);
  });

  it.each([false, true])("takes moments out of a dictionary (ordered: %s)", (ordered) => {
    const days = [new Date("2020-01-02"), null, new Date("2021-03-04"), new Date("2020-01-02")];
    const table = tableFromArrays({ when: days }, { types: { when: dictionary(timestamp(), int32(), ordered) } });
    const column = Frame.from(table).column("when");
    expect([...column]).toEqual(days);
    expect(column.kind).toBe("date");
  });

  it("reads bytes, and blocks that refer to those before them", async () => {
    const df = await readArrow(bytes("blocks.arrow"));
    expect([...df.column("n")]).toEqual(Array.from({ length: 3000 }, (_, i) => i));
    expect(df.column("s").get(2999)).toBe(`text ${2999 % 7}`);
  });

  it("refuses lists, and files that are none or cut off, and never fails in another way", async () => {
    expect(String(await outcome(() => readArrow(file("nested.arrow"))))).toMatch(
      /lists or records in the column "tags"/,
    );
    expect(await outcome(() => readArrow(file("tables.json")))).toBeInstanceOf(FileFormatError);
    for (const name of ["plain.arrow", "lz4.arrow", "zstd.arrow"]) {
      const whole = bytes(name);
      expect(await outcome(() => readArrow(whole.slice(0, 2000)))).toBeInstanceOf(FileFormatError);
      for (let end = 0; end < whole.length; end += 61) {
        const error = await outcome(() => readArrow(whole.slice(0, end)));
        expect(error === null || error instanceof TorchError).toBe(true);
      }
    }
  });
});
