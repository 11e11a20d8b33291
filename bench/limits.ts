/**
 * What the training loop costs beside the model, against its limits: `npx tsx bench/limits.ts`. On one thread but for the
 * photos; where another program works as well, the gaps between epochs and the wait for photos grow.
 */
import { type Batches, type Callback, ChannelsLast, DataLoader, type DataSource, Learner, Profiler } from "fastai-ts";
import { getNumThreads, nn, randint, randn, setNumThreads, type Tensor, tensor } from "fastai-ts/torch";
import { xresnet18 } from "fastai-ts/vision";
import { batches, smallMlp } from "./cases/networks.js";
import { photoLoaders } from "./cases/photos.js";

const threads = getNumThreads();
setNumThreads(1);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(what: string, value: number, unit: string, limit: number): void {
  console.log(`${what.padEnd(52)} ${value.toPrecision(3).padStart(8)} ${unit.padEnd(8)} ${limit} at most`);
  if (!(value <= limit)) process.exitCode = 1;
}

function learner(train: Batches, valid?: Batches): Learner<DataSource> {
  return new Learner({ train, valid }, smallMlp(), { lossFunc: nn.functional.crossEntropy });
}

/** Microseconds of a step with ten more callbacks that listen to all events of a batch, less one without. */
async function idleCallbacks(): Promise<number> {
  const events = [
    "beforeBatch",
    "afterPred",
    "afterLoss",
    "beforeBackward",
    "afterBackward",
    "beforeStep",
    "afterStep",
  ];
  const handlers = Object.fromEntries([...events, "afterBatch"].map((event) => [event, () => undefined]));
  const idle = Array.from({ length: 10 }, (_, i): Callback => ({ name: `idle ${i}`, ...handlers }));
  const steps = 500;
  const train = Array.from({ length: steps }, (): [Tensor, Tensor] => [randn([2, 1]), randn([2, 1])]);
  const learn = new Learner({ train }, new nn.Linear(1, 1), { lossFunc: nn.functional.mseLoss });
  const step = async (cbs: Callback[]): Promise<number> => {
    const started = performance.now();
    await learn.noLogging(() => learn.fit(1, { cbs }));
    return ((performance.now() - started) / steps) * 1000;
  };
  const [without, added]: [number[], number[]] = [[], []];
  for (let round = 0; round < 50; round++) {
    without.push(await step([]));
    added.push(await step(idle));
  }
  return Math.min(...added) - Math.min(...without); // what else the machine does only adds
}

/** Milliseconds from the end of an epoch to the first batch of the next. */
async function epochGap(train: Batches): Promise<number> {
  const gaps: number[] = [];
  let ended = Number.NaN;
  const clock: Callback = {
    name: "clock",
    order: 1000,
    beforeBatch: ({ iter }) => void (iter === 0 && gaps.push(performance.now() - ended)),
    afterTrain: () => {
      ended = performance.now();
    },
  };
  const learn = learner(train);
  await learn.noLogging(() => learn.fitOneCycle(40, 1e-3, { cbs: clock }));
  return median(gaps.slice(5));
}

/** A table of `rows` that gives whole batches, and counts what it is asked for row by row. */
function table(rows: number) {
  const [x, y] = [randn([rows, 32]), randint(0, 2, [rows])];
  const pick = (idxs: readonly number[]): [Tensor, Tensor] => {
    const at = tensor(Int32Array.from(idxs));
    return [x.indexSelect(0, at), y.indexSelect(0, at)];
  };
  const asked = { items: 0 };
  const get = (i: number): [Tensor, Tensor] => {
    asked.items++;
    return pick([i]);
  };
  return { length: rows, get, getBatch: pick, asked };
}

/** Percent of a step of xresnet18 over 32 photos of 128 pixels that waits for the photos, on all threads. */
async function dataWait(): Promise<number> {
  const profiler = new Profiler();
  const dls = await photoLoaders(32);
  const learn = new Learner(dls, xresnet18({ nOut: dls.c }));
  await learn.noLogging(() => learn.fit(1, { cbs: [profiler, ChannelsLast] }));
  return 100 * (profiler.table().find(({ phase }) => phase === "data")?.share ?? Number.NaN);
}

const rows = 100_000;
const data = table(rows);
const loaderOf = (dataset: ReturnType<typeof table>, shuffle: boolean) =>
  new DataLoader<[Tensor, Tensor]>(dataset, { bs: 64, shuffle });
const learn = learner(loaderOf(data, true), loaderOf(data, false));
const seconds: number[] = [];
for (let round = 0; round < 5; round++) {
  const before = process.cpuUsage();
  const { preds, targs } = await learn.getPreds();
  const { user, system } = process.cpuUsage(before);
  seconds.push((user + system) / 1e6);
  if (preds.shape[0] !== rows || targs?.shape[0] !== rows)
    throw new Error("limits: expected a prediction for each row.");
}

report("ten idle callbacks, a step", await idleCallbacks(), "us", 10);
report("epoch gap, ready-made batches", await epochGap(batches(20, [32], 2)), "ms", 5);
report("epoch gap, shuffled DataLoader of whole batches", await epochGap(loaderOf(table(2000), true)), "ms", 5);
report("getPreds of 100,000 rows, rows asked for one by one", data.asked.items, "rows", 0);
report("getPreds of 100,000 rows, a row", (median(seconds) / rows) * 1e6, "us", 5);
setNumThreads(threads);
report("training on photos, time that waits for them", await dataWait(), "%", 5);
