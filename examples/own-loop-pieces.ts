/** The training loop with a plain module, plain iterables and any loss. `npx tsx examples/own-loop-pieces.ts` */
import { Adam, accuracy, DataLoaders, Learner } from "fastai-ts";
import { manualSeed, nn, randn, type Tensor } from "fastai-ts/torch";

manualSeed(42);

class Net extends nn.Module<[Tensor], Tensor> {
  hidden = new nn.Linear(2, 32);
  out = new nn.Linear(32, 2);
  forward(x: Tensor): Tensor {
    return this.out(this.hidden(x).relu()).logSoftmax(-1);
  }
}

/** Points of a plane; the class says whether one lies inside a circle. Any iterable of [x, y] will do as a loader. */
function points(nBatches: number): [Tensor, Tensor][] {
  return Array.from({ length: nBatches }, () => {
    const x = randn([64, 2]);
    return [x, x.pow(2).sum(1).lt(1.4).long()];
  });
}

const data = new DataLoaders(points(50), points(10));
const learn = new Learner(data, new Net(), { lossFunc: nn.functional.nllLoss, optFunc: Adam, metrics: accuracy });
await learn.fitOneCycle(5, 1e-2);
