import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { libtorchFiles, withFolder } from "./with-folder.js";

const root = join(import.meta.dirname, "../..");
const clone = { "clone/package-lock.json": "{}", "clone/src/index.ts": "" };

const cmakeJs = { "clone/node_modules/cmake-js/package.json": "{}" };

/** Runs one set-up step of a clone on a machine that has Node.js and the given commands only. */
function setUp(folder: string, step: string, commands: Record<string, string>, env: Record<string, string> = {}) {
  cpSync(join(root, "scripts"), join(folder, "clone/scripts"), { recursive: true });
  mkdirSync(join(folder, "bin"));
  symlinkSync(process.execPath, join(folder, "bin/node"));
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }
  return spawnSync(process.execPath, [join(folder, "clone/scripts/setup.mjs"), step], {
    encoding: "utf8",
    env: { PATH: join(folder, "bin"), HOME: folder, ...env },
  });
}

/** A pip whose download ends as given. */
const pip = (download: string) => `case "$*" in *download*) ${download};; *) echo pip 25;; esac`;

describe("the set-up", () => {
  it.each([
    ["no Python", {}, "there is no Python on the PATH", "python3-pip"],
    [
      "a Python without pip",
      { python3: '[ "$1" = --version ] && echo Python 3.11 || exit 1' },
      "has no pip",
      "python3-pip",
    ],
    [
      "no network",
      { python3: pip("echo 'NewConnectionError: Temporary failure in name resolution' >&2; exit 1") },
      "could not reach its package index",
      "PIP_FIND_LINKS=",
    ],
    [
      "no wheel for this platform",
      { python3: pip("echo 'ERROR: No matching distribution found for torch==2.13.0' >&2; exit 1") },
      "pip finds no wheel of torch==2.13.0",
      "LIBTORCH=",
    ],
    [
      "a damaged wheel",
      { python3: pip("echo \"ERROR: Wheel 'torch' is invalid.\" >&2; exit 1") },
      "is damaged",
      "npm start",
    ],
  ])("says in one sentence what mends %s", (_, commands, sentence, mend) =>
    withFolder(clone, (folder) => {
      const { status, stderr } = setUp(folder, "libtorch", commands);
      expect(stderr).toContain(sentence);
      expect(stderr.match(/Mend it with: (.*)/)?.[1]).toContain(mend);
      expect(status).toBe(1);
      const cache = join(folder, ".cache/fastai-ts/libtorch");
      expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
    }),
  );

  it.each([
    ["a compiler", {}, "no C++ compiler was found"],
    ["cmake", { "c++": "echo c++ 12" }, "cmake was not found"],
    ["make and ninja", { "c++": "echo c++ 12", cmake: "echo cmake 3" }, "neither make nor ninja was found"],
  ])("misses %s before it starts to build", (_, commands, sentence) =>
    withFolder({ ...clone, ...cmakeJs, ...libtorchFiles("libtorch", "2.13.0+cpu") }, (folder) => {
      const { status, stderr } = setUp(folder, "addon", commands, { LIBTORCH: join(folder, "libtorch") });
      expect(stderr).toContain(sentence);
      expect(stderr).toContain("Mend it with: ");
      expect(status).toBe(1);
    }),
  );

  it("names the version of a libtorch that is too old", () =>
    withFolder({ ...clone, ...libtorchFiles("libtorch", "2.9.0+cpu") }, (folder) => {
      const { status, stderr } = setUp(folder, "libtorch", {}, { LIBTORCH: join(folder, "libtorch") });
      expect(stderr).toContain("which is version 2.9.0, supported are 2.11 to 2.15.");
      expect(status).toBe(1);
    }));

  it("has nothing to do for libtorch when LIBTORCH fits", () =>
    withFolder({ ...clone, ...libtorchFiles("libtorch", "2.13.0+cpu") }, (folder) => {
      const { status, stdout } = setUp(folder, "libtorch", {}, { LIBTORCH: join(folder, "libtorch") });
      expect(stdout).toMatch(/^\[set-up\] nothing to do \(0\.\d s\)\n$/);
      expect(status).toBe(0);
    }));
});
