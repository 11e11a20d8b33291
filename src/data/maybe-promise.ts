/** Values that may have to be waited for: what is not a promise costs nothing and stays synchronous. */

/** A value, or the promise of one. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether the value has to be awaited. */
export function isPromise<T>(x: MaybePromise<T> | unknown): x is Promise<T> {
  return typeof x === "object" && x !== null && typeof (x as { then?: unknown }).then === "function";
}

/** Calls `fn` with the value: at once when it is there, else when it arrives. */
export function andThen<T, R>(x: MaybePromise<T>, fn: (x: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise<T>(x) ? x.then(fn) : fn(x);
}

/** `fn` of each value, started in order: an array at once when no result is a promise. A later one may throw at once. */
export function mapAll<T, R>(xs: readonly T[], fn: (x: T, i: number) => MaybePromise<R>): MaybePromise<R[]> {
  const started: MaybePromise<R>[] = [];
  try {
    xs.forEach((x, i) => {
      started.push(fn(x, i));
    });
  } catch (error) {
    for (const x of started) if (isPromise(x)) x.catch(() => {}); // their failures no longer concern anybody
    throw error;
  }
  return allOf(started);
}

/** Collects values: an array at once when none is a promise. All are started before the first is awaited. */
export function allOf<T>(xs: MaybePromise<T>[]): MaybePromise<T[]> {
  // The filter has shown that no element is a promise.
  return xs.some((x) => isPromise(x)) ? Promise.all(xs) : (xs as T[]);
}
