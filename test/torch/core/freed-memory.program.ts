// Prints how many megabytes stay resident after tensors were freed, and after emptyCache().
import { readFileSync } from "node:fs";
import { emptyCache, ones, scope } from "../../../src/torch/index.js";

const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;

const before = resident();
scope(() => {
  for (let i = 0; i < 300; i++) ones([2 ** 18]); // a megabyte each
});
const freed = resident() - before;
emptyCache();
console.log(JSON.stringify({ freed, emptied: resident() - before }));
