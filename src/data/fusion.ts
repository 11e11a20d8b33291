/** Neighbouring steps of a pipeline done as one, where somebody knows how. */
import type { CallInfo } from "./call-info.js";
import type { Transform } from "./transform.js";

/** What a fusion did: for how many of the steps, from the first on, and what they make of the value (or a promise). */
export interface Fused {
  readonly count: number;
  readonly result: unknown;
}

/**
 * Does the first few of `steps` at once, or returns null when it cannot: for another value, other steps, a user's subclass.
 * The result, and what random steps draw, must be as if each step had run.
 */
export type Fusion = (steps: readonly Transform[], x: unknown, info: CallInfo) => Fused | null;

const fusions: Fusion[] = [];

/** Lets every pipeline try a fusion, after those registered before. */
export function registerFusion(fusion: Fusion): void {
  fusions.push(fusion);
}

/** The first fusion that takes the steps, if any does. */
export function fuse(steps: readonly Transform[], x: unknown, info: CallInfo): Fused | null {
  for (const fusion of fusions) {
    const fused = fusion(steps, x, info);
    if (fused) return fused;
  }
  return null;
}
