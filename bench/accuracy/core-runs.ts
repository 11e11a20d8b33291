/**
 * Trains small nets on 15,000 pictures of Fashion-MNIST with fastai-ts: `npx tsx bench/accuracy/core-runs.ts DATA OUT.json
 * [run ...]`. DATA holds the four IDX files; `core_runs.py` does the same runs with Python's fastai, from the same weights.
 */
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import {
  accuracy,
  type CallbackLike,
  ConvLayer,
  CrossEntropyLossFlat,
  CutMix,
  DataLoader,
  DataLoaders,
  LabelSmoothingCrossEntropy,
  Learner,
  type LossFunc,
  MergeLayer,
  MixUp,
  SequentialEx,
} from "fastai-ts";
import { fromBuffer, manualSeed, nn, setNumThreads, type Tensor, tensor } from "fastai-ts/torch";

const SEEDS = [1, 2, 3];
const EPOCHS = 5;
const BS = 128;
/** Mean and standard deviation of the pixels of Fashion-MNIST, 0..1. */
const [MEAN, STD] = [0.286, 0.353];

const [data = "", out = "", ...wanted] = process.argv.slice(2);

/** The bytes of an IDX file after its head of `head` bytes. */
async function idx(name: string, head: number): Promise<Uint8Array> {
  return new Uint8Array(gunzipSync(await readFile(`${data}/${name}-ubyte.gz`))).slice(head);
}

/** Pictures [N, 1, 28, 28], normalised, and classes [N], given out in whole batches. */
async function pictures(part: string) {
  const labels = await idx(`${part}-labels-idx1`, 8);
  const x = fromBuffer(await idx(`${part}-images-idx3`, 16), [labels.length, 1, 28, 28]);
  const xs = x.float().div(255).sub(MEAN).div(STD);
  const ys = tensor(labels, { dtype: "int64" });
  const pick = (idxs: readonly number[]): [Tensor, Tensor] => {
    const at = tensor([...idxs], { dtype: "int64" });
    return [xs.indexSelect(0, at), ys.indexSelect(0, at)];
  };
  return { length: labels.length, get: (i: number) => pick([i]), getBatch: pick };
}

/** Two convolutions with pooling, the kind of net that the table of results of Fashion-MNIST begins with. */
function convNet(): nn.Sequential {
  return new nn.Sequential(
    ...[new nn.Conv2d(1, 16, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2)],
    ...[new nn.Conv2d(16, 32, 3, { padding: 1 }), new nn.ReLU(), new nn.MaxPool2d(2)],
    ...[new nn.Flatten(), new nn.Linear(32 * 7 * 7, 128), new nn.ReLU(), new nn.Dropout(0.4), new nn.Linear(128, 10)],
  );
}

/** The residual net of fastai's course, lesson 7. */
function resNet(): nn.Sequential {
  const halve = (ni: number, nf: number) => new ConvLayer(ni, nf, { stride: 2, bn1st: false });
  const block = (nf: number) =>
    new SequentialEx(
      new ConvLayer(nf, nf, { bn1st: false }),
      new ConvLayer(nf, nf, { bn1st: false }),
      new MergeLayer(),
    );
  return new nn.Sequential(
    ...[halve(1, 8), block(8), halve(8, 16), block(16), halve(16, 32), block(32), halve(32, 16), block(16)],
    ...[halve(16, 10), new nn.Flatten()],
  );
}

/** One comparison: the net and what it is trained with. */
interface Run {
  model: () => nn.Sequential;
  lr: number;
  lossFunc?: () => LossFunc;
  cbs?: () => CallbackLike;
}

const runs: Record<string, Run> = {
  "conv net": { model: convNet, lr: 2e-3 },
  "lesson-7 resnet": { model: resNet, lr: 1e-2 },
  "resnet, label smoothing": { model: resNet, lr: 1e-2, lossFunc: () => new LabelSmoothingCrossEntropy() },
  "resnet, MixUp": { model: resNet, lr: 1e-2, cbs: () => new MixUp() },
  "resnet, CutMix": { model: resNet, lr: 1e-2, cbs: () => new CutMix() },
};

setNumThreads(1);
const [train, valid] = [await pictures("train"), await pictures("t10k")];
const results = [];
for (const [run, { model: make, lr, lossFunc = () => new CrossEntropyLossFlat(), cbs }] of Object.entries(runs)) {
  if (wanted.length > 0 && !wanted.includes(run)) continue;
  for (const seed of SEEDS) {
    manualSeed(seed);
    const model = make();
    const weights = [...model.parameters()].reduce((sum, p) => sum + Number(p.detach().double().abs().sum().item()), 0);
    const dls = new DataLoaders(new DataLoader(train, { bs: BS, shuffle: true }), new DataLoader(valid, { bs: BS }));
    const learn = new Learner(dls, model, { lossFunc: lossFunc(), metrics: accuracy });
    const start = performance.now();
    await learn.noBar(() => learn.noLogging(() => learn.fitOneCycle(EPOCHS, lr, { cbs: cbs?.() })));
    const seconds = (performance.now() - start) / 1000;
    results.push({ run, seed, weights, epochs: learn.recorder.values, secondsPerEpoch: seconds / EPOCHS });
    await writeFile(out, `${JSON.stringify({ peer: "fastai-ts", results }, null, 1)}\n`);
  }
}
