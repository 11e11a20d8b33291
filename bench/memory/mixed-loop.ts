/**
 * A mixed training loop for some time: a convolutional and a dense network by turns, batches of different sizes, an evaluation,
 * a file now and then; every second step without a scope, so that the collector has its part. Prints the memory over time.
 * Then 100,000 live tensors and the pauses of the collector beside them.
 *
 * usage: npm run bench:memory -- [SECONDS]
 */
import { PerformanceObserver } from "node:perf_hooks";
import {
  memory,
  nn,
  noGrad,
  optim,
  randint,
  randn,
  safetensorsBytes,
  scope,
  type Tensor,
  tensor,
} from "fastai-ts/torch";

const [seconds = 600] = process.argv.slice(2).map(Number);
const LIVE_TENSORS = 100_000;
const REPORTS = 12;

const pauses: number[] = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pauses.push(duration);
}).observe({ entryTypes: ["gc"] });

function convolutional(): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(3, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new nn.Conv2d(16, 32, 3, { padding: 1, stride: 2 }),
    new nn.ReLU(),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(32, 10),
  );
}

function dense(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(64, 256), new nn.ReLU(), new nn.Dropout(0.1), new nn.Linear(256, 10));
}

const trainings = [
  { model: convolutional(), input: (n: number) => randn([n, 3, 32, 32]) },
  { model: dense(), input: (n: number) => randn([n, 64]) },
].map(({ model, input }) => ({ model, input, opt: new optim.AdamW(model.parameters(), { lr: 1e-3 }) }));

/** One training step; every hundredth is followed by an evaluation and a file in memory. */
function step(i: number): void {
  const { model, input, opt } = trainings[i % trainings.length] as (typeof trainings)[number]; // in range
  const rows = 4 + (i % 29);
  opt.zeroGrad();
  nn.functional.crossEntropy(model(input(rows)), randint(0, 10, [rows])).backward();
  opt.step();
  if (i % 100 !== 0) return;
  model.eval();
  noGrad(() => model(input(64)).argmax(-1).toArray());
  model.train();
  safetensorsBytes(model.stateDict());
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

function report(label: string, steps: number): void {
  const { tensors, bytes } = memory();
  const resident = megabytes(process.memoryUsage.rss());
  console.log(
    `${label.padStart(6)}  ${steps} steps  resident ${resident} MB  tensors ${tensors}, ${megabytes(bytes.cpu)} MB`,
  );
}

/** The pauses since the last call, in milliseconds. */
function reportPauses(label: string): void {
  const sorted = pauses.splice(0).sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  console.log(`${label}: ${sorted.length} collections, median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms`);
}

/** Lets the observer's callback run. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

async function loop(forSeconds: number, label: string): Promise<void> {
  const start = Date.now();
  let steps = 0;
  for (let part = 1; part <= REPORTS; part++) {
    while (Date.now() - start < (forSeconds * 1000 * part) / REPORTS) {
      if (steps++ % 2 === 0) scope(() => step(steps));
      else step(steps);
    }
    await turn();
    report(`${Math.round((Date.now() - start) / 1000)} s`, steps);
  }
  reportPauses(label);
}

await loop(seconds, "mixed loop");
const live: Tensor[] = Array.from({ length: LIVE_TENSORS }, (_, i) => tensor([i]));
await turn();
reportPauses(`making ${LIVE_TENSORS} tensors`);
await loop(Math.min(seconds, 30), `mixed loop beside ${live.length} live tensors`);
