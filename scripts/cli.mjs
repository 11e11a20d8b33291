#!/usr/bin/env node
// The `fastai-ts` command. Plain JavaScript, so that `doctor` and `setup` work when nothing is compiled yet.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HELP = `usage: npx fastai-ts <command>

  quickstart [FOLDER]   train an image classifier, on generated pictures or on a folder of yours
  doctor                what was found, what is missing, and the command that mends it
  setup                 fetch libtorch into the per-user cache; in a clone also build everything
`;

const [command = "help", ...args] = process.argv.slice(2);
process.argv.splice(2, process.argv.length, ...args);

/** @type {Record<string, () => Promise<unknown>>} */
const commands = {
  doctor: () => import("./doctor.mjs"),
  setup: () => import("./setup.mjs"),
  quickstart: runQuickstart,
  help: async () => process.stdout.write(HELP),
};

if (commands[command]) {
  await commands[command]();
} else {
  process.stderr.write(`fastai-ts: expected a command, got "${command}".\n\n${HELP}`);
  process.exitCode = 2;
}

async function runQuickstart() {
  const compiled = new URL("../dist/cli/quickstart.js", import.meta.url);
  if (existsSync(fileURLToPath(compiled))) return import(compiled.href);
  process.stderr.write("fastai-ts: the sources are not compiled yet. Do this: npx fastai-ts setup\n");
  process.exitCode = 1;
  return undefined;
}
