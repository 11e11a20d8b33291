/** The first batch of any loader. */
import { DataError } from "./errors.js";

/** The first batch; loaders that can make just one are asked for it. Throws `DataError` when there is none. */
export async function firstOf(loader: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown> {
  const { oneBatch } = loader as { oneBatch?: () => Promise<unknown> };
  if (oneBatch) return oneBatch.call(loader);
  for await (const batch of loader) return batch;
  throw new DataError("oneBatch: expected a loader with at least one batch, got none.");
}
