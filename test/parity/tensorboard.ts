/** Writes one of everything for TensorBoard, at a fixed time: test/parity/tensorboard.py reads it with Python's package. */
import { SummaryWriter } from "../../src/callback/index.js";
import { imageGrid } from "../../src/show/index.js";
import { arange, tensor } from "../../src/torch/index.js";

/** Fills a folder and returns the paths of two event files: numbers and texts, and pictures (whose packing may vary). */
export async function writeSample(folder: string): Promise<string[]> {
  const { now } = Date;
  Date.now = () => 1_700_000_000_250;
  try {
    const writer = new SummaryWriter(folder);
    for (const [step, loss] of [2.5, 1.25, 0.625].entries()) writer.addScalar("train_loss", loss, step + 1);
    writer.addScalar("größer", -1e-3, 300);
    writer.addHistogram("weights", tensor([-1, 0, 0.25, 0.5, 3]), 5);
    writer.addHistogram("constant", tensor([2, 2]), 5);
    writer.addText("model", "```\nLinear(2 → 3)\n```", 0);
    await writer.close();
    const pictures = new SummaryWriter(folder);
    pictures.addImage(
      "stripes",
      arange(2 * 3 * 3)
        .view([3, 3, 2])
        .div(17),
      4,
    );
    await pictures.flush();
    const figure = imageGrid([{ data: new Uint8Array([0, 255, 255, 0]), width: 2, height: 2, channels: 1 }]);
    await pictures.addFigure("figure", figure, 6);
    const labelImg = arange(3 * 1 * 2 * 2)
      .view([3, 1, 2, 2])
      .div(11);
    const vectors = arange(6).view([3, 2]);
    await pictures.addEmbedding(vectors, { metadata: ["a", "b\tc", "d"], labelImg, step: 7 });
    await pictures.close();
    return [writer.path, pictures.path];
  } finally {
    Date.now = now;
  }
}

if (process.argv[1]?.endsWith("tensorboard.ts")) console.log((await writeSample(process.argv[2] ?? ".")).join("\n"));
