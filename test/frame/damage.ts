/** Damaged bytes, and what comes of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";

/** The bytes of a whole file. */
export const fixture = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../fixtures/tables", name)));

/** The bytes cut off, or with one to three of them changed, or with some more or fewer in the middle. */
export function damage(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  // What files say about themselves is at their beginning and end.
  const place = fc.oneof(
    fc.nat({ max: whole.length - 1 }),
    fc.nat({ max: Math.min(whole.length, 2000) - 1 }).map((back) => whole.length - 1 - back),
  );
  const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 127, 128, 255));
  const changed = fc.array(fc.tuple(place, byte), { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = whole.slice();
    for (const [at, value] of changes) copy[at] = value;
    return copy;
  });
  const moved = fc.tuple(place, fc.uint8Array({ maxLength: 8 }), fc.nat({ max: 8 })).map(([at, more, fewer]) => {
    return new Uint8Array(Buffer.concat([whole.subarray(0, at), more, whole.subarray(at + fewer)]));
  });
  return fc.oneof(
    { weight: 1, arbitrary: place.map((end) => whole.slice(0, end)) },
    { weight: 6, arbitrary: changed },
    moved,
  );
}

/** The error, null when there is none. */
export async function outcome(work: () => Promise<unknown>): Promise<Error | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return error as Error;
  }
}
