#!/usr/bin/env node
// Writes src/index.ts: every public name of the layers above torch, listed. The lists are the layers' own indexes.
// usage: node scripts/entries.mjs [--check]; a test runs it with --check.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const LAYERS = ["layers", "data", "optimizer", "learner", "callback", "show"];

/**
 * Which layer a name comes from when two have it: `showResults` is the dispatch that users add their types to, the
 * learner's function of that name is reached as its method; `TopLosses` is the interpretation's, not what is drawn of it.
 * @type {Record<string, string>}
 */
const CHOSEN = { showResults: "data", TopLosses: "learner" };

const source = fileURLToPath(new URL("../src", import.meta.url));

/**
 * The names an index exports; types with "type " before them.
 * @param {string} layer
 */
function publicNames(layer) {
  const file = join(source, layer, "index.ts");
  const parsed = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  return parsed.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
    if (ts.isNamespaceExport(statement.exportClause)) return [statement.exportClause.name.text];
    return statement.exportClause.elements.map(
      ({ name, isTypeOnly }) => (statement.isTypeOnly || isTypeOnly ? "type " : "") + name.text,
    );
  });
}

/** The whole file. */
function entry() {
  /** @type {Map<string, string>} */
  const owners = new Map();
  const lists = LAYERS.filter((layer) => existsSync(join(source, layer, "index.ts"))).map((layer) => {
    const mine = publicNames(layer).filter((name) => (CHOSEN[key(name)] ?? layer) === layer);
    const names = mine.sort((a, b) => key(a).localeCompare(key(b)) || a.localeCompare(b));
    for (const name of names.map(key)) {
      const other = owners.get(name);
      if (other) throw new Error(`entries: expected one ${name}, got one in src/${other} and one in src/${layer}.`);
      owners.set(name, layer);
    }
    return `export {\n${names.map((name) => `  ${name},\n`).join("")}} from "./${layer}/index.js";\n`;
  });
  return `/** fastai in layers: what is not about one application. Written by scripts/entries.mjs. */\n${lists.join("")}`;
}

/** @param {string} name */
function key(name) {
  return name.replace(/^type /, "");
}

const target = join(source, "index.ts");
const biome = fileURLToPath(new URL("../node_modules/.bin/biome", import.meta.url));
const format = ["check", "--write", "--stdin-file-path", "src/index.ts"];
const text = spawnSync(biome, format, { input: entry(), encoding: "utf8" }).stdout;
if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
  console.error("src/index.ts: expected the names of the layers' indexes, got others. Do this: npm run entries");
  process.exitCode = 1;
}
