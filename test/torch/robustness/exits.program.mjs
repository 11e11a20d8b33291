// Ends a process, or a worker in it, in the middle of work. usage: node exits.program.mjs CASE
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register(); // workers do not inherit the loader
const torch = await import(new URL("../../../src/torch/index.ts", import.meta.url).href);
const { nn, optim, randn, scope } = torch;

/** Operators, backward passes and optimizer steps without end. */
function work() {
  const net = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 1));
  const opt = new optim.AdamW(net.parameters(), { lr: 1e-3 });
  parentPort?.postMessage("working");
  for (;;) {
    scope(() => {
      opt.zeroGrad();
      const x = randn([128, 64]);
      net(x).square().mean().backward();
      opt.step();
      randn([200, 200]).matmul(randn([200, 200]));
    });
  }
}

/** A tensor for another thread. */
function send() {
  parentPort?.postMessage(torch.toTransfer(torch.ones([5])));
}

/** One operator of about a second. */
function longOperator() {
  const a = randn([1500, 1500]);
  parentPort?.postMessage("working");
  a.matmul(a).matmul(a).matmul(a);
}

/**
 * A worker that has begun to work.
 * @param {string} body
 * @returns {Promise<Worker>}
 */
function started(body) {
  const worker = new Worker(new URL(import.meta.url), { workerData: body });
  return new Promise((done, fail) => {
    worker.on("error", fail);
    worker.on("message", () => done(worker));
  });
}

/** @param {string[]} bodies */
async function terminate(...bodies) {
  const workers = await Promise.all(bodies.map(started));
  await new Promise((done) => setTimeout(done, 50));
  const codes = await Promise.all(workers.map((worker) => worker.terminate()));
  console.log(`codes ${codes}, sum ${randn([4]).mul(0).add(1).sum().item()}`);
}

/** @type {Record<string, () => unknown>} */
const cases = {
  terminateLongOperator: () => terminate("longOperator"),
  terminateTwo: () => terminate("work", "work"),
  async terminateLeavesNothing() {
    const { fromTransfer, memory } = torch;
    const before = memory().tensors;
    for (let i = 0; i < 5; i++) {
      const worker = await started("work");
      await new Promise((done) => setTimeout(done, 30));
      await worker.terminate();
    }
    console.log("left", memory().tensors - before);
    // What is on its way when a thread ends arrives.
    const sender = new Worker(new URL(import.meta.url), { workerData: "send" });
    const number = await new Promise((done) => sender.on("message", done));
    await sender.terminate();
    console.log("sum", fromTransfer(number).sum().item());
  },
  async terminateMany() {
    for (let i = 0; i < 2; i++) await terminate("work");
  },
  // What is still to come when the process ends: a promise of a tensor, a worker at work.
  async exitWithWorkPending() {
    await started("work");
    void randn([4]).cpuAsync();
    console.log("exit");
    process.exit(0);
  },
  exitInHook() {
    const x = randn([3], { requiresGrad: true });
    x.registerHook(() => {
      console.log("exit");
      process.exit(7);
    });
    x.mul(2).sum().backward();
  },
  exitInFunction() {
    class Last extends torch.Function {
      /**
       * @param {unknown} _ctx
       * @param {import("../../../src/torch/index.js").Tensor} x
       */
      static forward(_ctx, x) {
        return x.mul(1);
      }
      static backward() {
        console.log("exit");
        process.exit(7);
      }
    }
    /** @type {any} The base class came by a dynamic import. */
    const last = Last;
    last
      .apply(randn([3], { requiresGrad: true }))
      .sum()
      .backward();
  },
  exitInScope() {
    scope(() => {
      console.log("exit", randn([3]).shape[0]);
      process.exit(7);
    });
  },
  exitInHookOfWorker: () =>
    new Promise((done) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: "exitInHook" });
      worker.on("exit", (code) => {
        console.log(`worker ${code}, sum ${torch.ones([3]).sum().item()}`);
        done(code);
      });
    }),
  throwInHook() {
    const x = randn([3], { requiresGrad: true });
    x.registerHook(() => {
      throw new Error("nobody catches this");
    });
    x.mul(2).sum().backward();
  },
};

/** @type {Record<string, () => unknown>} */
const bodies = { work, send, longOperator, ...cases };
await bodies[isMainThread ? (process.argv[2] ?? "") : workerData]?.();
