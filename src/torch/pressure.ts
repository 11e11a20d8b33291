/**
 * NOTE [ memory pressure ]
 * JavaScript's collector does not see the memory behind tensors. Tensors that no scope frees are freed by finalizers
 * that run inside a collection, so somebody must ask for one. Node's own accounting of external memory would start a
 * collection every 64 MB, also in a training step whose activations are freed by themselves; so the rule here is: collect
 * when the bytes in use exceed what the last collection left by half, and by 256 MB at least. A loop that makes garbage
 * stays within that margin; a loop that does not settles after a few collections and never collects again.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { native } from "../native.js";

type Collect = (options?: { type: "minor" | "major" }) => void;

const margin = 256 * 2 ** 20;
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

/** Collects: the young generation first, everything when that freed little. Sets the next limit. */
export function relieve(): void {
  const before = native.bytesInUse();
  collector()({ type: "minor" });
  let after = native.bytesInUse();
  if (after > limit - margin / 2) {
    collector()();
    after = native.bytesInUse();
  }
  limit = Math.max(after * 1.5, after + margin);
  if (before < after) limit = Math.max(limit, before);
}

/** Called after every operator with the bytes in use. */
export function checkPressure(bytes: number): void {
  if (bytes > limit) relieve();
}

/** Brings the limit down again after a phase that needed much memory. Called now and then. */
export function relaxLimit(bytes: number): void {
  if (bytes * 4 < limit) limit = Math.max(margin, bytes * 2);
}

native.onPressure(collectGarbage);
