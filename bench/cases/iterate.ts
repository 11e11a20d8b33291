import { scope } from "fastai-ts/torch";

/** Does the work of a case `n` times, or about so often when it comes in larger pieces, and gives how often it did. */
export type Iterate = (n: number) => number | Promise<number>;

/** Sets a case up. */
export type Prepare = () => Iterate | Promise<Iterate>;

/** Operations to a scope: about what a small model does in a batch. */
const PER_SCOPE = 100;

/** Repeats an operation inside scopes of a hundred, as it is inside modules and batches. */
export function inScopes(operation: () => unknown): Iterate {
  const hundred = () => {
    for (let i = 0; i < PER_SCOPE; i++) operation();
  };
  return (n) => {
    for (let left = n; left >= PER_SCOPE; left -= PER_SCOPE) scope(hundred);
    scope(() => {
      for (let i = 0; i < n % PER_SCOPE; i++) operation();
    });
    return n;
  };
}
