/** A folder of its own for each test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";

/** Makes an empty folder before each test of the file and removes it afterwards; what tests print goes nowhere. */
export function useFolder(): { readonly path: string } {
  let path = "";
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "fastai-ts-"));
    vi.spyOn(console, "log").mockImplementation(() => {});
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(path, { recursive: true });
  });
  return {
    get path() {
      return path;
    },
  };
}
