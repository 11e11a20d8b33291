import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  addDatepart,
  addElapsedTimes,
  Categorify,
  CategoryBlock,
  categories,
  contCatSplit,
  DictColumn,
  dfShrink,
  EncodedMultiCategorize,
  FillMissing,
  FillStrategy,
  Frame,
  loadPandas,
  makeDate,
  Normalize,
  NumberColumn,
  parseCsv,
  RegressionBlock,
  type TabularOptions,
  TabularPandas,
  TabularProc,
  TransformBlock,
} from "../../src/tabular/index.js";
import { failure } from "../failure.js";
import fixture from "../fixtures/tabular.json" with { type: "json" };

type Cells = Record<string, unknown[]>;
const { people, mode, constant, dirty } = fixture.prep;
const procs = [Categorify, FillMissing, Normalize];
const names = { catNames: ["workclass", "occupation"], contNames: ["age", "fnlwgt", "education-num"] };
const splitsOf = (splits: number[][]) => splits as [number[], number[]];
const census = () => parseCsv(people.text);
const census2 = (options: TabularOptions = {}) =>
  new TabularPandas(census(), { procs, ...names, yNames: "salary", splits: splitsOf(people.splits), ...options });

/** Every cell of the expected columns, numbers to float32's precision. */
function expectCells(df: Frame, expected: Cells): void {
  for (const [name, cells] of Object.entries(expected)) {
    const got = [...df.column(name)].map((value) => (typeof value === "boolean" ? Number(value) : value));
    const want = cells.map((value) => (typeof value === "boolean" ? Number(value) : value));
    const isNumber = want.every((value) => value === null || typeof value === "number");
    if (!isNumber) expect(got, name).toEqual(want);
    else
      expect(
        got.map((v) => v ?? Number.NaN),
        name,
      ).toBeClose(
        want.map((v) => v ?? Number.NaN),
        { rtol: 2e-6, atol: 2e-6 },
      );
  }
}

const classNames = (to: TabularPandas) => Object.fromEntries([...to.classes].map(([name, map]) => [name, [...map]]));

describe("TabularPandas", () => {
  it("equals Python's cell by cell: categories, filled gaps and their columns, normalised numbers (TAB-1 to TAB-6)", () => {
    const to = census2();
    expectCells(to.items, people.items);
    expect([to.catNames, to.contNames, to.split]).toEqual([people.cats, people.conts, people.split]);
    expect(classNames(to)).toEqual(people.classes);
    expect([...(to.vocab ?? [])]).toEqual(people.vocab);
    expect(to.procs.map(({ name }) => name)).toEqual(["FillMissing", "Categorify", "CategorizeTarget", "Normalize"]);
  });

  it("equals Python's on a file with every kind of dirt, infinities included, and names the infinity (TAB-3, TAB-4, TAB-5)", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const df = parseCsv(fixture.csv.text).with("inf", [1, 2, Number.POSITIVE_INFINITY, 4, 5, 6, 7, 8]);
    const to = new TabularPandas(df, {
      procs,
      catNames: ["cat", "mixed", "flag", "id", "x.1"],
      contNames: ["x", "gap", "inf"],
      yNames: "y",
      yBlock: CategoryBlock,
      splits: splitsOf(dirty.splits),
    });
    expectCells(to.items, dirty.items);
    expect(classNames(to)).toEqual(dirty.classes);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/"inf".*Infinity in row 2/);
    warn.mockRestore();
    expect(() => to.toTensors()).toThrow(/number in the column "inf"/);
  });

  it("fills gaps with the most frequent value or a constant, with and without columns that say so (TAB-4)", () => {
    for (const [fill, expected] of [
      ["mode", mode],
      ["constant", constant],
    ] as const) {
      const fillVals = Object.fromEntries(names.contNames.map((name) => [name, 7]));
      const filling = new FillMissing({ fillStrategy: FillStrategy[fill], addCol: fill === "mode", fillVals });
      const to = census2({ procs: [filling, Categorify], yNames: "hours" });
      expectCells(to.items, expected.items);
      expect(to.catNames).toEqual(expected.cats);
    }
  });

  it("prepares new frames: unseen labels become #na#, columns may be absent or too many (TAB-1, TAB-3)", async () => {
    const to = census2();
    const rows = census().head(20).toObjects();
    Object.assign(rows[0] ?? {}, { workclass: "never seen" });
    Object.assign(rows[1] ?? {}, { "education-num": null });
    const made = to
      .new(
        Frame.from(rows)
          .drop(["salary"])
          .with("more", (_, i) => i),
      )
      .process();
    expectCells(made.xs, people.test);
    expect(() => to.new(census().drop(["age", "occupation"]))).toThrow(/frame without occupation, age/);
    expect(() => to.new(Frame.from([{ ...rows[2], age: null }, rows[3]])).process()).toThrow(
      /"age".*no gap in the training rows.*row 0/,
    );
    expect(() => to.new(Frame.from([{ ...rows[2], age: "old" }]))).toThrow(
      /numbers in the column "age", got text, such as "old"/,
    );
  });

  it("decodes what it encoded, and shows it as a table (TAB-1)", () => {
    const to = census2();
    const decoded = to.decode();
    expectCells(decoded.items.slice(3, 4), people.decoded);
    expect(to.decodeRow(to.items.row(3)).workclass).toBe(people.decoded.workclass[0]);
    expect(to.items.column("salary").kind).toBe("int");
    expect(to.show({ maxN: 3 }).toString({ width: 200 })).toContain("Exec-managerial");
  });

  it("gives its parts: splits, inputs, targets, tensors (TAB-1)", () => {
    const to = census2();
    expect([to.train.length, to.valid.length, to.xs.columns.length, to.ys.columns]).toEqual([100, 50, 6, ["salary"]]);
    expect([to.cats.columns.length, to.conts.columns.length, to.allCols.columns.length, to.y.length]).toEqual([
      3, 3, 7, 150,
    ]);
    const { cats, conts, ys } = to.valid.toTensors();
    expect([cats.shape, cats.dtype, conts.shape, conts.dtype, ys?.shape, ys?.dtype]).toEqual([
      [50, 3],
      "int64",
      [50, 3],
      "float32",
      [50, 1],
      "int64",
    ]);
    expect(to.valid.rowOf(1)).toBe(5);
    expect([to.c, to.newEmpty().length]).toEqual([2, 0]);
  });

  it("leaves the given frame as it is, unless it may be changed in place (TAB-1)", () => {
    const df = census();
    census2();
    expect(df.column("workclass").get(0)).toBe(census().column("workclass").get(0));
    const to = new TabularPandas(df, { procs, ...names, inplace: true });
    expect(df.column("workclass").kind).toBe("int");
    expect(to.items).toBe(df);
  });

  it("keeps the order of given categories, takes given classes, and takes classes from training rows alone without reduceMemory (TAB-3)", () => {
    const sizes = ["small", "large", "small", "huge"];
    const df = new Frame({
      size: categories(sizes, ["small", "large", "huge"]),
      text: ["b", "a", "b", "c"],
      n: [1, 2, 3, 4],
    });
    const splits: [number[], number[]] = [[0, 1, 2], [3]];
    const make = (options: TabularOptions) =>
      new TabularPandas(df, { procs: [Categorify], catNames: ["size", "text", "n"], splits, ...options });
    expect(classNames(make({}))).toEqual({
      size: ["#na#", "small", "large", "huge"],
      text: ["#na#", "a", "b", "c"],
      n: ["#na#", 1, 2, 3],
    });
    expect(classNames(make({ reduceMemory: false })).text).toEqual(["#na#", "a", "b"]);
    expect([...make({ reduceMemory: false }).items.column("text")]).toEqual([2, 1, 2, 0]);
    const given = new Categorify({ vocab: { text: ["c", "b"] } });
    expect([...make({ procs: [given] }).items.column("text")]).toEqual([2, 0, 2, 1]);
  });

  it("does regression on several targets, and several labels at once (TAB-1, TAB-6)", () => {
    const df = new Frame({ a: ["x", "y", "x"], u: [1, 2, 3], v: [0.5, 1, 2], p: [true, false, true], q: [0, 1, 1] });
    const two = new TabularPandas(df, { procs: [Categorify], catNames: "a", yNames: ["u", "v"] });
    expect([two.c, two.toTensors().ys?.dtype]).toEqual([2, "float32"]);
    expect(two.toTensors().ys).toBeClose([
      [1, 0.5],
      [2, 1],
      [3, 2],
    ]);
    const yBlock = new TransformBlock({ typeTfms: new EncodedMultiCategorize(["p", "q"]) });
    const multi = new TabularPandas(df, { procs: [Categorify], catNames: "a", yNames: ["p", "q"], yBlock });
    expect(multi.toTensors().ys).toBeClose([
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(multi.decode().ys.row(1)).toEqual({ p: false, q: true });
    expect([multi.c, multi.lossFunc?.constructor.name]).toEqual([2, "BCEWithLogitsLossFlat"]);
  });

  it("takes steps of one's own", () => {
    class Log extends TabularProc {
      override encodes(to: TabularPandas): void {
        for (const name of to.contNames)
          to.items.set(name, Float32Array.from(to.items.column(name).order(), Math.log1p));
      }
    }
    const to = new TabularPandas(new Frame({ n: [0, Math.E - 1] }), { procs: [Log], contNames: "n" });
    expect([...to.items.column("n")]).toBeClose([0, 1]);
  });

  it("is saved without its rows and prepares frames as before", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tabular-"));
    const to = census2();
    const again = await loadPandas(await to.export(join(folder, "to.json")));
    expect(again.length).toBe(0);
    expectCells(
      again.new(census()).process().xs,
      Object.fromEntries(to.xs.columns.map((n) => [n, [...to.new(census()).process().items.column(n)]])),
    );
    expect([...(again.vocab ?? [])]).toEqual(people.vocab);
    rmSync(folder, { recursive: true });
    expect((await failure(loadPandas(join(import.meta.dirname, "../fixtures/tabular.json")))).message).toMatch(
      /loadPandas/,
    );
  });

  it("names column and row of what cannot be used: targets, text among numbers, gaps, roles", () => {
    const df = new Frame({ n: [1, 2], t: ["a", "b"], one: ["k", "k"], gap: [1, null], none: [null, null] });
    const make = (options: TabularOptions) => new TabularPandas(df, { procs, ...options });
    expect(() => make({ contNames: "n", yNames: "salary" })).toThrow(/among n, t, one, gap, none, got "salary"/);
    expect(() => make({ contNames: "n", yNames: "one" })).toThrow(/two classes in the target "one", got only k/);
    expect(() => make({ contNames: "t" })).toThrow(/continuous column "t", got text: "a" in row 0/);
    expect(() => make({ contNames: "none" })).toThrow(/values in the column "none", got none/);
    expect(() => make({ catNames: "t", contNames: "n", yNames: "n" })).toThrow(
      /one role for each column, got several for "n"/,
    );
    expect(() => make({ contNames: "n", yNames: "t", yBlock: RegressionBlock })).toThrow(
      /target "t", got category, such as a/,
    );
    expect(() => make({ procs: [TransformBlock] })).toThrow(/steps for tables, got TransformBlock/);
    expect(() => make({ contNames: "n", splits: [[0], [7]] })).toThrow(/splits among 2 rows, got 7/);
    const open = make({ procs: [Normalize], contNames: "gap" });
    expect(() => open.toTensors()).toThrow(/number in the column "gap", got NaN in row 1. Add FillMissing/);
    const target = new TabularPandas(new Frame({ n: [1, 2, 3], y: ["a", null, "b"] }), {
      procs,
      contNames: "n",
      yNames: "y",
    });
    expect(() => target.toTensors()).toThrow(/known target in the column "y".*row 1/);
    expect(() => make({ catNames: "t", procs: [] }).toTensors()).toThrow(/Add Categorify/);
  });

  it("says that a column has nearly as many classes as rows", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const ids = Array.from({ length: 100_000 }, (_, i) => `id ${i}`);
    const to = new TabularPandas(new Frame({ id: ids }), { procs: [Categorify], catNames: "id" });
    expect(to.classes.get("id")?.length).toBe(100_001);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/"id" has 100000 classes in 100000 training rows/);
    warn.mockRestore();
  });

  it("makes its loaders, in batches of 64 (TAB-8)", async () => {
    const dls = await census2().dataLoaders({ device: "cpu" });
    expect([dls.train.bs, dls.valid.dataset.length, dls.contNames]).toEqual([64, 50, names.contNames]);
    expect((await dls.oneBatch()).map((x) => x.shape)).toEqual([
      [64, 3],
      [64, 3],
      [64, 1],
    ]);
  });

  it("says that a target for regression is the same in every row", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    new TabularPandas(new Frame({ a: ["x", "y"], y: [3, 3] }), { procs: [Categorify], catNames: "a", yNames: "y" });
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/target "y" is 3 in every training row/);
    warn.mockRestore();
  });
});

describe("columns of a table", () => {
  it("are split into continuous and categorical as Python splits them (TAB-7)", () => {
    const { table, conts, cats, shrink, uint } = fixture.columns;
    const df = new Frame(table as Record<string, unknown[]>).set(
      "f",
      new NumberColumn(Float64Array.from(table.f), "float"),
    );
    expect(contCatSplit(df, { maxCard: 20, depVar: "y" })).toEqual([conts, cats]);
    const kind = (out: Frame, name: string) => {
      const column = out.column(name);
      if (column instanceof DictColumn) return column.kind;
      return column instanceof NumberColumn
        ? column.values.constructor.name.toLowerCase().replace("array", "")
        : column.kind;
    };
    const narrow = dfShrink(df);
    for (const [name, dtype] of Object.entries(shrink)) expect(kind(narrow, name), name).toBe(dtype);
    const unsigned = dfShrink(df, { int2uint: true, skip: ["f"] });
    for (const [name, dtype] of Object.entries(uint))
      if (name !== "big") expect(kind(unsigned, name), name).toBe(dtype);
    expect([kind(unsigned, "f"), kind(dfShrink(df, { obj2cat: false }), "s")]).toEqual(["float64", "text"]);
  });

  it("of dates are taken apart as Python takes them apart (TAB-7)", () => {
    const { days, parts, times, timeParts } = fixture.dates;
    // pandas 3 keeps microseconds, so fastai's division gives thousands of seconds.
    const thousands = (df: Frame, name: string) =>
      df.with(
        name,
        [...df.column(name)].map((v) => (v === null ? null : Math.floor(Number(v) / 1000))),
      );
    const df = addDatepart(new Frame({ saleDate: days }), "saleDate");
    expect(df.columns).toEqual(Object.keys(parts));
    expectCells(thousands(df, "saleElapsed"), parts);
    const timed = addDatepart(new Frame({ at: times }), "at", { prefix: "t_", drop: false, time: true });
    expectCells(thousands(timed, "t_Elapsed"), timeParts);
    expect(timed.has("at")).toBe(true);
    expect(makeDate(timed, "at").column("at").kind).toBe("date");
    expect(() => addDatepart(new Frame({ d: ["soon"] }), "d")).toThrow(/"d".*"soon" in row 0/);
  });

  it("of events get the days since and until, and running counts (TAB-7)", () => {
    const df = new Frame(fixture.dates.events as Record<string, unknown[]>);
    const out = addElapsedTimes(df, ["event"], "date", "base");
    const { date: _, ...expected } = fixture.dates.elapsed;
    expectCells(out, expected);
  });
});
