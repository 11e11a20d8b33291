import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  asFloat,
  type DType,
  DtypeError,
  fft,
  fromBuffer,
  linalg,
  ones,
  ops,
  ShapeError,
  special,
  tensor,
  ValueError,
  where,
  zeros,
} from "../../../src/torch/index.js";
import { camelCase } from "../../../src/torch/op-schema.js";

const fixture = JSON.parse(readFileSync(new URL("../../fixtures/tensor.json", import.meta.url), "utf8")) as {
  promotion: Record<string, Record<string, string | [string, string]>>;
  namespaces: Record<string, string[]>;
}; // written by test/parity/tensor.py

const scalars = { int: 2, float: 2.5, bool: true, complex: { re: 0, im: 1 } };

describe("dtype promotion", () => {
  it.each(Object.keys(fixture.promotion) as DType[])(
    "is Python's for %s with every other dtype and number",
    (first) => {
      const a = ones([1], { dtype: first });
      const row = fixture.promotion[first] ?? {};
      for (const second of Object.keys(fixture.promotion) as DType[]) {
        const b = ones([1], { dtype: second });
        const condition = tensor([true]);
        const got = [where(condition, a, b).dtype, where(condition, a, b.at(0)).dtype];
        expect(got, `${first} and ${second}`).toEqual(row[second]);
      }
      for (const [kind, scalar] of Object.entries(scalars)) {
        expect(a.mul(scalar).dtype, `${first} and ${kind}`).toBe(row[`${kind} number`]);
      }
      expect([a.div(a).dtype, a.sum().dtype, a.exp().dtype]).toEqual([row.div, row.sum, row.exp]);
    },
  );

  it("takes a whole number as an integer unless it is marked as a float", () => {
    const x = tensor([1n, 2n]);
    expect([x.mul(2).dtype, x.mul(asFloat(2)).dtype, x.mul(2.5).dtype]).toEqual(["int64", "float32", "float32"]);
    expect(ops.aten.result_type.Tensor(x, tensor([true]))).toBe("int64");
  });
});

describe("integers beyond 2^53", () => {
  const big = 2n ** 60n + 1n;

  it("are never rounded on the way out", () => {
    const x = tensor([[big, -3n]]);
    expect(() => x.at(0, 0).item()).toThrow(/itemBigInt/);
    expect(x.at(0, 0).itemBigInt()).toBe(big);
    expect(() => x.toArray()).toThrow(/toBigIntArray/);
    expect(x.toBigIntArray()).toEqual([[big, -3n]]);
    expect(tensor([1, 2], { dtype: "uint8" }).toBigIntArray()).toEqual([1n, 2n]);
    expect(() => tensor([1.5]).toBigIntArray()).toThrow(DtypeError);
    expect(() => tensor([1n, 2n]).itemBigInt()).toThrow(ValueError);
  });

  it("are exact as uint64 too", () => {
    const x = fromBuffer(BigUint64Array.from([2n ** 63n + 5n]));
    expect(() => x.item()).toThrow(/itemBigInt/);
    expect(x.itemBigInt()).toBe(2n ** 63n + 5n);
    expect(tensor([2n ** 64n - 1n], { dtype: "uint64" }).toBigIntArray()).toEqual([2n ** 64n - 1n]);
  });

  it("cross as arguments, results and assigned values", () => {
    expect(tensor([1n]).add(big).itemBigInt()).toBe(big + 1n);
    const x = zeros([3], { dtype: "int64" });
    x.setAt_(0, big);
    x.setAt_([tensor([false, true, true])], big + 1n);
    expect(x.toBigIntArray()).toEqual([big, big + 1n, big + 1n]);
  });
});

describe("tensor()", () => {
  it("refuses what a dtype cannot hold, as PyTorch does", () => {
    expect(() => tensor(300, { dtype: "uint8" })).toThrow(/expected values that uint8 can hold, got 300/);
    expect(() => tensor(-1000, { dtype: "uint8" })).toThrow(ValueError);
    expect(tensor(-1, { dtype: "uint8" }).item()).toBe(255);
    expect(tensor([2.7, -2.7], { dtype: "int8" }).toArray()).toEqual([2, -2]);
    expect(() => tensor(-129, { dtype: "int8" })).toThrow(ValueError);
    expect(() => tensor([Number.NaN], { dtype: "int64" })).toThrow(ValueError);
    expect(() => tensor(1e20, { dtype: "int64" })).toThrow(ValueError);
    expect(() => tensor(2n ** 63n)).toThrow(/int64 can hold/);
    expect(() => tensor(-1n, { dtype: "uint64" })).toThrow(/uint64 can hold/);
    expect(() => tensor([2n, 1.5])).toThrow(/whole numbers beside bigints/);
    expect(() => tensor([{ re: 1, im: 1 }], { dtype: "float32" })).toThrow(DtypeError);
  });

  it("takes typed arrays inside arrays, and numbers beside bigints and complex ones", () => {
    expect(tensor([new Float32Array([1, 2]), [3, 4]])).toBeClose([
      [1, 2],
      [3, 4],
    ]);
    expect(() => tensor([new Float32Array([1, 2]), [3]])).toThrow(ShapeError);
    expect(tensor([1, 2n]).dtype).toBe("int64");
    expect(tensor([1, { re: 0, im: 2 }]).toArray()).toEqual([
      { re: 1, im: 0 },
      { re: 0, im: 2 },
    ]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });
});

describe("complex numbers", () => {
  it("go in as tensors, scalars and assigned values, and come out", () => {
    const x = tensor([{ re: 3, im: -4 }]);
    expect(x.dtype).toBe("complex64");
    expect(x.abs().toArray()).toEqual([5]);
    expect(x.conj().mul({ re: 0, im: 1 }).toArray()).toEqual([{ re: -4, im: 3 }]);
    x.setAt_(0, { re: 1, im: 1 });
    expect(x.toArray()).toEqual([{ re: 1, im: 1 }]);
    expect(ops.aten.item(x)).toEqual({ re: 1, im: 1 });
  });
});

describe("sparse and quantised tensors", () => {
  it("come out as the numbers they stand for", () => {
    const x = tensor([[0.1, 0.25]]);
    const q = ops.aten.quantize_per_tensor(x, 0.1, 10, "quint8");
    expect(q).toBeClose([[0.1, 0.2]]);
    expect(q.intRepr()).toBeClose([[11, 12]]);
    expect([q.dtype, q.qScale(), q.qZeroPoint()]).toEqual(["quint8", 0.1, 10]);
    expect(x.toSparse()).toBeClose([[0.1, 0.25]]);
  });
});

describe("namespaces", () => {
  it.each(Object.entries({ fft, linalg, special }))("have PyTorch's functions: %s", (space, functions) => {
    const missing = (fixture.namespaces[space] ?? []).filter((name) => !(camelCase(name) in functions));
    expect(missing).toEqual([]);
  });

  it("give results by name and by place", () => {
    const { U, S, Vh } = linalg.svd(
      tensor([
        [3, 0],
        [0, 4],
      ]),
    );
    expect(S).toBeClose([4, 3]);
    expect(U.mul(S).matmul(Vh)).toBeClose([
      [3, 0],
      [0, 4],
    ]);
    const found = tensor([[1, 5, 2]]).max({ dim: 1 });
    const [values, indices] = found;
    expect([values.item(), indices.item()]).toEqual([5, 1]);
    expect(found.values).toBe(values);
    expect(found.map((part) => part.item())).toEqual([5, 1]);
    for (const part of found) expect(part.shape).toEqual([1]);
  });
});
