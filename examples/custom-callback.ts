/** Callbacks read and change everything in the loop, and can end it. `npx tsx examples/custom-callback.ts FOLDER` (as imagenette.ts). */
import { accuracy, type Callback, CancelFit, ImageDataLoaders, Learner, Resize, xresnet18 } from "fastai-ts/vision";

/** Adds a little noise to the inputs while training. */
const noise = (std: number): Callback => ({
  name: "noise",
  beforeBatch(learn) {
    if (learn.training) learn.xb = learn.xb.map((x) => x.add(x.randnLike().mul(std)));
  },
});

/** Ends training once the validation accuracy is good enough. */
const goodEnough = (target: number): Callback => ({
  name: "goodEnough",
  order: 60, // after the recorder has noted the values of the epoch
  afterEpoch(learn) {
    const value = learn.recorder.values.at(-1)?.at(-1) ?? 0;
    if (value >= target) throw new CancelFit(`accuracy ${value.toFixed(3)} reached ${target}`);
  },
});

const path = process.argv[2] ?? "imagenette";
const dls = await ImageDataLoaders.fromFolder(path, { train: "train", valid: "val", itemTfms: new Resize(64), bs: 32 });
const learn = new Learner(dls, xresnet18({ nOut: dls.c }), { metrics: accuracy, cbs: noise(0.05) });
await learn.fitOneCycle(10, 5e-3, { cbs: goodEnough(0.4) });
