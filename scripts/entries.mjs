#!/usr/bin/env node
// Keeps the public entries complete: src/index.ts lists every public name of the layers, src/vision/index.ts its own names
// and then those. What is public is said once, in each layer's own index.
// usage: node scripts/entries.mjs [--check]; a test runs it with --check.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const LAYERS = ["layers", "frame", "data", "optimizer", "learner", "callback", "show"];

/** The applications: what their entries say they hold, and the other applications whose names they list too. */
const APPLICATIONS = {
  vision: { about: "Everything for work with photos", others: [] },
  tabular: { about: "Everything for tables", others: [] },
  collab: { about: "Everything for ratings", others: ["tabular"] },
};

/**
 * Which layer a name comes from when two have it: `showResults` is the dispatch that users add their types to, the
 * learner's function of that name is reached as its method; `TopLosses` is the interpretation's, not what is drawn of it.
 * @type {Record<string, string>}
 */
const CHOSEN = { showResults: "data", TopLosses: "learner" };

const source = fileURLToPath(new URL("../src", import.meta.url));
const biome = fileURLToPath(new URL("../node_modules/.bin/biome", import.meta.url));

/** @param {string} file */
function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
}

/**
 * The names that an export statement lists; types with "type " before them.
 * @param {ts.Statement} statement
 */
function listed(statement) {
  if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
  if (ts.isNamespaceExport(statement.exportClause)) return [statement.exportClause.name.text];
  return statement.exportClause.elements.map(
    ({ name, isTypeOnly }) => (statement.isTypeOnly || isTypeOnly ? "type " : "") + name.text,
  );
}

/**
 * One export statement a layer, without the names that are taken already.
 * @param {string} path from the entry's folder to src/
 * @param {string[]} taken
 * @param {string[]} [layers]
 */
function layerLists(path, taken, layers = LAYERS) {
  /** @type {Map<string, string>} */
  const owners = new Map(taken.map((name) => [bare(name), "the entry itself"]));
  return layers
    .map((layer) => {
      const names = ownStatements(layer)
        .flatMap((statement) => statement.names)
        .filter((name) => !taken.includes(bare(name)) && (CHOSEN[bare(name)] ?? layer) === layer);
      for (const name of names.map(bare)) {
        const other = owners.get(name);
        if (other) throw new Error(`entries: expected one ${name}, got one in ${other} and one in src/${layer}.`);
        owners.set(name, `src/${layer}`);
      }
      return `export {\n${names.map((name) => `  ${name},\n`).join("")}} from "${path}/${layer}/index.js";\n`;
    })
    .join("");
}

/** @param {string} name */
function bare(name) {
  return name.replace(/^type /, "");
}

function mainEntry() {
  return `/** fastai in layers: what is not about one application. Written by scripts/entries.mjs. */\n${layerLists(".", [])}`;
}

/**
 * The statements of an index that are written by hand: those that do not list another folder's names.
 * @param {string} folder
 */
function ownStatements(folder) {
  const file = parse(join(source, folder, "index.ts"));
  return file.statements
    .map((statement) => ({ text: statement.getText(file), names: listed(statement) }))
    .filter(({ text }) => !/from "\.\.\/\w+\/index\.js"/.test(text));
}

/**
 * The statements written by hand, and the lists of the layers made anew.
 * @param {string} name
 * @param {{ about: string, others: string[] }} application
 */
function applicationEntry(name, { about, others }) {
  const own = ownStatements(name);
  const taken = own.flatMap(({ names }) => names.map(bare));
  const header = `/** ${about}: this folder's names, then those of the layers (by scripts/entries.mjs). */`;
  const text = own.map((statement) => statement.text).join("\n");
  return `${header}\n${text}\n${layerLists("..", taken, [...LAYERS, ...others])}`;
}

/** @type {[name: string, make: () => string][]} */
const ENTRIES = [
  ["src/index.ts", mainEntry],
  ...Object.entries(APPLICATIONS).map(([name, application]) => {
    const make = () => applicationEntry(name, application);
    return /** @type {[name: string, make: () => string]} */ ([`src/${name}/index.ts`, make]);
  }),
];

for (const [name, make] of ENTRIES) {
  const file = join(source, "..", name);
  const format = ["check", "--write", "--stdin-file-path", name];
  const text = spawnSync(biome, format, { input: make(), encoding: "utf8" }).stdout;
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
  } else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    console.error(`${name}: expected the names of the layers' indexes, got others. Do this: npm run entries`);
    process.exitCode = 1;
  }
}
