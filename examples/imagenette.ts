/** Ten kinds of photos from scratch. `npx tsx examples/imagenette.ts FOLDER`: `train/` and `val/`, one subfolder a class. */
import { accuracy, augTransforms, ImageDataLoaders, Learner, Resize, xresnet18 } from "fastai-ts/vision";

const path = process.argv[2] ?? "imagenette";
const dls = await ImageDataLoaders.fromFolder(path, {
  train: "train",
  valid: "val",
  itemTfms: new Resize(64),
  batchTfms: augTransforms({ size: 64 }),
  bs: 32,
});
const learn = new Learner(dls, xresnet18({ nOut: dls.c }), { metrics: accuracy });
await learn.fitOneCycle(6, 5e-3);
await (await learn.showResults()).save("imagenette-results.png");
