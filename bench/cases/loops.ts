import { DataLoaders, Learner } from "fastai-ts";
import { nn, optim, scope } from "fastai-ts/torch";
import type { Iterate, Prepare } from "./iterate.js";
import { type Batches, batches, conv5, smallMlp } from "./networks.js";

/** Batches of an epoch; the peers use the same numbers. */
const MLP_BATCHES = 200;
const CONV_BATCHES = 50;

const mlpData = (count: number) => batches(count, [32], 2);
const convData = (count: number) => batches(count, [1, 28, 28], 10);

/** The plain loop, step by step. */
function plainLoop(model: nn.Sequential, data: Batches): Iterate {
  const opt = new optim.AdamW(model.parameters(), { lr: 1e-3 });
  return (n) => {
    for (let i = 0; i < n; i++) {
      scope(() => {
        const [x, y] = data[i % data.length] as Batches[number]; // in range by the remainder
        opt.zeroGrad();
        nn.functional.crossEntropy(model(x), y).backward();
        opt.step();
      });
    }
    return n;
  };
}

/** Whole epochs of `fitOneCycle` with the default callbacks and one validation batch, at least `n` steps. */
function learnerLoop(model: nn.Sequential, train: Batches, valid: Batches): Iterate {
  const dls = new DataLoaders(train, valid);
  const learn = new Learner(dls, model, { lossFunc: nn.functional.crossEntropy });
  return async (n) => {
    const epochs = Math.ceil(n / train.length);
    await learn.fitOneCycle(epochs, { lrMax: 1e-3 });
    return epochs * train.length;
  };
}

/** Training loops on ready-made batches. */
export const loops: Record<string, Prepare> = {
  "loop.mlp.torch": () => plainLoop(smallMlp(), mlpData(MLP_BATCHES)),
  "loop.mlp.learner": () => learnerLoop(smallMlp(), mlpData(MLP_BATCHES), mlpData(1)),
  "loop.mlp.learner.fastai": () => learnerLoop(smallMlp(), mlpData(MLP_BATCHES), mlpData(1)),
  "loop.conv5.learner": () => learnerLoop(conv5(), convData(CONV_BATCHES), convData(1)),
  "loop.conv5.learner.fastai": () => learnerLoop(conv5(), convData(CONV_BATCHES), convData(1)),
};
