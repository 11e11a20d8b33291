// Prints how many threads the process has after small work and after large work on four threads.
import { readdirSync } from "node:fs";
import { empty, getNumThreads, nn, optim, randint, randn, setNumThreads, stack } from "../../../src/torch/index.js";

const count = () => readdirSync("/proc/self/task").length;

function step(inputs: number, rows: number): void {
  const model = new nn.Sequential(
    new nn.Linear(inputs, 200),
    new nn.ReLU(),
    new nn.BatchNorm1d(200),
    new nn.Linear(200, 100),
    new nn.ReLU(),
    new nn.Linear(100, 2),
  );
  const opt = new optim.AdamW(model.parameters(), { lr: 1e-3 });
  const loss = nn.functional.crossEntropy(model(randn([rows, inputs])), randint(0, 2, [rows]));
  loss.backward();
  opt.step();
}

setNumThreads(4);
const before = count();
step(32, 64);
stack(Array.from({ length: 16 }, () => empty([3, 160, 160], { dtype: "uint8" })));
const small = count() - before;
step(32, 8192);
console.log(JSON.stringify({ small, large: count() - before, threads: getNumThreads() }));
