import { describe, expect, it } from "vitest";
import { Category, composeTfms, Pipeline, registerShowable, TitledInt, Transform } from "../../src/data/index.js";

const named = (name: string, order: number) =>
  new Transform((x: string) => `${x}${name}`, { order, decodes: (x: string) => x.slice(0, -1) });

describe("Pipeline", () => {
  it("FND-19: draws a value, undone only until it can be shown", async () => {
    const undone: string[] = [];
    const titled = { encodes: (x: number) => x, decodes: (x: number) => new TitledInt(x * 2), order: 1 };
    const early = { encodes: (x: number) => x, decodes: (x: unknown) => undone.push("too far") && x };
    const figure = await new Pipeline([early, titled]).show(21);
    expect([figure.toSVG().includes("42"), undone]).toEqual([true, []]);
  });

  it("FND-17: sorts by order and keeps the sequence of equals", () => {
    const pipe = new Pipeline([named("c", 5), named("a", 0), named("b", 0), named("d", 99)]);
    expect(pipe.encode("")).toBe("abcd");
  });

  it("FND-19: decodes in reverse", () => {
    const double = { encodes: (x: number) => x * 2, decodes: (x: number) => x / 2 };
    const plusOne = { encodes: (x: number) => x + 1, decodes: (x: number) => x - 1 };
    const pipe = new Pipeline([plusOne, double]);
    expect(pipe.encode(3)).toBe(8);
    expect(pipe.decode(8)).toBe(3);
  });

  it("FND-19: decoding for display stops when the value can be shown", () => {
    const pipe = new Pipeline([
      { encodes: (x: string) => x, decodes: () => "too far" },
      { encodes: (x: string) => x.length, decodes: () => new Category("cat") },
    ]);
    expect(String(pipe.decode(3, { full: false }))).toBe("cat");
    expect(pipe.decode(3)).toBe("too far");
  });

  it("stops at classes that other packages declare showable", () => {
    class Sound {}
    const pipe = new Pipeline([{ encodes: (x: unknown) => x, decodes: () => "silence" }]);
    expect(pipe.decode(new Sound(), { full: false })).toBe("silence");
    registerShowable(Sound);
    expect(pipe.decode(new Sound(), { full: false })).toBeInstanceOf(Sound);
  });

  it("FND-20: sets each step up with only the steps before it in place", async () => {
    const seen: string[] = [];
    class Step extends Transform {
      constructor(readonly label: string) {
        super();
      }
      override setups(items: unknown) {
        seen.push(`${this.label} on ${(items as { pipe: Pipeline }).pipe.fs.map((f) => (f as Step).label).join("")}`);
      }
    }
    const pipe = new Pipeline([new Step("a"), new Step("b"), new Step("c")]);
    await pipe.setup({ pipe });
    expect(seen).toEqual(["a on ", "b on a", "c on ab"]);
  });

  it("FND-20: sets up on the training subset when asked, unless the step wants everything", async () => {
    const seen: unknown[] = [];
    class Step extends Transform {
      override setups(items: unknown) {
        seen.push(items);
      }
    }
    const everything = Object.assign(new Step(), { trainSetup: false });
    await new Pipeline([new Step(), everything]).setup({ train: "train" }, { trainSetup: true });
    expect(seen).toEqual(["train", { train: "train" }]);
  });

  it("FND-21: adds a step, set up, in its place", async () => {
    const pipe = new Pipeline([named("a", 0), named("c", 9)]);
    await pipe.add(named("b", 5));
    expect(pipe.encode("")).toBe("abc");
  });

  it("FND-16: passes the split on, its own or the call's", () => {
    const train = new Transform((x: string) => `${x}t`, { splitIdx: 0 });
    const valid = new Transform((x: string) => `${x}v`, { splitIdx: 1 });
    const pipe = new Pipeline([train, valid], { splitIdx: 1 });
    expect([pipe.encode(""), pipe.encode("", { splitIdx: 0 })]).toEqual(["v", "t"]);
  });

  it("FND-7: gathers what its steps say under a name", () => {
    const first = Object.assign(new Transform(), { vocab: ["a"] });
    const second = Object.assign(new Transform(), { vocab: ["b"] });
    const pipe = new Pipeline([first, new Transform(), second]);
    expect(pipe.gather("vocab")).toEqual([["a"], ["b"]]);
    expect(pipe.gather("codes")).toEqual([]);
  });

  it("waits for a promise and goes on with the rest", async () => {
    const pipe = new Pipeline([(x: number) => x + 1, async (x: number) => x * 10, (x: number) => x + 2]);
    expect(pipe.encode(1)).toBeInstanceOf(Promise);
    expect(await pipe.encode(1)).toBe(22);
    expect(await composeTfms(1, pipe.fs)).toBe(22);
  });

  it("finds a step by its class and prints its steps", () => {
    class Crop extends Transform {}
    const crop = new Crop();
    const pipe = new Pipeline([(x: unknown) => x, crop]);
    expect(pipe.find(Crop)).toBe(crop);
    expect(String(pipe)).toBe("Pipeline: function -> Crop");
  });
});
