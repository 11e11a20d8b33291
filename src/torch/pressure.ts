/**
 * NOTE [ memory pressure ]
 * JavaScript's collector does not see the memory behind tensors. Tensors that no scope frees are freed by finalizers
 * that run inside a collection, so somebody must ask for one. Node's own accounting of external memory would start a
 * collection every 64 MB, also in a training step whose activations are freed by themselves; so the rule here is: collect
 * when the bytes in use exceed what the last full collection left by half, and by 128 MB at least. A loop that makes garbage
 * stays within that margin; a loop that does not settles after a few collections and never collects again.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { native } from "../native.js";

type Collect = (options?: { type: "minor" | "major" }) => void;

const margin = 128 * 2 ** 20;
let floor = 0; // bytes that the last full collection left
let limit = margin;
let collect: Collect | undefined;

function collector(): Collect {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as Collect; // the engine's own function, present once the flag is set
  }
  return collect;
}

/** Collects garbage now, and with it the tensors that nothing refers to. */
export function collectGarbage(): void {
  collector()();
}

/**
 * After so many tensors handed to the collector it is asked for the young ones. By itself it waits until its young generation
 * is full, which is some 43,000 small tensors, and frees them in one pause: 18 ms on average and 38 at most, with 100,000 others
 * alive; so 5 and 15, at the same cost in all (2026-11).
 */
export const youngTensors = 2 ** 14;

/** Collects what was made since the last collection or the one before. */
export function collectYoung(): void {
  collector()({ type: "minor" });
}

/** Collects: the young generation first, everything when that freed too little. */
export function relieve(): void {
  collectYoung();
  if (native.bytesInUse() <= floor + (limit - floor) / 2) return;
  collector()();
  setFloor(native.bytesInUse());
}

function setFloor(bytes: number): void {
  floor = bytes;
  limit = Math.max(bytes * 1.5, bytes + margin);
}

/** Called with the bytes in use after every operator, and for every tensor that the collector will free. */
export function checkPressure(bytes: number): void {
  if (bytes > limit) relieve();
}

/** Brings the limit down again after a phase that needed much memory. Called now and then. */
export function relaxLimit(bytes: number): void {
  if (bytes < floor) setFloor(bytes);
}

native.onPressure(collectGarbage);
