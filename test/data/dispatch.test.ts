import { describe, expect, it } from "vitest";
import { classDistance, dispatch, dispatchPair } from "../../src/data/dispatch.js";

class Animal {
  constructor(readonly name = "animal") {}
}
class Dog extends Animal {}
class Puppy extends Dog {}

describe("dispatch", () => {
  it("FND-22: takes the rule of the nearest class, whatever the order of the rules", () => {
    const sound = dispatch([Animal, () => "?"], [Dog, () => "woof"]);
    expect([new Animal(), new Dog(), new Puppy()].map((x) => sound(x))).toEqual(["?", "woof", "woof"]);
  });

  it("FND-12: returns a value that no rule fits as it is", () => {
    const sound = dispatch([Dog, () => "woof"]);
    const cat = new Animal("cat");
    expect(sound(cat)).toBe(cat);
  });

  it("knows plain values by String, Number and Boolean, and everything by Object", () => {
    const kind = dispatch([String, (s) => `s${s.length}`], [Number, (n) => n + 1], [Object, () => "other"]);
    expect([kind("ab"), kind(1), kind(true), kind(null), kind({})]).toEqual(["s2", 2, "other", "other", "other"]);
  });

  it("FND-11: is open to extension and replaces a rule of the same class", () => {
    const sound = dispatch([Dog, () => "woof"]);
    expect(sound(new Puppy())).toBe("woof");
    sound.add(Puppy, (p) => `${p.name} yaps`);
    expect(sound(new Puppy("Rex"))).toBe("Rex yaps");
    expect(sound.add(Dog, () => "WOOF")(new Dog())).toBe("WOOF");
  });

  it("gives further arguments to the rule", () => {
    const say = dispatch([Dog, (dog, times: number) => dog.name.repeat(times)]);
    expect(say(new Dog("a"), 3)).toBe("aaa");
  });

  it("measures how far up a class lies", () => {
    expect([classDistance(Puppy, Puppy), classDistance(Puppy, Animal), classDistance(Animal, Dog)]).toEqual([0, 2, -1]);
  });
});

describe("dispatchPair", () => {
  const make = () =>
    dispatchPair<[], string>(() => "fallback")
      .add([Animal, Object], () => "animal, any")
      .add([Animal, Dog], () => "animal, dog")
      .add([Dog, Object], () => "dog, any");

  it("FND-22: the first argument decides, the second settles ties", () => {
    const meet = make();
    expect(meet(new Animal(), new Puppy())).toBe("animal, dog");
    expect(meet(new Animal(), "bone")).toBe("animal, any");
    expect(meet(new Dog(), new Dog())).toBe("dog, any");
  });

  it("falls back where no rule fits, and says so", () => {
    const meet = make();
    expect(meet("x", new Dog())).toBe("fallback");
    expect([meet.has("x", 1), meet.has(new Dog(), 1)]).toEqual([false, true]);
  });

  it("replaces the rule of the same pair", () => {
    const meet = make().add([Dog, Object], (dog) => dog.name);
    expect(meet(new Dog("Rex"), 1)).toBe("Rex");
  });
});
