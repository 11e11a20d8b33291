import { describe, expect, it } from "vitest";
import { categories, Frame, makeColumn, parseCsv, parseDate, type Row } from "../../src/frame/index.js";

const people = () =>
  new Frame({ name: ["Ann", "Bob", "Cid", "Dee"], age: [31, 25, 31, null], tall: [true, false, true, false] });

describe("a frame", () => {
  it("keeps each kind of value in memory of its own kind, missing ones told apart", () => {
    const df = people();
    expect(df.columns.map((name) => df.column(name).kind)).toEqual(["text", "float", "bool"]);
    expect([...df.column("age").validity()]).toEqual([1, 1, 1, 0]);
    expect(df.row(3)).toEqual({ name: "Dee", age: null, tall: false });
    expect(makeColumn([1, 2]).kind).toBe("int");
    expect(makeColumn([1n, 2n ** 60n]).get(1)).toBe(2n ** 60n);
    expect(makeColumn([new Date(0), null]).kind).toBe("date");
    expect(makeColumn([true, null]).kind).toBe("category");
  });

  it("maps its columns 1:1 onto tensors, on the same memory where it can", () => {
    const values = new Float32Array([1, 2]);
    const tensor = makeColumn(values).toTensor();
    values[0] = 5;
    expect(tensor).toBeClose([5, 2]);
    expect(tensor.dtype).toBe("float32");
    const dtypes = [[1, 2], [1, 2 ** 40], [true, false], ["a", "b"], [1.5]].map(
      (cells) => makeColumn(cells).toTensor().dtype,
    );
    expect(dtypes).toEqual(["int32", "int64", "bool", "int32", "float64"]);
    const both = people().toTensor(["age", "tall"]);
    expect([both.dtype, both.shape]).toEqual(["float32", [4, 2]]);
    expect(() => people().toTensor()).toThrow(/text in the column "name".*Categorify/);
  });

  it.each([3, 5000])("keeps %i whole numbers in 32 bits where all fit", (rows) => {
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    const ending = (...last: number[]) => makeColumn([...Array<number>(rows).fill(7), ...last]);
    const narrow = ending(least, most);
    expect([narrow.bytes, narrow.get(0), narrow.get(rows), narrow.get(rows + 1)]).toEqual([
      4 * (rows + 2),
      7,
      least,
      most,
    ]);
    for (const wide of [least - 1, most + 1]) {
      const column = ending(wide);
      expect([column.kind, column.bytes, column.get(rows)]).toEqual(["int", 8 * (rows + 1), wide]);
    }
  });

  it("selects, drops, renames, adds and filters without changing itself", () => {
    const df = people();
    expect(df.select(["tall", "name"]).columns).toEqual(["tall", "name"]);
    expect(df.drop("age").columns).toEqual(["name", "tall"]);
    expect(df.rename({ age: "years" }).columns).toEqual(["name", "years", "tall"]);
    expect(df.with("next", (row) => (row.age === null ? null : Number(row.age) + 1)).row(1).next).toBe(26);
    expect(df.filter((row) => row.tall === true).length).toBe(2);
    expect(df.filter([0, 1, 0, 1]).column("name").get(1)).toBe("Dee");
    expect(df.columns).toEqual(["name", "age", "tall"]);
    expect([df.head(2).length, df.tail(1).row(0).name]).toEqual([2, "Dee"]);
  });

  it("sorts by several columns, missing values last, equal rows in sequence", () => {
    const names = (df: Frame) => [...df.column("name")].join("");
    expect(names(people().sort("age"))).toBe("BobAnnCidDee");
    expect(names(people().sort(["age", "name"], { descending: [false, true] }))).toBe("BobCidAnnDee");
    expect(names(people().sort("age", { descending: true }))).toBe("AnnCidBobDee");
    const sizes = new Frame({ size: categories(["large", "small"], ["small", "large"]) });
    expect([...sizes.sort("size").column("size")]).toEqual(["small", "large"]);
  });

  it("joins the one right row with the same key, and leaves gaps without", () => {
    const ages = new Frame({ age: [25, 31], name: ["young", "older"], n: [1, 2] });
    const joined = people().join(ages, { on: "age" });
    expect(joined.columns).toEqual(["name", "age", "tall", "name_y", "n"]);
    expect([...joined.column("n")]).toEqual([2, 1, 2, null]);
    expect(joined.row(0).name_y).toBe("older");
    expect(people().join(ages, { on: "age", how: "inner", suffixes: ["", "_right"] }).length).toBe(3);
    const two = new Frame({ first: ["Ann", "Bob"], years: [31, 26], x: [1, 2] });
    expect([
      ...people()
        .join(two, { leftOn: ["name", "age"], rightOn: ["first", "years"] })
        .column("x"),
    ]).toEqual([1, null, null, null]);
  });

  it("refuses a join in which rows would multiply, naming key and rows", () => {
    const twice = new Frame({ age: [31, 31], x: [1, 2] });
    expect(() => people().join(twice, { on: "age" })).toThrow(/got rows 0 and 1 with age=31/);
    expect(() => people().join(twice, { on: "years" })).toThrow(/"years" in the right frame/);
    expect(() => people().join(twice, {})).toThrow(/Pass \{ on \}/);
  });

  it("counts groups, distinct values, and describes its columns", () => {
    expect(people().groupCounts("age").toObjects()).toEqual([
      { age: 31, count: 2 },
      { age: 25, count: 1 },
      { age: null, count: 1 },
    ]);
    expect(people().groupCounts(["tall", "age"]).length).toBe(3);
    expect(people().unique("age")).toEqual([31, 25]);
    const rows = Object.fromEntries(
      people()
        .describe()
        .toObjects()
        .map((row): [string, Row] => [String(row.column), row]),
    );
    expect(rows.age).toMatchObject({ kind: "float", missing: 1, min: 25, "50%": 31, max: 31 });
    expect(Number(rows.age?.mean)).toBeCloseTo(29);
    expect(Number(rows.age?.std)).toBeCloseTo(Math.sqrt(12));
    expect(rows.name).toMatchObject({ kind: "text", distinct: 4, freq: 1 });
  });

  it("shows its first rows in the terminal, as HTML and in notebooks", () => {
    const df = new Frame({
      n: Array.from({ length: 12 }, (_, i) => i * 100),
      text: Array.from({ length: 12 }, () => "<b>"),
    });
    expect(df.toString({ maxRows: 2 })).toBe("  n  text\n  0  <b>\n100  <b>\n… 10 more rows");
    expect(df.toHTML({ maxRows: 1 })).toContain("<td>&lt;b&gt;</td>");
    const shown = (df as unknown as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]?.();
    expect(Object.keys(shown ?? {})).toEqual(["text/plain", "text/html"]);
    const wide = new Frame(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`column ${i}`, [i]])));
    expect(wide.toString({ width: 60 })).toMatch(/44 more columns: column 6/);
  });

  it("is made of objects, columns, and the tables of Arrow, polars and DuckDB", () => {
    expect(Frame.from([{ a: 1 }, { a: 2, b: "x" }]).toObjects()).toEqual([
      { a: 1, b: null },
      { a: 2, b: "x" },
    ]);
    const vector = (typeId: number, cells: unknown[], array?: unknown) => ({
      type: { typeId },
      length: cells.length,
      nullCount: cells.filter((cell) => cell === null).length,
      get: (i: number) => cells[i],
      toArray: () => array ?? cells,
    });
    const children: Record<string, unknown> = {
      i: vector(2, [1, 2], new Int32Array([1, 2])),
      s: vector(5, ["a", null]),
      t: vector(10, [0, 1]),
    };
    const arrow = Frame.from({
      schema: { fields: ["i", "s", "t"].map((name) => ({ name })) },
      getChild: (name: string) => children[name],
    });
    expect(arrow.toObjects()).toEqual([
      { i: 1, s: "a", t: new Date(0) },
      { i: 2, s: null, t: new Date(1) },
    ]);
    const polars = Frame.from({
      columns: ["i"],
      getColumn: () => ({ length: 2, get: (i: number) => [7, null][i], nullCount: () => 1 }),
    });
    expect([...polars.column("i")]).toEqual([7, null]);
    const duck = Frame.from({
      columnNames: () => ["n", "d"],
      getColumns: () => [
        [1n, 2n],
        [{ days: 1 }, null],
      ],
    });
    expect(duck.toObjects()).toEqual([
      { n: 1, d: new Date(86_400_000) },
      { n: 2, d: null },
    ]);
  });

  it("names what is wrong: unknown columns, other lengths, mixed values, rows outside", () => {
    expect(() => people().column("nam")).toThrow(/name, age, tall, got "nam".*Did you mean "name"/);
    expect(() => people().set("x", [1])).toThrow(/4 rows in the column "x", got 1/);
    expect(() => new Frame({ m: [1, "a"] })).toThrow(/"m".*number in row 0 and string in row 1/);
    expect(() => people().row(9)).toThrow(/below 4, got 9/);
    expect(() => categories(["x"], ["y"])).toThrow(/got x in row 0/);
    expect(() => Frame.from([1])).toThrow(/number at 0/);
    expect(() => parseCsv("d\nyes", { dates: ["d"] })).toThrow(/"d".*"yes" in row 0/);
  });
});

describe("parseDate", () => {
  it("reads the usual ways of writing a day, with times and zones", () => {
    expect(parseDate("2024-02-29")).toBe(Date.UTC(2024, 1, 29));
    expect(parseDate("2/29/2024 13:45")).toBe(Date.UTC(2024, 1, 29, 13, 45));
    expect(parseDate("2024-02-29T13:45:10.5+02:00")).toBe(Date.UTC(2024, 1, 29, 11, 45, 10, 500));
    expect([parseDate("2023-02-29"), parseDate("soon"), parseDate("2024-01-01 25:00")]).toEqual([NaN, NaN, NaN]);
  });
});
