import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisScale, extent } from "../../src/show/scale.js";
import { formatNumber, logTicks, niceTicks } from "../../src/show/ticks.js";

describe("niceTicks", () => {
  it.each([
    [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.2, 2.7, 5, [0.5, 1, 1.5, 2, 2.5]],
    [-100, 100, 5, [-100, -50, 0, 50, 100]],
    [0, 1e-3, 5, [0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001]],
  ])("of [%d, %d] with about %d are round values", (low, high, count, ticks) => {
    expect(niceTicks(low, high, count)).toEqual(ticks);
  });

  it("stay inside, rise and are neither too few nor too many, whatever the range", () => {
    const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(finite, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, span) => {
        const ticks = niceTicks(low, low + span);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(10);
        for (const tick of ticks) expect(tick >= low - span * 1e-6 && tick <= low + span * (1 + 1e-6)).toBe(true);
      }),
    );
  });
});

describe("logTicks", () => {
  it("are powers of ten, thinned when many, finer when few", () => {
    expect(logTicks(1e-4, 1)).toEqual([1e-4, 1e-3, 1e-2, 0.1, 1]);
    expect(logTicks(1, 30)).toEqual([1, 2, 5, 10, 20]);
    expect(logTicks(1e-12, 1e12).length).toBeLessThanOrEqual(9);
    expect(logTicks(1.1, 1.9)).toEqual([1.2, 1.4, 1.6, 1.8]);
  });
});

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [0.1 + 0.2, "0.3"],
    [-1.5, "−1.5"],
    [12345, "12345"],
    [1e-7, "1e−7"],
    [2.5e9, "2.5e9"],
    [Number.NaN, "NaN"],
  ])("writes %d as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("axisScale and extent", () => {
  it("map the ends of the domain to the ends of the range, also on a logarithm", () => {
    const linear = axisScale({ domain: [2, 4], range: [10, 110] });
    expect([linear.at(2), linear.at(3), linear.at(4)]).toEqual([10, 60, 110]);
    const log = axisScale({ domain: [1e-3, 10], range: [0, 100], log: true });
    expect(log.at(0.1)).toBeCloseTo(50);
    expect([log.has(0), log.has(-1), log.has(Number.NaN), log.has(5)]).toEqual([false, false, false, true]);
  });

  it("leave out what an axis cannot show and open up a range of one value", () => {
    expect(extent([Number.NaN, 3, Number.POSITIVE_INFINITY, 5])).toEqual([3, 5]);
    expect(extent([-1, 0, 0.1, 10], { log: true })).toEqual([0.1, 10]);
    expect(extent([])).toEqual([0, 1]);
    const [low, high] = extent([7, 7]);
    expect(low).toBeLessThan(7);
    expect(high).toBeGreaterThan(7);
  });
});
