/** Comparing tensors, nested arrays and numbers within tolerances. */
import { isTensor } from "../src/torch/index.js";

function plain(value: unknown): unknown {
  if (isTensor(value)) return value.toArray();
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
}

function differs(a: number, b: number, rtol: number, atol: number): boolean {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b)) || a === b) return false;
  return !(Math.abs(a - b) <= atol + rtol * Math.abs(b));
}

function walk(a: unknown, b: unknown, rtol: number, atol: number, path: string): string | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return `${path}: expected length ${b.length}, got ${a.length}`;
    for (let i = 0; i < a.length; i++) {
      const problem = walk(a[i], b[i], rtol, atol, `${path}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const [x, y] = [Number(a), Number(b)];
  if (Array.isArray(a) || Array.isArray(b) || differs(x, y, rtol, atol)) {
    return `${path || "value"}: expected ${JSON.stringify(b)}, got ${JSON.stringify(a)} (rtol ${rtol}, atol ${atol})`;
  }
  return undefined;
}

/** What differs, or undefined when all is equal within atol + rtol * |expected|. */
export function compare(received: unknown, expected: unknown, rtol: number, atol: number): string | undefined {
  return walk(plain(received), plain(expected), rtol, atol, "");
}
