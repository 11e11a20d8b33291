import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Figure, matrixChart } from "../../show/index.js";
import { manualSeed } from "../../torch/index.js";
import { type Learner, loadLearner } from "../../vision/index.js";
import type { QuickstartOptions } from "./options.js";
import { findPhotos, type Photos } from "./photos.js";
import { makePictures } from "./pictures/make.js";
import { preset } from "./preset.js";
import { Report } from "./report.js";
import { photoLearner, photoLoaders } from "./train.js";

const folder = "quickstart"; // beside where the command was started

/** Trains on drawn pictures or on the photos of a folder, writes pictures and the model, and predicts one file. */
export async function quickstart(options: QuickstartOptions): Promise<void> {
  const report = new Report();
  const settings = preset(options);
  await mkdir(folder, { recursive: true });
  const photos = await gather(options.path, report);
  report.photos(photos, options.path ?? join(folder, "data"));
  report.training(settings);

  manualSeed(42); // the same command gives the same model
  const dls = await photoLoaders(photos, settings);
  const save = (name: string, what: string, figure: Figure) => figure.save(report.wrote(join(folder, name), what));
  await save("batch.png", "training photos as the model sees them", await dls.showBatch());

  const learn = photoLearner(dls, settings);
  await learn.fitOneCycle(settings.epochs, settings.lr);
  report.trained(learn.recorder.values.at(-1)?.at(-1) ?? Number.NaN);
  await shipAndTry(learn, photos, report);

  await save("results.png", "photos it never saw: actual class, then predicted", await learn.showResults());
  await save("losses.png", "the losses while training", learn.recorder.plotLoss());
  await save("confusion.png", "which classes are taken for which", await confusionMatrix(learn, photos.classes));
  report.finish(
    options.path === undefined
      ? "Your own photos: npm start -- PATH, a folder with one subfolder for each class (npm start -- --help)."
      : "Not good enough? More photos help most, then --epochs and --size (npm start -- --help).",
  );
}

async function gather(path: string | undefined, report: Report): Promise<Photos> {
  if (path !== undefined) return findPhotos(path);
  const data = join(folder, "data");
  await makePictures(data, { onProgress: (pct) => report.drawing(pct) });
  return findPhotos(data, { trusted: true });
}

/** Saves the model, reads it back and predicts the first validation photo. */
async function shipAndTry(learn: Learner, photos: Photos, report: Report): Promise<void> {
  const model = report.wrote(join(folder, "model.fai"), "the model: await loadLearner(...), then predict(file)");
  await learn.export(model);
  const again = await loadLearner(model);
  const [file = ""] = photos.valid;
  const [name, , probs] = await again.predict(file);
  report.predicted(file, model, String(name), Number(probs.max().item()));
}

async function confusionMatrix(learn: Learner, classes: string[]): Promise<Figure> {
  const { preds, targs } = await learn.getPreds();
  const counts = classes.map(() => new Float64Array(classes.length));
  const [actual, predicted] = [targs.long().data(), preds.argmax(1).data()];
  actual.forEach((row, i) => {
    const counted = counts[Number(row)];
    const column = Number(predicted[i]);
    if (counted?.[column] !== undefined) counted[column]++;
  });
  return matrixChart({ values: counts, names: classes, title: "Confusion matrix" });
}
