import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asTransform,
  asTuple,
  dispatch,
  InplaceTransform,
  ItemTransform,
  isTuple,
  Random,
  RandTransform,
  retainType,
  TensorCategory,
  TensorImage,
  TensorMask,
  Transform,
} from "../../src/data/index.js";
import { scope, Tensor, tensor } from "../../src/torch/index.js";

const image = (values: number[]) => tensor(values).as(TensorImage);

describe("Transform", () => {
  it("FND-11: encodes and decodes with functions", () => {
    const half = new Transform((x: number) => x / 2, { decodes: (x: number) => x * 2 });
    expect(half.encode(6)).toBe(3);
    expect(half.decode(3)).toBe(6);
  });

  it("FND-11: dispatches on the class of the item and leaves others alone", () => {
    class Flip extends Transform {
      override encodes = dispatch([TensorImage, (x) => x.flip(-1)], [String, (s) => [...s].reverse().join("")]);
    }
    const flip = new Flip();
    expect((flip.encode(image([1, 2, 3])) as Tensor).toArray()).toEqual([3, 2, 1]);
    expect(flip.encode("abc")).toBe("cba");
    const category = tensor([1]).as(TensorCategory);
    expect(flip.encode(category)).toBe(category);
  });

  it("FND-11: takes rules from outside for a class and its subclasses, most specific first", () => {
    class Base extends Transform {
      override encodes = dispatch([Tensor, () => "own"]);
    }
    class Sub extends Base {}
    Base.extend(TensorImage, { encodes: (_x, tfm) => `added to ${tfm.name}`, decodes: () => "decoded" });
    expect([new Base().encode(tensor([1])), new Base().encode(image([1]))]).toEqual(["own", "added to Base"]);
    expect([new Sub().encode(image([1])), new Sub().decode(image([1]))]).toEqual(["added to Sub", "decoded"]);
    Base.extend(Object as never, { encodes: () => "anything" });
    expect(new Base().encode(tensor([1]))).toBe("own");
  });

  it("FND-11: takes set-up rules from outside", async () => {
    class Table {}
    class Scale extends Transform {
      seen = "";
    }
    Scale.extend(Table, {
      setups: (_items, tfm) => {
        tfm.seen = "table";
      },
    });
    const scale = new Scale();
    await scale.setup(new Table());
    expect(scale.seen).toBe("table");
  });

  it("FND-12: goes through a tuple element by element", () => {
    const addOne = new Transform(dispatch([Number, (n) => n + 1]));
    const mixed = addOne.encode([1, { a: 1 }, "x", [2, { b: 2 }]]);
    expect(mixed).toEqual([2, { a: 1 }, "x", [3, { b: 2 }]]);
    expect(isTuple(mixed)).toBe(true);
  });

  it("FND-12: takes an array of plain values as one value, unless it is marked as a tuple", () => {
    const count = new Transform((x: unknown) => (Array.isArray(x) ? x.length : x));
    expect(count.encode(["cat", "dog"])).toBe(2);
    expect(count.encode(asTuple(["cat", "dog"]))).toEqual(["cat", "dog"]);
    expect(count.encode([])).toBe(0);
  });

  it("FND-13: an item transform receives the tuple whole and gives a tuple", () => {
    const swap = new ItemTransform(([a, b]: [unknown, unknown]) => [b, a]);
    const swapped = swap.encode(asTuple([1, 2]));
    expect(swapped).toEqual([2, 1]);
    expect(isTuple(swapped)).toBe(true);
  });

  it("FND-14: an in-place transform returns its input", () => {
    const seen: unknown[] = [];
    const log = new InplaceTransform((x: unknown) => seen.push(x));
    const x = { a: 1 };
    expect(log.encode(x)).toBe(x);
    expect(seen).toEqual([x]);
  });

  it("FND-15: prints its settings", () => {
    class Crop extends Transform {
      constructor(readonly size: number) {
        super();
      }
    }
    expect(String(new Crop(3))).toBe("Crop(size: 3)");
    expect(String(new Transform(function addOne() {}))).toBe("addOne");
  });

  it.each([
    { splitIdx: null, runsOn: [true, true, true] },
    { splitIdx: 0, runsOn: [true, false, false] },
    { splitIdx: 1, runsOn: [false, true, false] },
  ])("FND-16: with splitIdx $splitIdx it runs on training, validation, unknown: $runsOn", ({ splitIdx, runsOn }) => {
    const tfm = new Transform(() => "done", { splitIdx, decodes: () => "undone" });
    const splits = [0, 1, null];
    expect(splits.map((split) => tfm.encode("x", { splitIdx: split }) === "done")).toEqual(runsOn);
    expect(splits.map((split) => tfm.decode("x", { splitIdx: split }) === "undone")).toEqual(runsOn);
  });

  it("FND-18: gives a plain tensor the class and metadata of its source", () => {
    const source = image([1, 2]);
    source.meta.name = "photo";
    const kept = retainType(tensor([3, 4]), source);
    expect(kept).toBeInstanceOf(TensorImage);
    expect((kept as unknown as TensorImage).meta.name).toBe("photo");
  });

  it("FND-18: leaves results of another class alone", () => {
    const mask = tensor([1]).as(TensorMask);
    expect(retainType(mask, image([1]))).toBe(mask);
    expect(retainType("text", image([1]))).toBe("text");
  });

  it("waits only for promises", async () => {
    const sync = new Transform((x: number) => x + 1);
    const later = new Transform(async (x: number) => x + 1);
    expect(sync.encode(1)).toBe(2);
    expect(later.encode(1)).toBeInstanceOf(Promise);
    expect(await later.encode(asTuple([1, 2]))).toEqual([2, 3]);
  });

  it("moves the tensors it holds", () => {
    class Scale extends Transform {
      by = tensor([2]);
    }
    const scale = new Scale();
    const { by } = scale;
    expect(scale.to("cpu").by).toBe(by);
    expect(scale.to("meta").by.device).toBe("meta");
  });

  it("frees with the item what transforms make inside its scope", () => {
    const double = new Transform((x: Tensor) => x.mul(2));
    const made = scope(() => double.encode(tensor([1])) as Tensor);
    expect(made.toArray()).toEqual([2]);
  });

  it("round-trips numbers through reversible functions", () => {
    const shift = new Transform((x: number) => x + 7, { decodes: (x: number) => x - 7 });
    fc.assert(fc.property(fc.integer(), (x) => shift.decode(shift.encode(x)) === x));
  });
});

describe("asTransform", () => {
  it("FND-23: makes transforms of classes, functions and objects, and keeps transforms", () => {
    class Own extends Transform {}
    const own = new Own();
    expect(asTransform(own)).toBe(own);
    expect(asTransform(Own)).toBeInstanceOf(Own);
    expect(asTransform((x: number) => x + 1).encode(1)).toBe(2);
    const both = asTransform({ encodes: (x: number) => x + 1, decodes: (x: number) => x - 1, order: 3 });
    expect([both.encode(1), both.decode(2), both.order]).toEqual([2, 1, 3]);
  });

  it("names what it cannot use", () => {
    class Photo {}
    expect(() => asTransform(Photo as never)).toThrow("got the class Photo");
    expect(() => asTransform(3 as never)).toThrow("got Number");
  });
});

describe("RandTransform", () => {
  class Mark extends RandTransform {
    override encodes = dispatch([String, (s: string) => `${s}!`]);
  }

  it("runs on training data only", () => {
    const mark = new Mark();
    expect([0, 1, null].map((splitIdx) => mark.encode("a", { splitIdx }))).toEqual(["a!", "a", "a"]);
  });

  it("draws once for all members of a tuple", () => {
    const mark = new Mark({ p: 0.5 });
    const random = new Random(1);
    const outs = Array.from(
      { length: 200 },
      () => mark.encode(asTuple(["x", "y"]), { splitIdx: 0, random }) as string[],
    );
    expect(outs.every(([x, y]) => (x === "x!") === (y === "y!"))).toBe(true);
    const share = outs.filter(([x]) => x === "x!").length / outs.length;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
  });

  it("starts all members before the first await, so that items in flight do not mix their draws", async () => {
    class Draw extends RandTransform {
      drawn = 0;
      override beforeCall(b: unknown, splitIdx: number | null, random: Random) {
        super.beforeCall(b, splitIdx, random);
        this.drawn = random.int(1e6);
      }
      override async encodes() {
        const { drawn } = this;
        await new Promise((resolve) => setTimeout(resolve, 1));
        return drawn;
      }
    }
    const draw = new Draw();
    const one = draw.encode(asTuple(["a", "b"]), { splitIdx: 0, random: new Random(1) });
    const two = draw.encode(asTuple(["c", "d"]), { splitIdx: 0, random: new Random(2) });
    const [[a, b], [c, d]] = (await Promise.all([one, two])) as [number[], number[]];
    expect(a).toBe(b);
    expect(c).toBe(d);
    expect(a).not.toBe(c);
  });
});
