import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Learner, SummaryWriter, TensorBoard, TensorBoardProjector } from "../../src/callback/index.js";
import { crc32c } from "../../src/callback/tensorboard/record.js";
import { Categorize, Datasets } from "../../src/data/index.js";
import { CrossEntropyLossFlat } from "../../src/layers/index.js";
import type { TrainingLoop } from "../../src/learner/index.js";
import { nn, randn, tensor, zeros } from "../../src/torch/index.js";
import { failure, fixture } from "../learner/setting.js";
import { writeSample } from "../parity/tensorboard.js";
import { useFolder } from "./folder.js";
import { net, photoLoop, photos } from "./setting.js";

/** What Python's tensorboard read in the files of writeSample, and the bytes of the first. */
interface Fixture {
  bytes: string;
  read: {
    tag: string;
    step: number;
    image?: { pixels?: number[] };
    histogram?: { counts: number[] };
    text?: string[];
  }[];
  projector: { name: string; sprite: number[]; metadata: string; tensors: string; pixels: number[] };
}

const python = fixture<Fixture>("tensorboard");

const folder = useFolder();

/** The records of an event file, their check sums compared. */
async function records(path: string): Promise<Buffer[]> {
  const file = await readFile(path);
  const found: Buffer[] = [];
  const unmasked = (sum: number): number => {
    const rotated = (sum - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(unmasked(file.readUInt32LE(at + 8))).toBe(crc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(file.readUInt32LE(at + 12 + length))).toBe(crc32c(data));
    found.push(data);
    at += length + 16;
  }
  return found;
}

async function eventsBelow(path: string): Promise<{ text: string; count: number }> {
  const files = (await readdir(path, { recursive: true })).filter((name) => name.includes("tfevents"));
  const all = await Promise.all(files.map((name) => records(join(path, name))));
  return { text: Buffer.concat(all.flat()).toString("latin1"), count: all.flat().length };
}

describe("SummaryWriter", () => {
  it("CBK-25: writes the bytes that Python's tensorboard reads", async () => {
    const [numbers = "", pictures = ""] = await writeSample(folder.path);
    expect((await readFile(numbers)).toString("base64")).toBe(python.bytes);
    expect(await records(pictures)).toHaveLength(3);
    expect(python.read.map(({ tag }) => tag).filter(Boolean)).toEqual([
      ...["train_loss", "train_loss", "train_loss", "größer", "weights", "constant", "model/text_summary"],
      ...["stripes", "figure"],
    ]);
    const stripes = python.read.find(({ tag }) => tag === "stripes")?.image?.pixels;
    expect(stripes).toEqual([0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 16, 5, 11, 17].map((i) => 15 * i));
    const histogram = python.read.find(({ tag }) => tag === "weights")?.histogram;
    expect(histogram?.counts.reduce((sum, n) => sum + n, 0)).toBe(5);
    expect(python.projector).toMatchObject({ sprite: [2, 2], metadata: "a\nb c\nd\n", tensors: "0\t1\n2\t3\n4\t5\n" });
    expect(await readFile(join(folder.path, "00007", "default", "tensors.tsv"), "utf8")).toBe(python.projector.tensors);
  });

  it("CBK-25: has the check sum of the published example, and names shapes that do not fit", async () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    const writer = new SummaryWriter(folder.path);
    writer.addHistogram("broken", tensor([Number.NaN, 1, Number.POSITIVE_INFINITY]), 1);
    writer.addHistogram("nothing", tensor([Number.NaN]), 1);
    await writer.close();
    expect(await records(writer.path)).toHaveLength(2); // the version and one histogram
    expect(() => writer.addImage("x", zeros([2, 3]), 0)).toThrow(/\[3, H, W\], got \[2,3\]/);
    expect(await failure(writer.addEmbedding(randn([3, 2]), { metadata: ["a"] }))).toMatch(/each of 3 vectors, got 1/);
  });
});

describe("TensorBoard", () => {
  it("CBK-25: writes losses, hyper-parameters, the epoch table, histograms and features of a fit", async () => {
    const learn = photoLoop({ path: folder.path });
    Object.assign(learn.dls, { vocab: ["red", "green", "blue"] });
    await learn.fit(2, { lr: 0.01, cbs: new TensorBoard({ histograms: true, projector: true }) });
    const { text, count } = await eventsBelow(join(folder.path, "runs"));
    for (const tag of ["train_loss", "valid_loss", "lr_0", "sqrMom_0", "0.weight", "model/text_summary"]) {
      expect(text).toContain(tag);
    }
    const perStep = 1 + Object.keys(learn.opt?.hypers[0] ?? {}).length;
    expect(count).toBe(2 + 8 * perStep + 2 * (1 + 6)); // version and model; steps; epochs with 6 parameters
    const [run = ""] = await readdir(join(folder.path, "runs"));
    const config = await readFile(join(folder.path, "runs", run, "projector_config.pbtxt"), "utf8");
    expect(config.match(/embeddings/g)).toHaveLength(2);
    const labels = await readFile(join(folder.path, "runs", run, "00008", "default", "metadata.tsv"), "utf8");
    expect(labels.trim().split("\n")).toHaveLength(8);
    expect(labels).toMatch(/red|green|blue/);
  });

  it("CBK-25: draws predictions of items, beside the default callbacks", async () => {
    const parity = (n: number): string => (n % 2 ? "odd" : "even");
    const pipelines = [[(n: number) => tensor([n])], [parity, new Categorize()]];
    const splits: [number[], number[]] = [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ];
    const dsets = await Datasets.create([0, 1, 2, 3, 4, 5, 6, 7], pipelines, { splits });
    const learn = new Learner(dsets.dataLoaders({ bs: 2 }), new nn.Linear(1, 2), { path: folder.path });
    const counts: number[] = [];
    const counting = { name: "counting", order: 99, afterEpoch: (l: TrainingLoop) => void counts.push(l.trainIter) };
    await learn.noLogging(() => learn.fit(2, { cbs: [new TensorBoard(), counting] }));
    expect((await eventsBelow(join(folder.path, "runs"))).text).toContain("Sample results");
    expect(counts).toEqual([2, 4]);
  });

  it("CBK-25: TensorBoardProjector writes the features of a data set", async () => {
    const learn = new Learner(photos(), net(), { lossFunc: new CrossEntropyLossFlat(), path: folder.path });
    await learn.getPreds({ cbs: new TensorBoardProjector({ logDir: "features", layer: learn.model.modules()[5] }) });
    const files = await readdir(join(folder.path, "features"), { recursive: true });
    const tensors = files.find((name) => name.endsWith("tensors.tsv")) ?? "";
    const rows = (await readFile(join(folder.path, "features", tensors), "utf8")).trim().split("\n");
    expect(rows.map((row) => row.split("\t").length)).toEqual(new Array(8).fill(4));
    expect(files.some((name) => name.endsWith("sprite.png"))).toBe(true);
  });
});
