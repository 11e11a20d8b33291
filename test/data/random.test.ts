import { describe, expect, it } from "vitest";
import { Random } from "../../src/data/random.js";

const draws = (random: Random, n: number) => Array.from({ length: n }, () => random.next());

describe("Random", () => {
  it("gives the same numbers for the same seed and stream, others for others", () => {
    expect(draws(new Random(42), 5)).toEqual(draws(new Random(42), 5));
    expect(draws(new Random(42), 5)).not.toEqual(draws(new Random(43), 5));
    expect(draws(new Random(42, 1), 5)).not.toEqual(draws(new Random(42, 2), 5));
    expect(draws(new Random(2 ** 40), 5)).not.toEqual(draws(new Random(2 ** 41), 5));
  });

  it("spreads evenly over [0, 1)", () => {
    const xs = draws(new Random(1), 20_000);
    const mean = xs.reduce((a, b) => a + b) / xs.length;
    const variance = xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.005);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...xs)).toBeLessThan(1);
  });

  it("draws first numbers of neighbouring streams that are not alike", () => {
    const firsts = Array.from({ length: 5000 }, (_, i) => new Random(7, i).next());
    const mean = firsts.reduce((a, b) => a + b) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(new Set(firsts).size).toBe(5000);
  });

  it("shuffles a copy into a permutation that depends on the seed", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = new Random(3).shuffle(items);
    expect(items[0]).toBe(0);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
    expect(new Random(3).shuffle(items)).toEqual(shuffled);
  });

  it("stays inside the bounds asked for", () => {
    const random = new Random(5);
    for (let i = 0; i < 1000; i++) {
      const x = random.uniform(-2, 3);
      expect(x >= -2 && x < 3).toBe(true);
      expect([0, 1, 2]).toContain(random.int(3));
    }
  });
});
