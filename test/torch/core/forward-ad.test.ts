import { describe, expect, it } from "vitest";
import { dualLevel, jvp, makeDual, randn, type Tensor, unpackDual } from "../../../src/torch/index.js";
import { caught } from "./caught.js";

describe("forward mode", () => {
  it("carries tangents that two backward passes give too", () => {
    const [x, v] = [randn([3, 4]).double(), randn([3, 4]).double()];
    const f = (z: Tensor) => z.sin().matmul(z.t()).exp().sum(1);
    const { primal, tangent } = dualLevel(() => unpackDual(f(makeDual(x, v))));
    const [expected, product] = jvp(f, x, v);
    expect(primal).toBeClose(expected, { rtol: 1e-12 });
    expect(tangent).toBeClose(product, { rtol: 1e-10 });
  });

  it("has no tangent for what does not depend, and ends with its level", () => {
    const x = randn([2]);
    dualLevel(() => expect(unpackDual(x.mul(2)).tangent).toBeNull());
    expect(() => makeDual(x, x)).toThrow(/inside of dualLevel/);
    expect(caught(() => dualLevel(() => makeDual(x, randn([3])))).message).toMatch(/size|shape/);
    expect(dualLevel(() => unpackDual(makeDual(x, x).mul(3)).tangent)).toBeClose(x.mul(3));
  });
});
