#!/usr/bin/env node
// `npm run bench:setup`: the Python side of the benchmarks, in bench/.venv.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIBTORCH_VERSION } from "./find-libtorch.mjs";

const PACKAGES = [`torch==${LIBTORCH_VERSION}`, "torchvision==0.28.0", "fastai==2.8.12", "safetensors"];

const venv = fileURLToPath(new URL("../bench/.venv", import.meta.url));
const python = join(venv, "bin", "python");

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  console.log(`$ ${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(python)) run("python3", ["-m", "venv", venv]);
run(python, ["-m", "pip", "install", "--disable-pip-version-check", ...PACKAGES]);
console.log(`\nThe peers run in ${python}; FASTAI_TS_BENCH_PYTHON names another interpreter.`);
