import { expect, it } from "vitest";
import { collectTensors, DisposedError, nn, ones, scope, type Tensor, zeros } from "../../../src/torch/index.js";

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

it("takes arrays whose prototype is another for what they are", () => {
  const strange = <T>(...values: T[]): T[] => Object.setPrototypeOf(values, null) as T[];
  const x = ones([1, 1, 4, 4]);
  expect(collectTensors(strange<unknown>(x, [x.neg()]))).toHaveLength(2);
  expect(nn.functional.unfold(x, strange(2, 2)).shape).toEqual([1, 4, 9]);
  expect(new nn.ConvTranspose2d(1, 1, 2, { stride: 2 })(x, strange(9, 9)).shape).toEqual([1, 1, 9, 9]);
});
