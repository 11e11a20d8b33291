import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findLibtorch } from "../../../scripts/find-libtorch.mjs";
import { fromTransfer, ones, ops, TorchError, ValueError } from "../../../src/torch/index.js";

const folder = findLibtorch().found?.dir ?? "";
const library = join(folder, "lib", "libaoti_custom_ops.so"); // libtorch's own example of a custom operator library

it.skipIf(!existsSync(library))("operators of a library loaded later are called as all others are", () => {
  expect(() => ops.aoti_custom_ops?.custom_add).toThrow(ValueError);
  ops.loadLibrary(library);
  const sum = ops.aoti_custom_ops?.custom_add?.(ones([2]), ones([2]));
  expect(sum).toBeClose([2, 2]);
  expect(ops.names()).toContain("aoti_custom_ops::custom_add");
});

it("a library that cannot be opened is an error with the loader's reason", () => {
  expect(() => ops.loadLibrary("/no/such/library.so")).toThrow(TorchError);
  expect(() => ops.loadLibrary("/no/such/library.so")).toThrow(/cannot open/);
});

it("only a number from toTransfer becomes a tensor", () => {
  expect(() => fromTransfer(-3)).toThrow(/expected a number from toTransfer, got -3/);
});
