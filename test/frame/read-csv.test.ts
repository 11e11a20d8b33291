import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type CsvOptions, type Frame, parseCsv, readCsv, readCsvChunks } from "../../src/frame/index.js";
import fixture from "../fixtures/tabular.json" with { type: "json" };

/** The columns as JSON has them, dates as ISO texts, infinities as text. */
function plain(df: Frame): Record<string, unknown[]> {
  const cell = (value: unknown) => {
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return String(value);
    return typeof value === "bigint" ? value.toString() : value;
  };
  return Object.fromEntries(df.columns.map((name) => [name, [...df.column(name)].map(cell)]));
}

const kinds = (df: Frame) => df.columns.map((name) => df.column(name).kind);
const one = (body: string, options: CsvOptions = {}) => [...parseCsv(`x\n${body}\n`, options).column("x")];

async function withFile<T>(content: string | Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "frame-"));
  try {
    writeFileSync(join(folder, "t.csv"), content);
    return await use(join(folder, "t.csv"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("readCsv", () => {
  it("reads a dirty file cell by cell as pandas does: BOM, CRLF, quotes in quotes, mixed types, duplicate headers", async () => {
    const df = await withFile(fixture.csv.text, (path) => readCsv(path));
    expect(plain(df)).toEqual(fixture.csv.table);
    expect(df.columns).toEqual(["id", "x", "x.1", "name", "mixed", "flag", "far", "gap", "when", "cat", "y"]);
  });

  it("says what it inferred, and which cell kept a column from being one of numbers", () => {
    const df = parseCsv(fixture.csv.text);
    const mixed = df.inferred?.find(({ name }) => name === "mixed");
    expect(mixed).toEqual({ name: "mixed", kind: "text", missing: 1, because: { row: 2, text: "x3" } });
    expect(df.inferred?.find(({ name }) => name === "when")?.note).toContain('dates: ["when"]');
  });

  it("finds whole numbers, numbers, truth values and text", () => {
    const df = parseCsv("a,b,c,d,e\n1,1.5,True,x,\n-2,2,false,7,\n");
    expect(kinds(df)).toEqual(["int", "float", "bool", "text", "float"]);
    expect(df.row(1)).toEqual({ a: -2, b: 2, c: false, d: "7", e: null });
  });

  it("makes whole numbers with gaps floats, and truth values with gaps categories", () => {
    const df = parseCsv("a,b\n1,True\n,\n3,False\n");
    expect(kinds(df)).toEqual(["float", "category"]);
    expect([...df.column("b")]).toEqual([true, null, false]);
  });

  it("reads every decimal to the nearest double", () => {
    const digits = fc.stringMatching(/^[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,3})?$/);
    const read = (texts: string[]) => [...parseCsv(`x\n${texts.join("\n")}`, { types: { x: "float" } }).column("x")];
    const exact = (texts: string[]) => read(texts).every((value, i) => value === Number(texts[i]));
    fc.assert(fc.property(fc.array(digits, { minLength: 1, maxLength: 100 }), exact));
    const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 100 });
    fc.assert(fc.property(doubles, (xs) => exact(xs.map(String))));
  });

  it("gives minus zero, and infinity and zero for numbers out of range", () => {
    const values = [...parseCsv("x\n-0.0\n1e400\n-1e400\n1e-400\n2.5e-310").column("x")];
    expect(values).toEqual([-0, Infinity, -Infinity, 0, 2.5e-310]);
  });

  it("reads infinities, exponents, signs and spaces around numbers", () => {
    expect(one("inf\n-Infinity\n+1e3\n 5 \n1E-2\n.5\n6.")).toEqual([Infinity, -Infinity, 1000, 5, 0.01, 0.5, 6]);
  });

  it("keeps integers beyond 2^53 exactly, and longer ones as text", () => {
    expect(one("9007199254740993\n-5")).toEqual([9007199254740993n, -5n]);
    expect(one("99999999999999999999\n1")).toEqual(["99999999999999999999", "1"]);
    expect(one("4294967296\n2")).toEqual([4294967296, 2]);
    expect(one("9007199254740993\n-5", { types: { x: "float" } })).toEqual([9007199254740992, -5]);
  });

  it("takes nothing for a number that only begins like one", () => {
    for (const text of ["1e", "+-5", "0x10", "nan(1)", "1_000", "5 6", "--1", "."])
      expect(one(`1\n${text}`)[1]).toBe(text);
  });

  it("leaves out lines without anything or of spaces alone", () => {
    expect(parseCsv("a,b\n1,2\n\n   \r\n3,4\n").toObjects()).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
    expect(one("a\n  \nb")).toEqual(["a", "  ", "b"]);
    expect(parseCsv("a,b\n").length).toBe(0);
  });

  it("takes the usual words and those given for missing cells", () => {
    expect(one("1\nNA\nnull\n?", { missing: ["?"] })).toEqual([1, null, null, null]);
    expect(one("a\nNA", { defaultMissing: false })).toEqual(["a", "NA"]);
    expect(one('""\n"b"')).toEqual([null, "b"]);
  });

  it("takes semicolons, tabs and bars for delimiters when the first line has no comma", () => {
    for (const mark of [";", "\t", "|"]) expect(parseCsv(`a${mark}b\n1${mark}2`).row(0)).toEqual({ a: 1, b: 2 });
    expect(parseCsv("a:b\n1:2", { delimiter: ":" }).row(0)).toEqual({ a: 1, b: 2 });
  });

  it("finds equal texts again whether they are written in quotes or not", () => {
    expect(one('abc\n"abc"\n"a""b"\na"b')).toEqual(["abc", "abc", 'a"b', 'a"b']);
  });

  it("reads other encodings and says which line is not UTF-8", () => {
    const latin = Buffer.from("x\nok\nM\xfcnchen\n", "latin1");
    expect([...parseCsv(latin, { encoding: "latin1" }).column("x")]).toEqual(["ok", "München"]);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("x\nü", "utf16le")]);
    expect([...parseCsv(utf16).column("x")]).toEqual(["ü"]);
    expect(() => parseCsv(latin)).toThrow(/UTF-8.*line 3.*latin1/);
    expect(() => parseCsv(latin, { encoding: "klingon" })).toThrow("utf-8");
  });

  it("takes kinds and dates on request", () => {
    const df = parseCsv("zip,day,n\n01234,2020-02-29,1\n00501,2/3/2021,2\n", {
      types: { zip: "text", n: "float" },
      dates: ["day"],
    });
    expect([...df.column("zip")]).toEqual(["01234", "00501"]);
    expect([...df.column("day")]).toEqual([new Date("2020-02-29"), new Date("2021-02-03")]);
    expect(kinds(df)).toEqual(["text", "date", "float"]);
    expect(kinds(parseCsv("d,t\n2020-01-01 10:30,a", { dates: true }))).toEqual(["date", "text"]);
  });

  it("reads some of the columns and rows, without a header, after other lines", () => {
    const text = "# made by a machine\na,b,c\n1,2,3\n4,5,6\n";
    expect(parseCsv(text, { skipLines: 1, columns: ["c", "a"], rows: 1 }).toObjects()).toEqual([{ c: 3, a: 1 }]);
    expect(parseCsv("1,2\n3,4", { header: false }).columns).toEqual(["0", "1"]);
    expect(parseCsv("1,2", { header: false, names: ["a", "b"] }).row(0)).toEqual({ a: 1, b: 2 });
    expect(parseCsv("a, b\n1, x", { skipInitialSpace: true }).row(0)).toEqual({ a: 1, b: "x" });
  });

  it("reads five thousand columns", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `c${i}`);
    const df = parseCsv(
      `${names.join()}\n${names.map((_, i) => i).join()}\n${names.map((_, i) => (i % 2 ? "t" : i)).join()}`,
    );
    expect(df.columns.length).toBe(5000);
    expect([...df.column("c4998")]).toEqual([4998, 4998]);
    expect([...df.column("c4999")]).toEqual(["4999", "t"]);
  });

  it("warns, naming column and row, of a text after many numbers, and keeps every cell as it is written", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const body = Array.from({ length: 41000 }, (_, i) => (i === 40000 ? "oops" : `${i}.50`)).join("\n");
    const df = parseCsv(`n\n${body}`);
    expect(df.column("n").get(3)).toBe("3.50");
    expect(df.column("n").get(40000)).toBe("oops");
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/"n" is read as text.*row 40000 holds "oops" after 40000 numbers/);
    warn.mockRestore();
    expect(() => parseCsv(`n\n${body}`, { types: { n: "float" } })).toThrow(
      /float in the column "n".*"oops" in row 40000/,
    );
  });

  it("names the line of a row that is too long and of a quote that is not closed", () => {
    expect(() => parseCsv("a,b\n1,2\n1,2,3\n")).toThrow(/2 fields in line 3/);
    expect(() => parseCsv('a,b\n1,"2\n3,4\n')).toThrow(/closing quote for line 2/);
    expect(() => parseCsv("")).toThrow(/column names, got nothing/);
    expect(() => parseCsv("a\n1", { types: { b: "int" } })).toThrow(/column among a, got "b"/);
    expect(() => parseCsv("a\n1", { delimeter: ";" } as CsvOptions)).toThrow(/Did you mean "delimiter"/);
    expect(() => parseCsv("a\n1.5", { types: { a: "int" } })).toThrow(/int in the column "a", got "1.5" in row 0/);
  });
});

describe("readCsvChunks", () => {
  it("gives the rows of the whole file, whatever the size of a piece", async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `${i},"t${i % 7}\nü",${i / 4}`);
    const text = `\ufeffi,s,f\r\n${lines.join("\r\n")}`;
    await withFile(text, async (path) => {
      const whole = plain(await readCsv(path));
      for (const chunkBytes of [37, 100, 1000, 1e6]) {
        const rows = [];
        for await (const df of readCsvChunks(path, { chunkBytes })) rows.push(...df.toObjects());
        expect(rows.map((row) => row.s)).toEqual(whole.s);
        expect(rows.map((row) => row.f)).toEqual(whole.f);
      }
    });
  });

  it("refuses text in a column that began with numbers, naming the row of the file", async () => {
    const text = `n\n${Array.from({ length: 100 }, (_, i) => (i === 90 ? "oops" : i)).join("\n")}\n`;
    let message = "";
    await withFile(text, async (path) => {
      try {
        for await (const _ of readCsvChunks(path, { chunkBytes: 64 }));
      } catch (error) {
        message = String(error);
      }
    });
    expect(message).toMatch(/"oops" in row 90/);
  });
});
