import { describe, expect, it } from "vitest";
import {
  OptionError,
  ones,
  sparse,
  sparseBscTensor,
  sparseBsrTensor,
  sparseCooTensor,
  sparseCscTensor,
  sparseCsrTensor,
  tensor,
} from "../../../src/torch/index.js";

const coo = () =>
  sparseCooTensor(
    [
      [0, 1],
      [2, 0],
    ],
    [3.5, 1],
    { size: [2, 3] },
  );

describe("sparse tensors", () => {
  it("are made from places and values, the same place adding up", () => {
    const x = coo();
    expect([x.layout, x.dtype, x.shape]).toEqual(["sparse_coo", "float32", [2, 3]]);
    expect(x.toDense()).toBeClose([
      [0, 0, 3.5],
      [1, 0, 0],
    ]);
    const twice = sparseCooTensor([[1, 1]], [1, 2]).coalesce();
    expect(twice.values()).toBeClose([3]);
    expect([twice.indices().toArray(), twice.sparseDim()]).toEqual([[[1]], 1]);
  });

  it.each([
    ["sparse_csr", sparseCsrTensor([0, 1, 2], [2, 0], [3n, 1n], { size: [2, 3] })],
    ["sparse_csc", sparseCscTensor([0, 1, 1, 2], [1, 0], [1n, 3n], { size: [2, 3] })],
  ])("are made by rows or columns, with the dtype of the values: %s", (layout, x) => {
    expect([x.layout, x.dtype]).toEqual([layout, "int64"]);
    expect(x.toDense()).toBeClose([
      [0, 0, 3],
      [1, 0, 0],
    ]);
    x.dispose();
  });

  it("are made of blocks", () => {
    const block = [
      [
        [1, 2],
        [3, 4],
      ],
    ];
    const expected = [
      [0, 0, 1, 2],
      [0, 0, 3, 4],
    ];
    expect(sparseBsrTensor([0, 1], [1], block, { size: [2, 4] }).toDense()).toBeClose(expected);
    expect(sparseBscTensor([0, 0, 1], [0], block, { size: [2, 4] }).toDense()).toBeClose(expected);
  });

  it("refuse unknown options and indices outside of the size", () => {
    expect(() => sparseCooTensor([[0]], [1], { sise: [1] } as object)).toThrow(OptionError);
    expect(() => sparseCooTensor([[5]], [1], { size: [2] })).toThrow(/inconsistent|index/);
  });

  it("have the functions of torch.sparse", () => {
    const x = coo();
    const y = ones([3, 2]);
    expect(sparse.mm(x, y)).toBeClose([
      [3.5, 3.5],
      [1, 1],
    ]);
    expect(sparse.addmm(ones([2, 2]), x, y, { alpha: 2, beta: 3 })).toBeClose([
      [10, 10],
      [5, 5],
    ]);
    expect(sparse.sum(x).item()).toBe(4.5);
    expect(sparse.sum(x, 0).toDense()).toBeClose([1, 0, 3.5]);
    expect(sparse.softmax(x, 1).coalesce().values()).toBeClose([1, 1]);
    expect(sparse.logSoftmax(x, 1).coalesce().values()).toBeClose([0, 0]);
    expect(sparse.spdiags(tensor([[1, 2]]), tensor([0], { dtype: "int64" }), [2, 2]).toDense()).toBeClose([
      [1, 0],
      [0, 2],
    ]);
    const places = sparseCsrTensor([0, 1, 1], [1], [1], { size: [2, 2] });
    expect(sparse.sampledAddmm(places, ones([2, 2]), ones([2, 2])).values()).toBeClose([3]);
  });

  it("give gradients to the values", () => {
    const values = tensor([3.5, 1], { requiresGrad: true });
    const x = sparseCooTensor(
      [
        [0, 1],
        [2, 0],
      ],
      values,
      { size: [2, 3] },
    );
    sparse
      .mm(x, tensor([[1], [2], [3]]))
      .sum()
      .backward();
    expect(values.grad).toBeClose([3, 1]);
  });
});
