import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Runs `body` with a temporary folder that holds these files, and removes it. */
export async function withFolder<T>(
  files: Record<string, string>,
  body: (folder: string) => Promise<T> | T,
): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fastai-ts-test-")));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files by which a folder is taken for a libtorch of this version. */
export function libtorchFiles(at: string, version: string): Record<string, string> {
  return {
    [join(at, "lib/libtorch_cpu.so")]: "library",
    [join(at, "include/ATen/ATen.h")]: "",
    [join(at, "version.py")]: `__version__ = '${version}'\n`,
  };
}
