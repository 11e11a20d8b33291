import { PerformanceObserver } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { full, keep, memory, nn, ones, randn, Scope, scope, type Tensor, zeros } from "../../../src/torch/index.js";

const megabyte = 2 ** 20;

describe("small tensors", () => {
  it("hold their own numbers, of whatever size, whatever was freed before", () => {
    const before = memory();
    scope(() => {
      const alive: [Tensor, number][] = [];
      for (let i = 0; i < 6000; i++) {
        const value = i % 1000;
        alive.push([full([(i * 7) % 300], value), value]);
        if (i % 3 !== 0) alive.splice((i * 31) % alive.length, 1)[0]?.[0].dispose();
      }
      for (const [tensor, value] of alive) expect(tensor.eq(value).all().item()).toBe(1);
    });
    expect(memory().bytes).toEqual(before.bytes);
  });
});

describe("scopes", () => {
  it("free at once what is neither returned nor kept", () => {
    const before = memory();
    const result = scope(() => {
      const x = zeros([256, 1024]);
      const y = x.add(1).mul(2);
      return { total: y.sum(), list: [y.at(0)] };
    });
    expect(memory().tensors).toBe(before.tensors + 2);
    expect(result.total.item()).toBe(256 * 1024 * 2);
    expect(result.list[0]?.shape).toEqual([1024]);
  });

  it("free everything when the body throws, and hand returned tensors to the scope around", () => {
    const before = memory().tensors;
    expect(() =>
      scope(() => {
        zeros([2]);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(memory().tensors).toBe(before);
    scope(() => {
      const inner = scope(() => zeros([2]));
      expect(inner.isAlive).toBe(true);
    });
    expect(memory().tensors).toBe(before);
  });

  it("leave the input of a module that returns it to whoever made it", () => {
    class Outer extends nn.Module {
      same = new nn.Sequential();
      forward(x: Tensor): Tensor {
        return this.same(x).add(1);
      }
    }
    scope(() => {
      const x = ones([2]);
      expect(new Outer()(x).toArray()).toEqual([2, 2]);
      expect(x.toArray()).toEqual([1, 1]);
    });
  });

  it("leave kept tensors alone, also those they had already handed to the collector", () => {
    let early: Tensor | undefined;
    let late: Tensor | undefined;
    scope(() => {
      early = zeros([2]);
      for (let i = 0; i < 5000; i++) zeros([1]);
      keep(early);
      late = keep(zeros([3]));
    });
    expect(early?.shape).toEqual([2]);
    expect(late?.shape).toEqual([3]);
  });

  it("cover several synchronous stretches when opened by hand", async () => {
    const before = memory().tensors;
    const opened = new Scope();
    const x = opened.run(() => zeros([2]));
    await Promise.resolve();
    const outside = zeros([2]);
    opened.run(() => x.add(1));
    opened.dispose();
    expect(x.isAlive).toBe(false);
    expect(outside.isAlive).toBe(true);
    expect(memory().tensors).toBe(before + 1);
  });

  it("end when the promise of an asynchronous body settles", async () => {
    const before = memory().tensors;
    const kept = await scope(async () => {
      const x = zeros([2]);
      await Promise.resolve();
      return x;
    });
    expect(kept.isAlive).toBe(true);
    expect(memory().tensors).toBe(before + 1);
  });
});

describe("the collector", () => {
  it("keeps a synchronous loop of 20,000 tensors of 1 MB under 500 MB", () => {
    let peak = 0;
    for (let i = 0; i < 20_000; i++) {
      zeros([256, 1024]);
      if (i % 100 === 0) peak = Math.max(peak, process.memoryUsage().rss);
    }
    expect(peak).toBeLessThan(500 * megabyte);
  }, 120_000);

  it("is asked for the young tensors often, so that it has few to free in one pause", async () => {
    const x = ones([4]);
    const seen: number[] = [];
    const observer = new PerformanceObserver((list) => {
      seen.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ entryTypes: ["gc"] });
    const before = memory().tensors;
    let most = 0;
    for (let i = 0; i < 100_000; i++) {
      x.add(1);
      if (i % 1000 === 0) most = Math.max(most, memory().tensors - before);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    observer.disconnect();
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(most).toBeLessThan(35_000); // those of a collection and those since
  });

  it("keeps a million small operations inside one scope flat", () => {
    const p = randn([4]);
    let peak = 0;
    scope(() => {
      for (let i = 0; i < 100_000; i++) p.add(1);
      const start = process.memoryUsage().rss;
      for (let i = 0; i < 900_000; i++) {
        p.add(1);
        if (i % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().rss - start);
      }
    });
    expect(peak).toBeLessThan(100 * megabyte);
  }, 120_000);

  it("keeps large tensors inside one long scope flat too", () => {
    let peak = 0;
    scope(() => {
      for (let i = 0; i < 3000; i++) {
        zeros([256, 1024]);
        if (i % 50 === 0) peak = Math.max(peak, memory().bytes.cpu);
      }
    });
    expect(peak).toBeLessThan(300 * megabyte);
  }, 120_000);
});

describe("counters", () => {
  it("count bytes and their peak", () => {
    const before = memory().bytes.cpu;
    const x = zeros([1024, 1024]);
    expect(memory().bytes.cpu - before).toBeGreaterThanOrEqual(4 * megabyte);
    expect(memory().peakBytes).toBeGreaterThanOrEqual(memory().bytes.cpu);
    x.dispose();
    expect(memory().bytes.cpu).toBe(before);
  });
});
