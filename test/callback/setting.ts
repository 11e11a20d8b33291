/** The conv net and the photos that test/parity/callbacks.py trains with. */
import { CrossEntropyLossFlat } from "../../src/layers/index.js";
import type { Callback, DataSource, LearnerOptions } from "../../src/learner/index.js";
import { manualSeed, nn, stack, type Tensor } from "../../src/torch/index.js";
import { byFormula, QuietLoop, wave } from "../learner/setting.js";

/** The network with its weights by formula. */
export function net(): nn.Sequential {
  return byFormula(
    new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.BatchNorm2d(4),
      new nn.AdaptiveAvgPool2d(1),
      new nn.Flatten(),
      new nn.Dropout(0.5),
      new nn.Linear(4, 3),
    ),
  );
}

/** 16 photos to train with and 8 to validate with, in batches of 4; with three classes, or three numbers each. */
export function photos({ soft = false } = {}): DataSource {
  const x = wave(24, 2, 6, 8);
  const corner = x.select(1, 0).select(1, 0).select(1, 0); // [24]
  const means = x.mean({ dim: [2, 3] }); // [24, 2]
  const y = soft
    ? stack([means.select(1, 0), means.select(1, 1), corner], 1)
    : means.argmax(1).add(corner.gt(0.5).long());
  const batch = (at: number): [Tensor, Tensor] => [x.narrow(0, at, 4).clone(), y.narrow(0, at, 4).clone()];
  return { train: [0, 4, 8, 12].map(batch), valid: [16, 20].map(batch) };
}

/** Seeds the tensor generator before each batch, before any other callback draws. */
export const seeded: Callback = {
  name: "seeded",
  order: -5,
  beforeBatch: (learn) => manualSeed(learn.trainIter + 1),
};

/** A loop over the photos. */
export function photoLoop(options: LearnerOptions & { soft?: boolean } = {}): QuietLoop {
  const { soft = false, ...rest } = options;
  const learn = new QuietLoop(photos({ soft }), net(), { lossFunc: new CrossEntropyLossFlat(), ...rest });
  learn.logger = () => {};
  return learn;
}

/** A direct part of the network. */
export function part(model: nn.Sequential, at: number): nn.AnyModule {
  return model.getSubmodule(String(at));
}

/** A parameter's values, flat. */
export function flat(t: Tensor): number[] {
  return t.detach().flatten().toArray() as number[];
}
