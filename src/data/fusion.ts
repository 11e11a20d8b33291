/** Neighbouring steps of a pipeline done as one, where somebody knows how. */
import type { CallInfo } from "./call-info.js";
import type { Transform } from "./transform.js";

/** What a fusion did: for how many of the steps, from the first on, and what they make of the value (or a promise). */
export interface Fused {
  readonly count: number;
  readonly result: unknown;
}

/** A way to do several steps at once. */
export interface Fusion {
  /** Whether it may begin at this step; asked for every step of every value, so it only looks at the step's kind. */
  startsWith(step: Transform): boolean;
  /**
   * Does the first few of `steps` at once, or returns null when it cannot: for another value, other steps, a user's
   * subclass. The result, and what random steps draw, must be as if each step had run.
   */
  run(steps: readonly Transform[], x: unknown, info: CallInfo): Fused | null;
}

const fusions: Fusion[] = [];

/** Lets every pipeline try a fusion, after those registered before. */
export function registerFusion(fusion: Fusion): void {
  fusions.push(fusion);
}

/** What the first fusion does that takes the steps from position `from` on, if any does. */
export function fuse(steps: readonly Transform[], from: number, x: unknown, info: CallInfo): Fused | null {
  for (const fusion of fusions) {
    if (!fusion.startsWith(steps[from] as Transform)) continue; // positions are within the list
    const fused = fusion.run(steps.slice(from), x, info);
    if (fused) return fused;
  }
  return null;
}
