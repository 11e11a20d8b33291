import { describe, expect, it } from "vitest";
import {
  arange,
  cat,
  DisposedError,
  DtypeError,
  einsum,
  fromBuffer,
  full,
  IndexError,
  keep,
  manualSeed,
  OptionError,
  OutOfMemoryError,
  ones,
  ops,
  randn,
  randperm,
  ShapeError,
  scope,
  slice,
  Tensor,
  TensorBase,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";

describe("creation", () => {
  it("makes float32 from numbers, and keeps a typed array's kind", () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).dtype,
    ).toBe("float32");
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).shape,
    ).toEqual([2, 2]);
    expect(tensor([true, false]).dtype).toBe("bool");
    expect(tensor(5n).dtype).toBe("int64");
    expect(tensor(new Uint8Array([1, 255])).toArray()).toEqual([1, 255]);
    expect(tensor(new Int32Array([1, -5])).dtype).toBe("int32");
    expect(tensor([1, 2], { dtype: "int64" }).toArray()).toEqual([1, 2]);
    expect(tensor({ re: 1, im: -2 }).toArray()).toEqual({ re: 1, im: -2 });
    expect(full([2], 3).dtype).toBe("float32");
    expect(arange(3).dtype).toBe("int64");
    expect(arange(0, 1, 0.25).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
  });

  it("shares memory with a typed array through fromBuffer and data()", () => {
    const values = new Float32Array([1, 2, 3, 4]);
    const x = fromBuffer(values, [2, 2]);
    x.mul_(10);
    expect([...values]).toEqual([10, 20, 30, 40]);
    values[0] = 5;
    expect(x.at(0, 0).item()).toBe(5);
    (x.data() as Float32Array)[3] = 7;
    expect(values[3]).toBe(7);
  });

  it("refuses ragged arrays, foreign values and unknown options with typed errors", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
    // @ts-expect-error a string is no value
    expect(() => tensor(["a"])).toThrow(ValueError);
    // @ts-expect-error a misspelt option
    expect(() => tensor([1], { dtyp: "int64" })).toThrow(/dtyp.*Did you mean "dtype"/);
  });

  it("draws the numbers Python draws for the same seed", () => {
    manualSeed(42);
    // torch.manual_seed(42); torch.randn(2, 2); torch.rand(3); torch.randperm(5)
    expect(randn([2, 2])).toBeClose(
      [
        [0.33669036626815796, 0.12880940735340118],
        [0.23446236550807953, 0.23033303022384644],
      ],
      { rtol: 0, atol: 0 },
    );
    manualSeed(0);
    expect(randperm(5).toArray()).toEqual([4, 0, 1, 3, 2]);
  });
});

describe("calling operators", () => {
  const x = () =>
    tensor([
      [1, 2],
      [3, 4],
    ]);

  it("takes arguments by position and by name", () => {
    expect(x().sum().item()).toBe(10);
    expect(x().sum(1, { keepdim: true }).toArray()).toEqual([[3], [7]]);
    expect(
      x()
        .sum({ dim: [0, 1] })
        .item(),
    ).toBe(10);
    expect(x().view(-1).shape).toEqual([4]);
    expect(x().view([4, 1]).shape).toEqual([4, 1]);
    expect(x().permute(1, 0).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(x().add(x(), { alpha: 2 }).toArray()).toEqual([
      [3, 6],
      [9, 12],
    ]);
    expect(einsum("ij,jk->ik", [x(), x()]).toArray()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    expect(cat([x(), x()], 1).shape).toEqual([2, 4]);
  });

  it("gives several results by name and in order", () => {
    const result = x().max({ dim: 1 });
    const [values, indices] = result;
    expect(values.toArray()).toEqual([2, 4]);
    expect(indices.toArray()).toEqual([1, 1]);
    expect(result.values.toArray()).toEqual([2, 4]);
    expect(result.indices.dtype).toBe("int64");
  });

  it("returns the tensor itself from in-place operators", () => {
    const y = x();
    expect(y.add_(1)).toBe(y);
    expect(y.toArray()).toEqual([
      [2, 3],
      [4, 5],
    ]);
  });

  it("reaches every operator by its own name, overloads and private ones included", () => {
    expect(ops.aten.add.Tensor(x(), x(), { alpha: 2 }).toArray()).toEqual([
      [3, 6],
      [9, 12],
    ]);
    expect(ops.aten.sum(x(), [1], { keepdim: true }).toArray()).toEqual([[3], [7]]);
    const list = [x(), x()];
    ops.aten._foreach_add_.Scalar(list, 1);
    expect(list[1]?.toArray()).toEqual([
      [2, 3],
      [4, 5],
    ]);
    // @ts-expect-error: the names of libtorch's operators are known to the compiler too
    expect(() => ops.aten.no_such_op).toThrow(ValueError);
    expect(ops.names().length).toBeGreaterThan(3000);
  });

  it("names the operator and its arguments when libtorch refuses", () => {
    expect(() => x().matmul(zeros([3, 3]))).toThrow(ShapeError);
    expect(() => x().matmul(zeros([3, 3]))).toThrow(/aten::matmul.*\[2, 2\] float32 on cpu.*\[3, 3\]/s);
    expect(() => x().select(0, 5)).toThrow(IndexError);
    expect(() =>
      x()
        .float()
        .matmul(ones([2, 2], { dtype: "float64" })),
    ).toThrow(DtypeError);
  });

  it("names a misspelt option and the signatures that exist", () => {
    // @ts-expect-error misspelt
    expect(() => x().sum({ dimm: 1 })).toThrow(OptionError);
    // @ts-expect-error misspelt
    expect(() => x().sum({ dimm: 1 })).toThrow(/Did you mean "dim"/);
    // @ts-expect-error wrong kind
    expect(() => x().add("a")).toThrow(/add\.Tensor.*got \(Tensor, string\)/s);
  });

  it("says what it could not do: no memory, no such device, no such dtype", () => {
    expect(() => zeros([2 ** 40])).toThrow(OutOfMemoryError);
    expect(() => zeros([-1])).toThrow(ShapeError);
    // @ts-expect-error no such word
    expect(() => x().to("bogus")).toThrow(/to: expected a dtype.*got "bogus"/);
    expect(() => x().t().data()).toThrow(/data: expected a contiguous tensor/);
  });

  it("keeps results larger than the packed buffer", () => {
    const parts = zeros([20000]).unbind(0);
    expect(parts.length).toBe(20000);
    expect(parts[19999]?.shape).toEqual([]);
    for (const part of parts) part.dispose();
  });

  it("keeps integers exact and says so when it cannot", () => {
    const big = tensor(9007199254740993n);
    expect(() => big.item()).toThrow(/itemBigInt/);
    expect(big.itemBigInt()).toBe(9007199254740993n);
    expect(tensor(-9007199254740993n).itemBigInt()).toBe(-9007199254740993n);
    expect(big.add(9007199254740993n).itemBigInt()).toBe(18014398509481986n);
    expect(tensor([7], { dtype: "int64" }).item()).toBe(7);
  });
});

describe("indexing", () => {
  it("reads as Python does", () => {
    const a = arange(24).view([2, 3, 4]);
    expect(a.at(0).shape).toEqual([3, 4]);
    expect(a.at(-1, 0, 1).item()).toBe(13);
    expect(a.at(slice(0, 1), 1).toArray()).toEqual([[4, 5, 6, 7]]);
    expect(a.at("...", null, slice({ step: 2 })).shape).toEqual([2, 3, 1, 2]);
    expect(a.at(a.gt(20)).toArray()).toEqual([21, 22, 23]);
    expect(a.at(slice(), [0, 2], 1).toArray()).toEqual([
      [1, 9],
      [13, 21],
    ]);
    expect(a.at(tensor([1, 0], { dtype: "int64" }), tensor([2, 0], { dtype: "int64" })).toArray()).toEqual([
      [20, 21, 22, 23],
      [0, 1, 2, 3],
    ]);
    expect(a.at(true).shape).toEqual([1, 2, 3, 4]);
  });

  it("writes as Python does", () => {
    const a = zeros([2, 3]);
    a.setAt_([0, slice()], 7);
    a.setAt_([1, 2], tensor(5));
    a.setAt_(a.eq(0), -1);
    expect(a.toArray()).toEqual([
      [7, 7, 7],
      [-1, -1, 5],
    ]);
    a.setAt_(
      [
        [0, 1],
        [0, 1],
      ],
      3,
    );
    expect(a.toArray()).toEqual([
      [3, 7, 7],
      [-1, 3, 5],
    ]);
  });

  it("refuses too many indices and positions out of range", () => {
    expect(() => zeros([2]).at(0, 0)).toThrow(IndexError);
    expect(() => zeros([2]).at(2)).toThrow(IndexError);
  });
});

describe("printing", () => {
  it("prints as PyTorch prints", () => {
    expect(
      String(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toBe("tensor([[1., 2.],\n        [3., 4.]])");
    expect(String(tensor([0.5, -1.25]))).toBe("tensor([ 0.5000, -1.2500])");
    expect(String(tensor([1e10, 1]))).toBe("tensor([1.0000e+10, 1.0000e+00])");
    expect(String(arange(3))).toBe("tensor([0, 1, 2])");
    expect(String(tensor([true, false]))).toBe("tensor([ True, False])");
    expect(String(zeros([0, 3]))).toBe("tensor([], size=(0, 3))");
    expect(String(tensor([1, Number.NaN, Number.POSITIVE_INFINITY]))).toBe("tensor([1., nan, inf])");
    expect(String(ones([2], { dtype: "float64", requiresGrad: true }))).toBe(
      "tensor([1., 1.], dtype=torch.float64, requires_grad=True)",
    );
    expect(String(zeros([1001]))).toBe("tensor([0., 0., 0.,  ..., 0., 0., 0.])");
  });
});

describe("semantic tensors", () => {
  class Picture extends TensorBase {}

  it("keep their class and metadata through shape-preserving operators only", () => {
    const picture = tensor([
      [1, 2],
      [3, 4],
    ]).as(Picture);
    picture.meta = { size: [2, 2] };
    const brighter: Picture = picture.add(1);
    expect(brighter).toBeInstanceOf(Picture);
    expect(brighter.meta).toEqual({ size: [2, 2] });
    expect(picture.flip(-1)).toBeInstanceOf(Picture);
    expect(picture.view(4)).toBeInstanceOf(Picture);
    expect(picture.at(0)).not.toBeInstanceOf(Array);
    expect(picture.sum()).toBeInstanceOf(Tensor);
    expect(picture.sum()).not.toBeInstanceOf(Picture);
    expect(picture.float()).toBeInstanceOf(Picture);
  });
});

describe("freed tensors", () => {
  it("say what freed them, and never reach another tensor", () => {
    const x = tensor([1]);
    x.dispose();
    const others = Array.from({ length: 10 }, () => tensor([2]));
    expect(() => x.add(1)).toThrow(DisposedError);
    expect(() => x.add(1)).toThrow(/freed by dispose\(\).*keep\(tensor\)/);
    expect(() => x.shape).toThrow(DisposedError);
    let inner: Tensor | undefined;
    scope(() => {
      inner = tensor([1]);
    });
    expect(() => inner?.add(others[0] as Tensor)).toThrow(/freed by scope\(\)/);
    expect(() => keep(x).item()).toThrow(DisposedError);
  });
});
