// Our side of `npm run bench`: "prepare <case>" sets a case up and warms it, "round" answers nanoseconds per iteration.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Iterate, Prepare } from "./cases/iterate.js";

/** The cases by the first word of their ids; each file is loaded only where it is needed. */
const FAMILIES: Record<string, () => Promise<Record<string, Prepare>>> = {
  op: async () => (await import("./cases/operators.js")).operators,
  nn: async () => (await import("./cases/modules.js")).modules,
  autograd: async () => (await import("./cases/autograd.js")).autograd,
  optim: async () => (await import("./cases/optimizers.js")).optimizers,
  loop: async () => (await import("./cases/loops.js")).loops,
  train: async () => (await import("./cases/xresnet.js")).xresnet,
  infer: async () => (await import("./cases/xresnet.js")).xresnet,
  image: async () => (await import("./cases/images.js")).images,
  loader: async () => (await import("./cases/photos.js")).photos,
  augment: async () => (await import("./cases/photos.js")).photos,
  csv: async () => (await import("./cases/tables.js")).tables,
  tabular: async () => (await import("./cases/tables.js")).tables,
  collab: async () => (await import("./cases/tables.js")).tables,
};

const ROUND_MS = Number(process.env.BENCH_ROUND_MS);
const WARM_UP_MS = 30 * ROUND_MS; // compilers at run time, V8 and TorchScript, settle within seconds

/** Milliseconds per iteration over about `n` of them. */
async function time(iterate: Iterate, n: number): Promise<number> {
  const started = performance.now();
  const done = await iterate(n);
  return (performance.now() - started) / done;
}

/** Warms up and gives the iterations that fill a round. */
async function warmUp(iterate: Iterate): Promise<number> {
  const started = performance.now();
  let n = 1;
  while (performance.now() - started < WARM_UP_MS) {
    n = Math.min(n * 2, Math.max(1, Math.round(ROUND_MS / (await time(iterate, n)))));
  }
  return n;
}

let iterate: Iterate = (n) => n;
let count = 1;

for await (const line of createInterface({ input: process.stdin })) {
  const [command, id] = line.split(" ");
  if (command === "prepare" && id) {
    const cases = await FAMILIES[id.split(".")[0] ?? ""]?.();
    const prepare = cases?.[id];
    if (!prepare) throw new Error(`bench: expected a case, got "${id}".`);
    iterate = await prepare();
    count = await warmUp(iterate);
    writeSync(3, `${count}\n`);
  } else {
    writeSync(3, `${(await time(iterate, count)) * 1e6}\n`);
  }
}
