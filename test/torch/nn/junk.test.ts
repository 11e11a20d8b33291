/** Whatever a layer is called with: a typed error, or a result. */
import { expect, it } from "vitest";
import { scope, TorchError, tensor, zeros } from "../../../src/torch/index.js";
import { Player, readRecording } from "./recording.js";

const junk: (() => unknown[])[] = [
  () => [],
  () => [3, 4, 5],
  () => ["a", "b"],
  () => [null, null, null],
  () => [tensor(1), tensor(1), tensor(1)],
  () => [zeros([0]), zeros([0]), zeros([0])],
  () => [zeros([2, 3, 4, 5, 2, 2]), zeros([1]), zeros([2])],
  () => Array.from({ length: 3 }, () => zeros([2, 3], { dtype: "int64" })),
  () => [zeros([2, 3, 4]), 3, 4],
  () => [zeros([2, 3, 4]), { a: 1 }, { b: 2 }],
  () => [zeros([2, 3, 4]), zeros([2, 3, 4]), zeros([2, 3, 4]), { keyPaddingMask: 3 }],
];

it("layers refuse what they cannot take with an error of their own", () => {
  const { samples, tensors } = readRecording("test/fixtures/nn-modules.safetensors.gz");
  const firsts = new Map(samples.map((sample) => [sample.name, sample]));
  const others: string[] = [];
  for (const { name, construct } of firsts.values()) {
    const layer = new Player(tensors).construct(name, construct) as unknown as (...args: unknown[]) => unknown;
    for (const [i, make] of junk.entries()) {
      scope(() => {
        try {
          layer(...make());
        } catch (error) {
          if (!(error instanceof TorchError)) others.push(`${name}, junk ${i}: ${error}`);
        }
      });
    }
  }
  expect(others).toEqual([]);
}, 60_000);
