import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Frame, parseCsv } from "../../src/frame/index.js";
import { getNumThreads, setNumThreads } from "../../src/torch/index.js";

/** Bytes from which a file is read in parts. */
const MANY_BYTES = 2 ** 18;

/** The rows as texts, told apart by the simplest of rules, a character at a time. */
function plainRows(text: string): string[][] {
  const rows: string[][] = [];
  let [row, field, inside]: [string[], string, boolean] = [[], "", false];
  const endField = () => {
    row.push(field);
    field = "";
  };
  for (let i = 0; i < text.length; i++) {
    const mark = text[i];
    if (mark === '"' && inside && text[i + 1] === '"') field += text[i++];
    else if (mark === '"') inside = !inside;
    else if (mark === "," && !inside) endField();
    else if (mark === "\n" && !inside) {
      endField();
      rows.push(row);
      row = [];
    } else field += mark;
  }
  return rows;
}

const kinds = ["int", "number", "word", "quoted", "lines", "gap"] as const;
const cells: Record<(typeof kinds)[number], (i: number) => string> = {
  int: (i) => String((i * 7919) % 10007),
  number: (i) => String(i / 3),
  word: (i) => `word ${i % 37}`,
  quoted: (i) => `"said ""${i % 5}"", twice"`,
  lines: (i) => `"line ${i % 3}\n1,2,3\nline"`,
  gap: (i) => (i % 9 === 0 ? "" : String(i % 100)),
};

function table(columns: readonly (keyof typeof cells)[], odd: number): string {
  let text = `${columns.map((name, c) => `${name}${c}`).join()}\n`;
  for (let i = 0; text.length < 3 * MANY_BYTES; i++) {
    text += `${columns.map((name) => (odd > 0 && i % odd === odd - 1 ? "NA" : cells[name](i))).join()}\n`;
  }
  return text;
}

const shown = (df: Frame) =>
  df.columns.map((name) => [...df.column(name)].map((cell) => (cell === null ? "" : String(cell))));

describe("a CSV file that several threads read", () => {
  const threads = getNumThreads();
  beforeAll(() => setNumThreads(3));
  afterAll(() => setNumThreads(threads));

  it("has the cells that it has for one, whatever lies across the parts", () => {
    const drawn = fc.tuple(fc.array(fc.constantFrom(...kinds), { minLength: 2, maxLength: 4 }), fc.nat({ max: 50 }));
    fc.assert(
      fc.property(drawn, ([columns, odd]) => {
        const text = table(columns, odd);
        const types = Object.fromEntries(columns.map((name, c) => [`${name}${c}`, "text" as const]));
        const df = parseCsv(text, { types });
        const [, ...rows] = plainRows(text);
        expect(df.length).toBe(rows.length);
        expect(shown(df)).toEqual(columns.map((_, c) => rows.map((row) => row[c]?.replace(/^NA$/, ""))));
        setNumThreads(1);
        const alone = parseCsv(text);
        setNumThreads(3);
        const together = parseCsv(text);
        expect(together.inferred).toEqual(alone.inferred);
        expect(shown(together)).toEqual(shown(alone));
      }),
      { numRuns: 12 },
    );
  });

  it("has one numbering of texts, in the order in which they are met", () => {
    const words = Array.from({ length: 60_000 }, (_, i) => `w${(i * i) % 4001}`);
    const column = parseCsv(`x\n${words.join("\n")}\n`, { types: { x: "category" } }).column("x");
    expect([...column]).toEqual(words);
  });

  it("names the line of what is wrong in a later part", () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i},${i}`);
    lines[150_000] = "1,2,3";
    expect(() => parseCsv(`a,b\n${lines.join("\n")}`)).toThrow(/2 fields in line 150002/);
    lines[150_000] = '"1,2';
    expect(() => parseCsv(`a,b\n${lines.join("\n")}`)).toThrow(/closing quote for line 150002/);
    lines[150_000] = "1,oops";
    const type = { types: { b: "int" } } as const;
    expect(() => parseCsv(`a,b\n${lines.join("\n")}`, type)).toThrow(/"oops" in row 150000/);
  });
});
