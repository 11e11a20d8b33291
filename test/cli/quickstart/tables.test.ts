import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/cli/quickstart/options.js";
import { readTable } from "../../../src/cli/quickstart/read-table.js";
import { tableRoles } from "../../../src/cli/quickstart/table-roles.js";
import { Frame, parseCsv } from "../../../src/frame/index.js";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const table = () =>
  new Frame({
    key: range(60).map((i) => `row ${i}`),
    always: range(60).map(() => "x"),
    empty: range(60).map(() => null),
    color: range(60).map((i) => ["red", "blue"][i % 2]),
    size: range(60).map((i) => i / 7),
    when: range(60).map((i) => new Date(Date.UTC(2020, 0, i + 1))),
    y: range(60).map((i) => (i === 3 ? null : ["a", "b", "c"][i % 3])),
  });

describe("the quickstart for tables", () => {
  it("reads its options, one task at a time", () => {
    expect(parseOptions(["--tabular", "t.csv", "--target", "y"])).toMatchObject({ tabular: "t.csv", target: "y" });
    expect(parseOptions(["--ratings=r.csv", "--epochs", "2"])).toMatchObject({ ratings: "r.csv", epochs: 2 });
  });

  it.each([
    [["--tabular", "t.csv"], /--tabular FILE and --target COLUMN together, got only --tabular/],
    [["--target", "y"], /got only --target/],
    [["photos", "--ratings", "r.csv"], /one of a folder, --tabular and --ratings, got photos and --ratings/],
    [["--ratings", "r.csv", "--arch", "resnet18"], /--arch and --size with photos only/],
  ])("refuses %j", (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });

  it("decides what each column is for, and says what it leaves out and why", () => {
    const { df, catNames, contNames, isClasses, notes } = tableRoles(table(), "y");
    expect([df.length, isClasses]).toEqual([59, true]);
    expect(contNames).toEqual(expect.arrayContaining(["size", "whenDayofyear"]));
    expect(catNames).toEqual(expect.arrayContaining(["color", "whenIs_month_end"]));
    expect(notes).toEqual([
      "1 rows without a y are left out",
      "when is taken apart into year, month, week, day …",
      "key is left out: 59 different texts in 59 rows",
      "always is left out: always x",
      "empty is left out: no cell has a value",
      "whenYear is left out: always 2020",
      "whenIs_quarter_end is left out: always false",
      "whenIs_year_end is left out: always false",
    ]);
  });

  it("takes few whole numbers for classes, and other numbers for what they are", () => {
    expect(
      tableRoles(
        table().with(
          "n",
          range(60).map((i) => i % 5),
        ),
        "n",
      ).isClasses,
    ).toBe(true);
    expect(tableRoles(table(), "size").isClasses).toBe(false);
  });

  it("refuses targets that are absent, constant or names of rows", () => {
    expect(() => tableRoles(table(), "salary")).toThrow(/got "salary"/);
    expect(() => tableRoles(table(), "always")).toThrow(/two different values in the target always, got 1 in 60 rows/);
    expect(() => tableRoles(table(), "key")).toThrow(/classes that repeat, got 60 different ones in 60 rows of key/);
    expect(() => tableRoles(table(), "empty")).toThrow(/values in the target empty, got none in 60 rows/);
    const numbers = parseCsv(
      `a,y\n${range(40)
        .map((i) => `${i % 3},${i === 30 ? "oops" : i / 7}`)
        .join("\n")}`,
    );
    expect(() => tableRoles(numbers, "y")).toThrow(/repeat.*numbers but for "oops" in row 30/);
    expect(() => tableRoles(parseCsv("a,y\n1,0\n1,1\n1,0\n1,1"), "y")).toThrow(/columns besides the target y/);
  });

  it("reads Parquet and Arrow files too, and says when there is no file", async () => {
    const folder = join(import.meta.dirname, "../../fixtures/tables");
    expect((await readTable(join(folder, "pages.parquet"))).length).toBe(3000);
    expect((await readTable(join(folder, "blocks.arrow"))).columns).toEqual(["n", "s"]);
    const problem = await readTable("nowhere.csv").catch((error: Error) => error.message);
    expect(problem).toMatch(/CSV, Parquet or Arrow.*no file at nowhere.csv/);
  });
});
