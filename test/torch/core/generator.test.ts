import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  empty,
  full,
  Generator,
  getRngState,
  manualSeed,
  rand,
  randint,
  randn,
  randperm,
  tensor,
  ValueError,
} from "../../../src/torch/index.js";

const { random } = JSON.parse(readFileSync(new URL("../../fixtures/tensor.json", import.meta.url), "utf8")) as {
  random: Record<string, unknown[]>; // written by test/parity/tensor.py
};

function drawn(generator: Generator): unknown[] {
  const tensors = [
    rand([3], { generator }),
    randn([5], { generator }),
    randn([20], { generator }),
    randint(0, 1000, [4], { generator }),
    randperm(6, { generator }),
    full([6], 0.5).bernoulli({ generator }),
    tensor([1, 2, 3]).multinomial(2, { generator }),
    empty([2]).exponential_({ generator }),
  ];
  return tensors.map((x) => x.toArray());
}

describe("Generator", () => {
  it.each([
    ["None", () => new Generator()],
    ["5", () => new Generator(5)],
    ["1099511627779", () => new Generator().manualSeed(2n ** 40n + 3n)],
  ])("draws what Python's draws, seed %s", (name, make) => {
    expect(drawn(make())).toEqual(random[name]);
  });

  it("has the state that seeding the process gives it", () => {
    manualSeed(123);
    expect(new Generator(123).getState().toArray()).toEqual(getRngState().toArray());
    expect(new Generator(123).initialSeed()).toBe(123n);
  });

  it("leaves the process's numbers alone, and goes on from a state", () => {
    manualSeed(1);
    const next = rand([2]).toArray();
    manualSeed(1);
    const g = new Generator(7);
    const state = g.getState();
    const first = randn([3], { generator: g }).toArray();
    expect(rand([2]).toArray()).toEqual(next);
    expect(randn([3], { generator: g }).toArray()).not.toEqual(first);
    expect(g.setState(state).run(() => randn([3]).toArray())).toEqual(first);
  });

  it("takes whole seeds only", () => {
    expect(() => new Generator(1.5)).toThrow(ValueError);
  });
});
