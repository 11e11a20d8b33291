import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register(); // workers do not inherit the loader
const torch = new URL("../../../src/torch/index.ts", import.meta.url).href;

if (isMainThread) {
  const { memory, ones, toTransfer } = await import(torch);
  const shared = ones([4], { device: process.argv[2] ?? "cpu" });
  await Promise.all(
    [1, 2].map(
      (id) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { id, number: toTransfer(shared) } });
          worker.on("message", (text) => console.log(text));
          worker.on("error", reject);
          worker.on("exit", (code) => (code === 0 ? resolve(code) : reject(new Error(`exit code ${code}`))));
        }),
    ),
  );
  console.log(`shared: ${shared.sum().item()}, tensors: ${memory().tensors}`);
} else {
  const { id, number } = workerData;
  const { arange, fromTransfer, scope } = await import(torch);
  const shared = fromTransfer(number);
  shared.at(id).add_(10); // the same memory, another element in each worker
  shared.dispose();
  let total = 0;
  for (let i = 0; i < 2000; i++) total = scope(() => arange(1000).sum().item());
  parentPort?.postMessage(`worker ${id}: ${total}`);
}
