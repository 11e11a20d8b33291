/**
 * Every module against PyTorch's own samples of it: constructor arguments, state-dict keys, outputs, gradients of inputs and
 * parameters and the state afterwards. test/fixtures holds a small part; NN_MODULES names a file that holds all of them.
 */
import { describe, expect, it } from "vitest";
import { problemOf, readRecording } from "./recording.js";

const { samples, tensors } = readRecording(process.env.NN_MODULES ?? "test/fixtures/nn-modules.safetensors.gz");

/** Modules whose samples differ, and why. */
const known: Record<string, string> = {
  CrossMapLRN2d:
    "PyTorch never takes the first channel out of the moving sum, and its hand-written backward is not the gradient of " +
    "its forward (gradcheck refuses it); ours is the formula of the paper.",
};

describe("TOR-7: the modules of torch.nn compute what PyTorch's do", () => {
  const names = [...new Set(samples.map(({ name }) => name))].sort();
  it.each(names)("%s", (name) => {
    const problems = samples
      .filter((sample) => sample.name === name && !(name in known))
      .flatMap((sample) => {
        const problem = problemOf(sample, tensors);
        return problem === undefined ? [] : [`${JSON.stringify([sample.construct, sample.call])}: ${problem}`];
      });
    expect(problems).toEqual([]);
  });
});
