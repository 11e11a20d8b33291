import { expect, it } from "vitest";
import { collectTensors, DisposedError, scope, type Tensor, zeros } from "../../../src/torch/index.js";

it("finds tensors in arrays, objects, maps and sets, in their order, however deep and in circles", () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((n) => zeros([n])) as [Tensor, Tensor, Tensor, Tensor];
  const loop: unknown[] = [a, { b, more: new Map([["c", c]]) }, new Set([d])];
  loop.push(loop);
  expect(collectTensors(loop)).toEqual([a, b, c, d]);
  let deep: unknown = a;
  for (let i = 0; i < 200_000; i++) deep = [deep];
  expect(collectTensors(deep)).toEqual([a]);
});

it("keeps what a scope returns from any depth", () => {
  let dropped: Tensor | undefined;
  const deep = scope(() => {
    dropped = zeros([1]);
    let value: unknown = zeros([2]);
    for (let i = 0; i < 200_000; i++) value = { value };
    return value;
  });
  expect(collectTensors(deep)[0]?.shape).toEqual([2]);
  expect(() => dropped?.item()).toThrow(DisposedError);
});
