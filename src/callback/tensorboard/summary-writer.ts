/** Event files that TensorBoard reads. */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { encodePng, type Figure } from "../../show/index.js";
import { cat, noGrad, ShapeError, type Tensor } from "../../torch/index.js";
import { bytes, double, encode, type Field, float, integer, message, packedDoubles } from "./protobuf.js";
import { record } from "./record.js";

/** Options of `addEmbedding`. */
export interface EmbeddingOptions {
  /** A label for each vector. */
  metadata?: readonly string[];
  /** A small picture for each vector, 0..1. Shapes: [N, C, H, W]. */
  labelImg?: Tensor;
  /** The step they belong to. Default 0. */
  step?: number;
  /** The name of the set. Default "default". */
  tag?: string;
}

const bins = 64;
let files = 0;

/**
 * Writes scalars, pictures, histograms, texts and embeddings to a folder for TensorBoard, without Python. Records are
 * gathered and written by `flush` and `close`.
 *
 * @example
 * const writer = new SummaryWriter("runs/first");
 * writer.addScalar("loss", 0.5, 1);
 * await writer.close();
 */
export class SummaryWriter {
  readonly logDir: string;
  /** The event file. */
  readonly path: string;
  #pending: Uint8Array[] = [];
  #embeddings: string[] = [];

  constructor(logDir: string) {
    this.logDir = logDir;
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, "0");
    this.path = join(logDir, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}`);
    this.#event(0, bytes(3, "brain.Event:2"));
  }

  /** A number at a step. */
  addScalar(tag: string, value: number, step: number): void {
    this.#summary(step, bytes(1, tag), float(2, value));
  }

  /** A picture at a step, 0..1. Shapes: [C, H, W] with 1 or 3 channels. */
  addImage(tag: string, image: Tensor, step: number): void {
    const [channels = 0, height = 0, width = 0] = image.shape;
    if (image.ndim !== 3 || (channels !== 1 && channels !== 3)) {
      throw new ShapeError(`addImage: expected [1, H, W] or [3, H, W], got [${image.shape}]. Choose one photo.`);
    }
    this.#image(tag, step, { height, width, channels, png: pngOf(image) });
  }

  /** A figure at a step. */
  async addFigure(tag: string, figure: Figure, step: number): Promise<void> {
    const { width, height } = figure;
    this.#image(tag, step, { width, height, channels: 4, png: await figure.toPNG({ scale: 1 }) });
  }

  /** How the finite values of a tensor are spread, at a step: 64 bins; nothing where there are none. Reads the device. */
  addHistogram(tag: string, values: Tensor, step: number): void {
    const all = noGrad(() => values.detach().double().flatten().to("cpu"));
    const finite = all.maskedSelect(all.isfinite());
    if (finite.numel() > 0) this.#histogram(tag, finite, step);
  }

  #histogram(tag: string, all: Tensor, step: number): void {
    const [low, high] = [Number(all.min().item()), Number(all.max().item())];
    const [from, to] = low === high ? [low - 0.5, high + 0.5] : [low, high];
    const counts = all.float().histc(bins, from, to).toArray() as number[]; // one dimension
    const limits = counts.map((_, i) => from + ((i + 1) * (to - from)) / bins);
    const histogram = [
      ...[low, high, all.numel(), Number(all.sum().item()), Number(all.square().sum().item())].map((value, i) =>
        double(i + 1, value),
      ),
      packedDoubles(6, limits),
      packedDoubles(7, counts),
    ];
    this.#summary(step, bytes(1, tag), message(5, ...histogram));
  }

  /** A text at a step, in Markdown. */
  addText(tag: string, text: string, step: number): void {
    const plugin = message(9, message(1, bytes(1, "text")));
    const tensor = message(8, integer(1, 7), message(2, message(2, integer(1, 1))), bytes(8, text)); // strings, shape [1]
    this.#summary(step, bytes(1, `${tag}/text_summary`), plugin, tensor);
  }

  /** Vectors for the projector, with labels and pictures. Shapes: [N, D]. */
  async addEmbedding(vectors: Tensor, options: EmbeddingOptions = {}): Promise<void> {
    const { metadata, labelImg, step = 0, tag = "default" } = options;
    const rows = vectors.detach().flatten(1).float().toArray() as number[][]; // [N, D]
    if (metadata && metadata.length !== rows.length) {
      throw new ShapeError(
        `addEmbedding: expected a label for each of ${rows.length} vectors, got ${metadata.length}.`,
      );
    }
    const name = `${String(step).padStart(5, "0")}/${tag}`; // as TensorBoard reads it on every system
    const folder = join(this.logDir, name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "tensors.tsv"), rows.map((row) => `${row.join("\t")}\n`).join(""));
    const lines = [`tensor_name: "${tag}:${step}"`, `tensor_path: "${name}/tensors.tsv"`];
    if (metadata) {
      await writeFile(
        join(folder, "metadata.tsv"),
        metadata.map((label) => `${label.replace(/\s+/g, " ")}\n`).join(""),
      );
      lines.push(`metadata_path: "${name}/metadata.tsv"`);
    }
    if (labelImg) {
      await writeFile(join(folder, "sprite.png"), sprite(labelImg));
      const size = [labelImg.size(3), labelImg.size(2)].map((side) => `single_image_dim: ${side}`).join(" ");
      lines.push(`sprite { image_path: "${name}/sprite.png" ${size} }`);
    }
    this.#embeddings.push(`embeddings {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`);
    await writeFile(join(this.logDir, "projector_config.pbtxt"), this.#embeddings.join(""));
  }

  /** Writes what is pending. */
  async flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await mkdir(this.logDir, { recursive: true });
    if (pending.length > 0) await appendFile(this.path, Buffer.concat(pending));
  }

  /** Writes what is pending; the writer may be used again. */
  close(): Promise<void> {
    return this.flush();
  }

  #image(
    tag: string,
    step: number,
    { height, width, channels, png }: { height: number; width: number; channels: number; png: Uint8Array },
  ): void {
    const image = message(4, integer(1, height), integer(2, width), integer(3, channels), bytes(4, png));
    this.#summary(step, bytes(1, tag), image);
  }

  #summary(step: number, ...value: readonly Field[]): void {
    this.#event(step, message(5, message(1, ...value)));
  }

  #event(step: number, content: Field): void {
    this.#pending.push(record(encode(double(1, Date.now() / 1000), integer(2, step), content)));
  }
}

/** A picture 0..1 as a PNG file. Shapes: [C, H, W]. */
function pngOf(image: Tensor): Uint8Array {
  const [channels = 1, height = 0, width = 0] = image.shape;
  const pixels = image.detach().float().clamp(0, 1).mul(255).round().to("uint8").permute(1, 2, 0).contiguous(); // [H, W, C]
  return encodePng(pixels.to("cpu").data() as Uint8Array, width, height, channels); // bytes
}

/** Pictures of one size in a square, row by row, as the projector wants them. Shapes: [N, C, H, W]. */
function sprite(images: Tensor): Uint8Array {
  const [n = 0, c = 0, h = 0, w = 0] = images.shape;
  const side = Math.ceil(Math.sqrt(n));
  const blank = images.newZeros([side * side - n, c, h, w]);
  const all = cat([images.detach(), blank]).view([side, side, c, h, w]);
  return pngOf(all.permute(2, 0, 3, 1, 4).reshape([c, side * h, side * w])); // [C, side * H, side * W]
}
