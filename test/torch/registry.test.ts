import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  fromSpec,
  hasSpec,
  RegistryError,
  register,
  registerConstant,
  rememberSpec,
  toSpec,
} from "../../src/torch/registry.js";

class Shift {
  constructor(readonly by: number) {}
}
class DoubleShift extends Shift {}

register("test.Shift", {
  cls: Shift,
  config: z.object({ by: z.number() }),
  toConfig: (shift) => ({ by: shift.by }),
  fromConfig: (config) => new Shift(config.by),
});

describe("registry", () => {
  it("makes an equal object of another's description", () => {
    const spec = toSpec(new Shift(3));
    expect(JSON.parse(JSON.stringify(spec))).toEqual({ type: "test.Shift", config: { by: 3 } });
    expect(fromSpec(spec)).toEqual(new Shift(3));
  });

  it("describes a registered function by its name alone", () => {
    const half = registerConstant("test.half", (x: number) => x / 2);
    expect(toSpec(half)).toEqual({ type: "test.half" });
    expect(fromSpec({ type: "test.half" })).toBe(half);
  });

  it("describes what a factory made by the factory's name and config", () => {
    const build = (config: { n: number }) => rememberSpec({ made: config.n }, "test.build", config);
    register("test.build", { config: z.object({ n: z.number() }), fromConfig: build });
    const made = build({ n: 2 });
    expect(hasSpec(made)).toBe(true);
    expect(fromSpec(toSpec(made))).toEqual({ made: 2 });
  });

  it("names an unregistered class, also a subclass of a registered one", () => {
    expect(hasSpec(new DoubleShift(1))).toBe(false);
    expect(() => toSpec(new DoubleShift(1))).toThrow(/an instance of DoubleShift.*register\(name/);
    expect(() => toSpec(function myLoss() {})).toThrow(/function myLoss.*registerConstant/);
  });

  it("refuses unknown names, taken names and descriptions its schema does not accept", () => {
    expect(() => fromSpec({ type: "other.Shift", config: {} })).toThrow(/"other.Shift".*similar name: test.Shift/);
    expect(() => registerConstant("test.Shift", {})).toThrow(RegistryError);
    expect(() => fromSpec({ type: "test.Shift", config: { by: "3" } })).toThrow(/at by/);
  });
});
