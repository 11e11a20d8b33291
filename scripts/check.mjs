#!/usr/bin/env node
// `npm run check`: format and lint, types, layers, dead exports, build, tests, in that order. Warnings are failures.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @type {[name: string, command: string[]][]} */
const STEPS = [
  ["set-up", ["node", "scripts/setup.mjs"]],
  ["format and lint", ["biome", "check", "--error-on-warnings"]],
  ["types", ["tsc", "-p", "tsconfig.check.json"]],
  ["layers and cycles", ["vitest", "run", "test/structure"]],
  ["dead exports", ["knip"]],
  ["build", ["node", "scripts/setup.mjs", "addon", "typescript"]],
  ["tests", ["vitest", "run"]],
];

/** @param {string[]} command */
function start([name = "", ...args]) {
  if (name === "node") return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  const local = join(root, "node_modules", ".bin", name);
  return spawnSync(existsSync(local) ? local : name, args, { cwd: root, stdio: "inherit" });
}

for (const [name, command] of STEPS) {
  console.log(`\n== ${name}: ${command.join(" ")}`);
  const started = Date.now();
  if (start(command).status !== 0) {
    console.error(`\ncheck stops at "${name}". Run it alone with: npx ${command.join(" ")}`);
    process.exit(1);
  }
  console.log(`== ${name}: fine (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
