// Prints how many megabytes stay resident after tensors were freed, and after emptyCache().
import { readFileSync } from "node:fs";
import { emptyCache, ones, scope } from "../../../src/torch/index.js";

const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;

const before = resident();
// A megabyte each, all alive at once: what nobody refers to may be collected and used again on the way.
scope(() => Array.from({ length: 300 }, () => ones([2 ** 18])).length);
const freed = resident() - before;
emptyCache();
console.log(JSON.stringify({ freed, emptied: resident() - before }));
