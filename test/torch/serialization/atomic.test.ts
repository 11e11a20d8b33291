import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { load, type Tensor } from "../../../src/torch/index.js";
import { withFolder } from "./files.js";

const program = fileURLToPath(new URL("atomic.program.ts", import.meta.url));
// In one process: tsx's own command starts another, which would outlive it.
const withTypes = ["--import", "tsx"];
const env = { ...process.env, TSX_TSCONFIG_PATH: "tsconfig.check.json" };

/** Starts the writer, and kills it when its second temporary file or a later one has grown. */
async function killedWhileWriting(path: string): Promise<void> {
  const child = spawn(process.execPath, [...withTypes, program, path], { stdio: "pipe", env });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let problems = "";
  child.stderr.on("data", (text) => {
    problems += text;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the writer ended with ${code}: ${problems}`)));
  });
  while (!isBeingWritten(dirname(path))) await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  await ended;
}

function isBeingWritten(folder: string): boolean {
  const temporary = readdirSync(folder).find((name) => name.endsWith(".tmp"));
  return temporary !== undefined && (statSync(join(folder, temporary), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

describe("a process that is killed while it writes", () => {
  it.each([".safetensors", ".pth"])(
    "leaves a whole file (%s)",
    async (ending) => {
      await withFolder(async (folder) => {
        const path = join(folder, `big${ending}`);
        await killedWhileWriting(path);
        const big = (await load(path)).get("big") as Tensor;
        expect(big.shape).toEqual([2 ** 21]);
        expect(Number(big.min().item())).toBe(Number(big.max().item()));
      });
    },
    60_000,
  );
});
