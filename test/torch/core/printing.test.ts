import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  arange,
  empty,
  eye,
  full,
  ops,
  sparseCooTensor,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/torch/index.js";

const { prints } = JSON.parse(readFileSync(new URL("../../fixtures/tensor.json", import.meta.url), "utf8")) as {
  prints: Record<string, string>; // written by test/parity/tensor.py
};

const { aten } = ops;
const coo = () =>
  tensor([
    [0, 0, 3.5],
    [1, 0, 0],
  ]).toSparse();
const square = () =>
  tensor([
    [0.1, 0.25],
    [1, 2],
  ]);

const tensors: Record<string, () => Tensor> = {
  coo,
  "coo with gradient": () => coo().requiresGrad_(),
  "coo of doubles": () => coo().double(),
  "coo of integers": () => sparseCooTensor([[0, 0]], [1n, 2n], { size: [3] }),
  "empty coo": () => empty([0, 3]).toSparse(),
  csr: () => eye(3, { dtype: "float64" }).toSparseCsr(),
  csc: () => eye(3).toSparseCsc(),
  bsr: () => eye(4).toSparseBsr([2, 2]),
  quantised: () => aten.quantize_per_tensor(square(), 0.1, 10, "quint8"),
  "quantised by channel": () =>
    aten.quantize_per_channel(square(), tensor([0.1, 0.2]), tensor([0, 1], { dtype: "int64" }), 0, "qint8"),
  complex: () =>
    tensor([
      { re: 1, im: 2 },
      { re: -0.5, im: -0.25 },
    ]),
  "complex matrix": () =>
    tensor(
      [
        [
          { re: 1, im: 2 },
          { re: -10.5, im: -100 },
        ],
        [0, 3],
      ],
      { dtype: "complex128" },
    ),
  "complex whole": () =>
    tensor([
      { re: 1, im: 2 },
      { re: 3, im: -4 },
    ]),
  "complex scientific": () =>
    tensor([
      { re: 1, im: 2 },
      { re: -0.5, im: -1e-7 },
    ]),
  meta: () => zeros([2, 3], { device: "meta" }),
  "meta integers": () => zeros([2, 3], { device: "meta", dtype: "int32" }),
  "empty integers": () => empty([0, 3], { dtype: "int64" }),
  float8: () => full([2], 1.5).to("float8_e4m3fn"),
  "big integers": () => tensor([2n ** 60n + 1n, -3n]),
  "not finite": () => tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1.5]),
  long: () => arange(1200).float().reshape(30, 40),
};

it.each(Object.keys(prints))("prints as PyTorch does: %s", (name) => {
  expect(String(tensors[name]?.())).toBe(prints[name]);
});
