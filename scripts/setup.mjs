#!/usr/bin/env node
// The one set-up step of `npm start` and `npm test`: packages, libtorch, addon, TypeScript. Each part looks first whether
// anything is to do. Plain Node.js without dependencies, because nothing is installed yet when it runs.
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { libtorchCache } from "./find-libtorch.mjs";
import { addonStep } from "./setup/addon.mjs";
import { libtorchStep } from "./setup/libtorch.mjs";
import { withLock } from "./setup/lock.mjs";
import { packagesStep } from "./setup/packages.mjs";
import { SetupError } from "./setup/setup-error.mjs";
import { typescriptStep } from "./setup/typescript.mjs";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => boolean} isDone cheap: looks at sizes and times
 * @property {(say: (message: string) => void) => Promise<void>} run
 */

const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));

/** Node releases that all of the toolchain runs on. */
const OLDEST_NODE = { major: 20, minor: 17 };

/** An installed package brings its addon and dist/; only libtorch is to be fetched there. */
const isClone = existsSync(join(root, "src")) && existsSync(join(root, "package-lock.json"));

/** The steps by name, in order. */
const STEPS = isClone
  ? [packagesStep(root), libtorchStep(), addonStep(root), typescriptStep(root)]
  : [
      libtorchStep(),
      ...(existsSync(join(root, "prebuilds", `${process.platform}-${process.arch}`)) ? [] : [addonStep(root)]),
    ];

/**
 * Runs what is to do.
 * @param {string[]} only names of steps; empty for all
 */
async function setUp(only) {
  const started = Date.now();
  checkNode();
  const steps = STEPS.filter(({ name }) => only.length === 0 || only.includes(name.toLowerCase()));
  const pending = nextStep(steps);
  if (pending) {
    const lock = join(libtorchCache(), "..", "locks", createHash("sha256").update(root).digest("hex").slice(0, 16));
    await withLock(
      lock,
      (message) => report("set-up", message),
      () => runSteps(steps),
    );
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  report("set-up", pending ? `ready after ${seconds} s` : `nothing to do (${seconds} s)`);
}

/** @param {Step[]} steps */
async function runSteps(steps) {
  for (const step of steps) {
    if (!step.isDone()) await step.run((message) => report(step.name, message));
  }
}

/** @param {Step[]} steps */
function nextStep(steps) {
  return steps.find((step) => !step.isDone());
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const { major: oldest, minor: oldestMinor } = OLDEST_NODE;
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return;
  throw new SetupError(
    `Node.js ${process.versions.node} is too old, ${oldest}.${oldestMinor} or newer is needed.`,
    "nvm install 22",
  );
}

/**
 * @param {string} step
 * @param {string} message
 */
function report(step, message) {
  console.log(`[${step}] ${message}`);
}

try {
  await setUp(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nfastai-ts cannot be set up: ${error.message}\n  Mend it with: ${error.mend}\n`);
  process.exitCode = 1;
}
