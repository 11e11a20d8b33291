import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register(); // workers do not inherit the loader

if (isMainThread) {
  await import("../../../src/torch/index.ts");
  await Promise.all(
    [1, 2].map(
      (id) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: id });
          worker.on("message", (text) => console.log(text));
          worker.on("error", reject);
          worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
        }),
    ),
  );
} else {
  const { arange, scope } = await import("../../../src/torch/index.ts");
  let total = 0;
  for (let i = 0; i < 2000; i++) total = scope(() => arange(1000).sum().item());
  parentPort.postMessage(`worker ${workerData}: ${total}`);
}
