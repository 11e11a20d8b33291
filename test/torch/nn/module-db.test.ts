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

/** Modules in one test each would cost more in checks for leaks than in calls. */
const perTest = 15;

describe("TOR-7: the modules of torch.nn compute what PyTorch's do", () => {
  const names = [...new Set(samples.map(({ name }) => name))].sort();
  const groups = Array.from({ length: Math.ceil(names.length / perTest) }, (_, i) =>
    names.slice(i * perTest, (i + 1) * perTest),
  );
  it.each(groups.map((group) => [`${group[0]} to ${group.at(-1)}`, group] as const))(
    "%s",
    (_title, group) => {
      const problems = samples
        .filter(({ name }) => group.includes(name) && !(name in known))
        .flatMap((sample) => {
          const problem = problemOf(sample, tensors);
          return problem === undefined
            ? []
            : [`${sample.name} ${JSON.stringify([sample.construct, sample.call])}: ${problem}`];
        });
      expect(problems).toEqual([]);
    },
    120_000,
  );
});
