/** Files that Python wrote, made by test/parity/files.py. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { Tensor } from "../../../src/torch/index.js";

export interface Described {
  shape: number[];
  dtype: string;
  layout: string;
  values: unknown;
}

const fixture: {
  pth: Record<string, string>;
  tensors: Record<string, Described>;
  quantized: Record<string, Described>;
  sparse: Record<string, Described>;
  npy: Record<string, { file: string; shape: number[]; values: unknown }>;
  versions_of_npy: Record<string, string>;
  refused: Record<string, string>;
  npz: Record<"plain" | "compressed", string>;
} = JSON.parse(readFileSync(new URL("../../fixtures/files.json", import.meta.url), "utf8"));

export const { tensors, quantized, sparse, npy, npz, refused, versions_of_npy: npyVersions } = fixture;

/** The bytes of a file, on memory of their own. */
export function bytesOf(file: string): Uint8Array {
  return Uint8Array.from(Buffer.from(file, "base64"));
}

/** The bytes of one of the `.pth` files. */
export function pth(name: string): Uint8Array {
  return bytesOf(fixture.pth[name] as string);
}

/** Values as JSON has them: complex numbers as pairs, 64-bit integers and 8-bit floats as numbers. */
export function plain(tensor: Tensor): unknown {
  const real = tensor.dtype.startsWith("complex") ? tensor.viewAsReal() : tensor;
  const dense = real.layout === "strided" ? real : real.toDense();
  const whole = dense.dtype.startsWith("q") ? dense.dequantize() : dense;
  return (/int64|float8/.test(whole.dtype) ? whole.double() : whole).toArray();
}

/** Checks tensors by name against what Python says of them. */
export function expectTensors(value: unknown, expected: Record<string, Described>): void {
  if (!(value instanceof Map)) throw new Error("expected a dictionary");
  for (const [name, { shape, dtype, layout, values }] of Object.entries(expected)) {
    const tensor: unknown = value.get(name);
    if (!(tensor instanceof Tensor)) throw new Error(`expected ${name} to be a tensor`);
    expect([name, tensor.shape, tensor.dtype]).toEqual([name, shape, dtype]);
    if (layout !== "sparse_csc") expect(tensor.layout).toBe(layout);
    expect(plain(tensor), name).toBeClose(values, { rtol: 1e-6, atol: 1e-7 });
  }
}

/** Runs with a folder that is removed afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fastai-ts-files-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
