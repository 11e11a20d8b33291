import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assert, constantFrom, integer, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { FileFormatError, loadPth, nn, parsePth, scope, Tensor } from "../../../src/torch/index.js";
import { failure } from "../../failure.js";

const folder = new URL("../../fixtures/pth/", import.meta.url);
const file = (name: string) => fileURLToPath(new URL(name, folder));
const { tensors } = JSON.parse(readFileSync(new URL("tensors.json", folder), "utf8"));

async function loadMap(name: string): Promise<Map<unknown, unknown>> {
  const value = await loadPth(file(name));
  if (!(value instanceof Map)) throw new Error("expected a dictionary");
  return value;
}

describe("loadPth", () => {
  it("reads tensors of every dtype, views and parameters with Python's values", async () => {
    const loaded = await loadMap("tensors.pth");
    expect([...loaded.keys()]).toEqual(Object.keys(tensors));
    for (const [key, value] of loaded) {
      if (!(value instanceof Tensor)) throw new Error(`${key} is no tensor`);
      const { shape, dtype, values } = tensors[String(key)];
      expect([key, value.shape, value.dtype]).toEqual([key, shape, dtype]);
      const got = dtype === "int64" ? (value.toArray() as unknown[]).map(Number) : value.float().toArray();
      expect(got, String(key)).toEqual(dtype === "bool" ? values.map(Number) : values);
    }
  });

  it("keeps views of one storage views of one storage", async () => {
    const loaded = await loadMap("tensors.pth");
    const [whole, row] = [loaded.get("float32"), loaded.get("row")];
    if (!(whole instanceof Tensor) || !(row instanceof Tensor)) throw new Error("expected tensors");
    row.fill_(-1);
    expect(whole.toArray()).toEqual([
      [0, 1, 2, 3],
      [-1, -1, -1, -1],
      [8, 9, 10, 11],
    ]);
  });

  it("reads plain data around the tensors", async () => {
    const loaded = await loadMap("nested.pth");
    expect(loaded.get("model")).toBeInstanceOf(Map);
    expect(loaded.get("epoch")).toBe(3);
    expect(loaded.get("lr")).toBe(1e-3);
    expect(loaded.get("big")).toBe(2n ** 70n);
    expect(loaded.get("negative")).toBe(-5);
    expect(loaded.get("names")).toEqual(["a", "b"]);
    expect(loaded.get("flags")).toEqual([true, null]);
    expect(loaded.get("size")).toEqual([2, 3]);
    expect(loaded.get("ordered")).toEqual(new Map([["a", 1]]));
    expect(loaded.get("text")).toBe("grün");
  });

  it("gives a state dict that a module takes", async () => {
    const state = await loadMap("state.pth");
    const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
    model.loadStateDict(state as Map<string, Tensor>);
    expect(model.stateDict().get("0.weight")?.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it("refuses to call anything, and names what it was asked to call", async () => {
    const error = await failure(loadPth(file("evil.pth")));
    expect(error.message).toMatch(/__builtin__\.print|builtins\.print/);
    expect(error).toBeInstanceOf(FileFormatError);
  });

  it("turns every kind of damage into a FileFormatError, or reads what is left", () => {
    const bytes = new Uint8Array(readFileSync(file("state.pth")));
    const attempt = (damaged: Uint8Array) =>
      scope(() => {
        try {
          parsePth(damaged, "state.pth");
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError);
          expect((error as FileFormatError).message).toContain("state.pth");
        }
      });
    const place = integer({ min: 0, max: bytes.length - 1 });
    assert(
      property(place, (length) => attempt(bytes.slice(0, length))),
      { numRuns: 60 },
    );
    const flip = constantFrom(0, 1, 0x7f, 0x80, 0xff);
    assert(
      property(place, flip, (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        attempt(damaged);
      }),
      { numRuns: 300 },
    );
    assert(property(uint8Array({ maxLength: 200 }), attempt), { numRuns: 50 });
  });
});
