import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  FileFormatError,
  jit,
  manualSeed,
  noGrad,
  optim,
  type Tensor,
  tensor,
  ValueError,
} from "../../../src/torch/index.js";
import facts from "../../fixtures/jit.json" with { type: "json" };

const fixture = (name: string) => join(import.meta.dirname, "../../fixtures", name);

describe("jit.load", () => {
  it("computes what PyTorch does, control flow and defaults included", () => {
    const net = jit.load(fixture("script.jit.pt")).eval();
    const x = tensor(facts.x);
    expect(net(x)).toBeClose(facts.once, { rtol: 1e-6 });
    expect(net(x, 2)).toBeClose(facts.twice, { rtol: 1e-6 });
    const traced = jit.load(fixture("traced.jit.pt"), { device: "cpu" });
    expect(traced(tensor(facts.image))).toBeClose(facts.traced, { rtol: 1e-5, atol: 1e-6 });
  });

  it("calls other methods, with lists of strings in and nested results and dictionaries out", () => {
    const net = jit.load(fixture("script.jit.pt"));
    expect(net.methodNames).toEqual(["forward", "parts"]);
    type Parts = [[Tensor, Tensor], [number, string], Map<string, Tensor>];
    const [[half, next], [count, name], dict] = net.call<Parts>("parts", tensor([2, 4]), ["a", "b"]);
    expect([half.toArray(), next.toArray(), count, name]).toEqual([[1, 2], [3, 5], 2, "a"]);
    expect(dict.get("twice")?.toArray()).toEqual([4, 8]);
    expect(() => net.call("nothing")).toThrow(/methods forward, parts, got "nothing"/);
    expect(() => net(tensor([1]), "x")).toThrow(/times/);
  });

  it("has Python's keys; state, training mode and gradients reach the program", () => {
    const net = jit.load(fixture("script.jit.pt"));
    expect([...net.stateDict().keys()].sort()).toEqual([...facts.keys].sort());
    const x = tensor(facts.x);
    net.eval();
    const before = net(x);
    expect(before.equal(net(x))).toBe(true);
    net.train();
    manualSeed(1);
    expect(net(x).equal(net(x))).toBe(false); // dropout
    net.eval();
    const opt = new optim.SGD(net.parameters(), { lr: 0.1 });
    net(x).sum().backward();
    opt.step();
    expect(net(x).equal(before)).toBe(false);
    net.loadStateDict(jit.load(fixture("script.jit.pt")).stateDict());
    net.eval();
    noGrad(() => expect(net(x)).toBeClose(facts.once, { rtol: 1e-6 }));
  });

  it("converts to another dtype", () => {
    const net = jit.load(fixture("script.jit.pt")).eval().double();
    const y = net(tensor(facts.x).double());
    expect(y.dtype).toBe("float64");
    expect(y).toBeClose(facts.once, { rtol: 1e-5 });
  });

  it("refuses programs that reach for files, and files that are no programs", () => {
    expect(() => jit.load(fixture("writer.jit.pt"))).toThrow(ValueError);
    expect(() => jit.load(fixture("writer.jit.pt"))).toThrow(/aten::save/);
    expect(() => jit.load(fixture("missing.pt"))).toThrow(FileFormatError);
    const damaged = join(tmpdir(), `damaged-${process.pid}.pt`);
    writeFileSync(damaged, readFileSync(fixture("script.jit.pt")).subarray(0, 5000));
    expect(() => jit.load(damaged)).toThrow(FileFormatError);
    writeFileSync(damaged, "no program");
    expect(() => jit.load(damaged)).toThrow(/loadSafetensors/);
  });
});
