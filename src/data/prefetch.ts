/** Batches made ahead of their use, a bounded number of them. */
import type { Epoch } from "./epoch.js";

async function* asAsync<T>(source: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* source;
}

/**
 * Yields what `source` makes while up to `depth` further batches are in the making. When the consumer stops, the pass
 * is marked stopped, what was made ahead is given to `discard`, and all work under way has ended before this returns.
 */
export async function* prefetched<T>(
  source: Iterable<T> | AsyncIterable<T>,
  options: { depth: number; epoch: Epoch; discard: (batch: T) => void },
): AsyncGenerator<T> {
  const { depth, epoch, discard } = options;
  const made = asAsync(source);
  // An async generator answers its `next` calls in turn, so asking ahead is all it takes.
  const queue: Promise<IteratorResult<T>>[] = [];
  const ask = (): void => {
    const next = made.next();
    next.catch(() => {}); // the failure is reported when its turn comes
    queue.push(next);
  };
  try {
    for (;;) {
      while (queue.length <= depth) ask();
      const next = await queue.shift();
      if (!next || next.done) return;
      if (depth > 0) ask();
      yield next.value;
    }
  } finally {
    epoch.stopped = true;
    const end = made.return(undefined).catch(() => {});
    for (const result of await Promise.allSettled(queue)) {
      if (result.status === "fulfilled" && !result.value.done) discard(result.value.value);
    }
    await end;
  }
}
