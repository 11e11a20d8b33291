import { describe, expect, it } from "vitest";
import {
  Categorize,
  Category,
  CategoryMap,
  EncodedMultiCategorize,
  LabelError,
  MultiCategorize,
  MultiCategory,
  OneHotEncode,
  RegressionSetup,
  TensorCategory,
  TensorMultiCategory,
  TfmdLists,
  TitledFloat,
} from "../../src/data/index.js";
import { type Tensor, tensor } from "../../src/torch/index.js";
import fixture from "../fixtures/data.json" with { type: "json" };

const { vocabs } = fixture;
const values = (t: unknown) => Array.from((t as Tensor).toArray() as number[], Number);

describe("CategoryMap", () => {
  it.each([
    { name: "sorted", got: new CategoryMap(["b", "a", "b"]), want: vocabs.sorted },
    { name: "unsorted", got: new CategoryMap(["b", "a", "b"], { sort: false }), want: vocabs.unsorted },
    { name: "with #na#", got: new CategoryMap(["b", "a"], { addNa: true }), want: vocabs.na },
    { name: "of numbers, by value", got: new CategoryMap([10, 9, 2]), want: vocabs.numbers },
  ])("DTR-5: $name as in fastai", ({ got, want }) => {
    expect([...got]).toEqual(want);
    expect(got.map((name) => got.idxOf(name))).toEqual(want.map((_, i) => i));
  });

  it("DTR-5: leaves out missing values and gives unknown names no number, or 0 with #na#", () => {
    const vocab = new CategoryMap(["b", null, undefined, Number.NaN, "a"]);
    expect([...vocab]).toEqual(["a", "b"]);
    expect(vocab.idxOf("z")).toBeUndefined();
    expect(new CategoryMap(["a"], { addNa: true }).idxOf("z")).toBe(0);
    expect(vocab.idxOf(new Category("b"))).toBe(1);
  });

  it("gives plain arrays from array methods", () => {
    expect(new CategoryMap(["a", "b"]).map((x) => `${x}!`)).toStrictEqual(["a!", "b!"]);
  });
});

describe("Categorize", () => {
  it("DTR-6: takes its vocab from the training split, as fastai does", async () => {
    const cat = new Categorize();
    const tls = await TfmdLists.create(["b", "a", "c", "b"], [cat], {
      splits: [
        [0, 1, 3],
        [2, 0],
      ],
    });
    expect([...(cat.vocab ?? [])]).toEqual(vocabs.train_only);
    const encoded = [await tls.get(0), await tls.get(1)] as TensorCategory[];
    expect(encoded.map((t) => Number(t.item()))).toEqual(vocabs.encoded);
    expect(encoded[0]).toBeInstanceOf(TensorCategory);
    expect([encoded[0]?.dtype, encoded[0]?.shape, cat.c]).toEqual(["int64", [], 2]);
    const decoded = tls.decode(encoded[0]);
    expect(decoded).toBeInstanceOf(Category);
    expect(String(decoded)).toBe("b");
  });

  it("DTR-6: names an unknown label", () => {
    const cat = new Categorize({ vocab: ["cat", "dog"] });
    expect(() => cat.encode("bird")).toThrow(LabelError);
    expect(() => cat.encode("bird")).toThrow('expected labels of the training data (cat, dog), got "bird"');
    expect(() => new Categorize().encode("x")).toThrow("expected a vocab, got none");
  });

  it("DTR-6: with addNa an unknown label is number 0", () => {
    const cat = new Categorize({ vocab: ["cat"], addNa: true });
    expect([Number((cat.encode("bird") as Tensor).item()), Number((cat.encode("cat") as Tensor).item())]).toEqual([
      0, 1,
    ]);
  });

  it("keeps a given vocab in its order when sort is off, and knows its loss", () => {
    const cat = new Categorize({ vocab: ["z", "a"], sort: false });
    expect([...(cat.vocab ?? [])]).toEqual(["z", "a"]);
    expect(cat.lossFunc.constructor.name).toBe("CrossEntropyLossFlat");
  });
});

describe("several categories", () => {
  it("DTR-7, DTR-8: makes one-hot vectors as fastai does, and decodes them to names", async () => {
    const tls = await TfmdLists.create([["x", "y"], [], ["z", "x"]], [new MultiCategorize(), new OneHotEncode()]);
    expect([...(tls.gather("vocab")[0] as string[])]).toEqual(vocabs.multi_vocab);
    const encoded = (await Promise.all([0, 1, 2].map((i) => tls.get(i)))) as Tensor[];
    expect(encoded.map(values)).toEqual(vocabs.multi_encoded);
    expect(encoded[0]).toBeInstanceOf(TensorMultiCategory);
    expect(encoded[0]?.dtype).toBe("float32");
    const names = tls.decode(encoded[2]);
    expect(names).toBeInstanceOf(MultiCategory);
    expect(String(names)).toBe("x;z");
    expect(String(tls.decode(encoded[1]))).toBe("");
  });

  it("DTR-7: lists the labels it does not know", () => {
    const multi = new MultiCategorize({ vocab: ["a"] });
    expect(() => multi.encode(["a", "b", "c"])).toThrow('got "b", "c"');
  });

  it("DTR-7: a given vocab keeps its order", () => {
    expect([...(new MultiCategorize({ vocab: ["z", "a"] }).vocab ?? [])]).toEqual(["z", "a"]);
  });

  it("DTR-9: takes one-hot vectors as they are", () => {
    const encoded = new EncodedMultiCategorize(["a", "b", "c"]);
    const x = encoded.encode([1, 0, 1]) as Tensor;
    expect([x.dtype, values(x), encoded.c]).toEqual(["float32", [1, 0, 1], 3]);
    expect(String(encoded.decode(x))).toBe("a;c");
  });
});

describe("RegressionSetup", () => {
  it("DTR-10: makes floats, counts them, and titles them", async () => {
    const one = new RegressionSetup();
    const two = new RegressionSetup();
    const ages = await TfmdLists.create([3, 4.5], [one]);
    const points = await TfmdLists.create(
      [
        [1, 2],
        [3, 4],
      ],
      [two],
    );
    expect([one.c, two.c]).toEqual([1, 2]);
    const age = (await ages.get(1)) as Tensor;
    const point = (await points.get(0)) as Tensor;
    expect([age.dtype, age.shape, point.shape]).toEqual(["float32", [], [2]]);
    expect(ages.decode(age)).toEqual(new TitledFloat(4.5));
    expect((points.decode(point) as { title: string }).title).toBe("(1, 2)");
    expect((one.encode(tensor([1, 2], { dtype: "int64" })) as Tensor).dtype).toBe("float32");
  });
});
