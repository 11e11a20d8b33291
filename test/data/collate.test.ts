import { describe, expect, it } from "vitest";
import { CollateError, collate, convert, isTuple, TensorImage, TitledFloat } from "../../src/data/index.js";
import { type Tensor, tensor } from "../../src/torch/index.js";

const plain = (t: unknown) => ({ dtype: (t as Tensor).dtype, values: (t as Tensor).data() });

describe("collate", () => {
  it("DLD-8: stacks tensors and keeps their class and metadata", () => {
    const one = tensor([1, 2]).as(TensorImage);
    one.meta.codes = ["a"];
    const batch = collate([one, tensor([3, 4]).as(TensorImage)]) as TensorImage;
    expect(batch).toBeInstanceOf(TensorImage);
    expect(batch.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(batch.meta.codes).toEqual(["a"]);
  });

  it.each([
    { kind: "whole numbers", items: [1, 2], dtype: "int64", values: new BigInt64Array([1n, 2n]) },
    { kind: "numbers with fractions", items: [1, 2.5], dtype: "float32", values: new Float32Array([1, 2.5]) },
    { kind: "titled numbers", items: [new TitledFloat(1.5)], dtype: "float32", values: new Float32Array([1.5]) },
    { kind: "big integers", items: [3n], dtype: "int64", values: new BigInt64Array([3n]) },
  ])("DLD-8: makes $dtype of $kind", ({ items, dtype, values }) => {
    expect(plain(collate(items))).toEqual({ dtype, values });
  });

  it("DLD-8: makes bool of booleans", () => {
    const batch = collate([true, false]) as Tensor;
    expect(batch.dtype).toBe("bool");
    expect(batch.toArray()).toEqual([true, false]);
  });

  it("DLD-8: keeps texts as a list and goes into arrays and objects", () => {
    expect(collate(["a", "b"])).toEqual(["a", "b"]);
    const batch = collate([
      [1, { id: "x", v: new Float32Array([1, 2]) }],
      [2, { id: "y", v: new Float32Array([3, 4]) }],
    ]) as [Tensor, { id: string[]; v: Tensor }];
    expect(isTuple(batch)).toBe(true);
    expect(batch[0].shape).toEqual([2]);
    expect(batch[1].id).toEqual(["x", "y"]);
    expect(batch[1].v.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("DLD-8: names the member, class, shapes and item that do not fit, and the remedy", () => {
    const small = [tensor([[1]]).as(TensorImage), 0];
    const big = [tensor([[1, 2]]).as(TensorImage), 1];
    expect(() => collate([small, small, big])).toThrow(CollateError);
    expect(() => collate([small, small, big])).toThrow(
      "collate: expected items of one size, got member 0 (TensorImage) of shape [1,1] in item 0 and [1,2] in item 2. " +
        "Add an item transform, such as Resize, that gives all TensorImage one size.",
    );
  });

  it("DLD-8: refuses what cannot be collated", () => {
    class Photo {}
    expect(() => collate([new Photo()])).toThrow("got Photo");
    expect(() => collate([1, "a"])).toThrow("got Number in item 0 and String in item 1");
    expect(() => collate([[1], [1, 2]])).toThrow("1 members in item 0 and 2 in item 1");
    expect(() => collate([null])).toThrow("got null");
  });
});

describe("convert", () => {
  it("DLD-7: makes tensors of numbers, keeps tensors and texts", () => {
    const x = tensor([1]);
    const [same, list, text, one] = convert([x, [1, 2.5], "a", 3]) as [Tensor, Tensor, string, Tensor];
    expect(same).toBe(x);
    expect(list.toArray()).toEqual([1, 2.5]);
    expect(text).toBe("a");
    expect([one.shape, Number(one.item())]).toEqual([[], 3]);
  });
});
