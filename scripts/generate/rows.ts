/**
 * Writes docs/rows.md: what of fastai is here, row by row, from the rows' names (rows.json), the tests whose
 * titles or data name a row, and docs/differences.md. Run: npm run rows
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import names from "./rows.json" with { type: "json" };

const root = join(fileURLToPath(import.meta.url), "../../..");
const page = join(root, "docs/rows.md");
/** The sections of the page, in order. Every row of a section listed here needs a test, or an entry in differences.md. */
const sections: readonly (keyof typeof names)[] = [
  ...(["Foundation", "Typed tensors and helpers", "Layers", "Losses", "Optimizers"] as const),
  ...(["DataLoader", "Loaders and datasets", "Getters, splitters, labellers, targets", "DataBlock"] as const),
  ...(["External data", "Learner", "Schedules", "Callbacks", "Metrics", "Interpretation"] as const),
  ...(["Images", "Augmentation", "Vision models", "Tables", "Collaborative filtering"] as const),
  ...(["Tables", "Collaborative filtering"] as const),
];
const idPattern = /\b([A-Z]{3})-(\d+)(?: to \1-(\d+))?/g;

/** What stands where about one row. */
export interface Row {
  readonly id: string;
  readonly name: string;
  /** Test files that name the row, by their path below test/. */
  readonly tests: readonly string[];
  /** Whether docs/differences.md has an entry for it. */
  readonly differs: boolean;
}

/** The ids a text names; "LOS-1 to LOS-3" names three. */
export function idsIn(text: string): string[] {
  return [...text.matchAll(idPattern)].flatMap(([, section, first, last]) => {
    const from = Number(first);
    return Array.from({ length: Number(last ?? first) - from + 1 }, (_, i) => `${section}-${from + i}`);
  });
}

function literalsOf(file: string): string[] {
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) literals.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest));
  return literals;
}

/** Which test files name which row. */
function testsByRow(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const folder = join(root, "test");
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith(".test.ts"));
  for (const path of files.sort()) {
    const ids = new Set(literalsOf(join(folder, path)).flatMap(idsIn));
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), path]);
  }
  return found;
}

/** The rows by section. */
export function readRows(): Record<string, Row[]> {
  const tests = testsByRow();
  const different = new Set(idsIn(readFileSync(join(root, "docs/differences.md"), "utf8")));
  return Object.fromEntries(
    sections.map((section) => [
      section,
      Object.entries(names[section]).map(([id, name]) => ({
        id,
        name,
        tests: tests.get(id) ?? [],
        differs: different.has(id),
      })),
    ]),
  );
}

function stateOf({ tests, differs }: Row): string {
  if (tests.length === 0) return differs ? "[left out](differences.md)" : "no test";
  return differs ? "works, [differs](differences.md)" : "works";
}

/** The text of docs/rows.md. */
export function generate(): string {
  const sections = Object.entries(readRows()).map(([section, rows]) => {
    const lines = rows.map((row) => `| ${row.id} | ${row.name} | ${stateOf(row)} | ${row.tests.join(", ")} |`);
    return `## ${section}\n\n| row | what | state | tests |\n|---|---|---|---|\n${lines.join("\n")}\n`;
  });
  const head =
    "# Rows\n\nWhat of fastai is here, and which test files (below `test/`) prove it. Written by\n" +
    "`npm run rows`; a test compares. Where behaviour is not fastai's, [differences.md](differences.md) says why.\n";
  return [head, ...sections].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, generate());
