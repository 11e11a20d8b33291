/** A learning rate suggested from the losses of a search, and the loss there. */
export interface Suggestion {
  /** The learning rate to use. */
  readonly lr: number;
  /** The learning rate that was tried at the point the suggestion comes from, and the loss there. */
  readonly at: { readonly lr: number; readonly loss: number };
}

/** Suggests a learning rate from those tried, in rising order, and the smoothed losses they gave. */
export interface SuggestFunc<Name extends string = string> {
  (lrs: readonly number[], losses: readonly number[], numIt: number): Suggestion;
  /** The field of the result; the function's name when absent. */
  readonly suggests?: Name;
}

type Search = (lrs: readonly number[], losses: readonly number[]) => Suggestion;

function suggestion<Name extends string>(suggests: Name, search: Search): SuggestFunc<Name> {
  return Object.assign((lrs: readonly number[], losses: readonly number[]) => search(lrs, losses), { suggests });
}

function point(lrs: readonly number[], losses: readonly number[], index: number): { lr: number; loss: number } {
  return { lr: lrs.at(index) ?? Number.NaN, loss: losses.at(index) ?? Number.NaN };
}

function argmin(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value < (values[best] as number) ? i : best), 0);
}

/** Two thirds down the longest stretch of falling losses (the longest decreasing subsequence). Source: SCH-11. */
export const valley = suggestion("valley", (lrs, losses) => {
  const lengths = losses.map(() => 1);
  let end = 0;
  let start = 0;
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) {
      const longer = (lengths[j] as number) + 1;
      if ((losses[i] as number) < (losses[j] as number) && (lengths[i] as number) < longer) lengths[i] = longer;
      if ((lengths[end] as number) < (lengths[i] as number)) {
        end = i;
        start = end - (lengths[end] as number); // as fastai: fixed when a stretch becomes the longest, not when it grows
      }
    }
  }
  const third = (end - start) / 3;
  const at = point(lrs, losses, start + Math.trunc(third) + Math.trunc(third / 2));
  return { lr: at.lr, at };
});

/** Difference quotients as numpy's `gradient` takes them: central inside, one-sided at the ends. */
function gradient(values: readonly number[]): number[] {
  const n = values.length;
  return values.map((_, i) => {
    const [a, b] = [Math.max(0, i - 1), Math.min(n - 1, i + 1)];
    return ((values[b] as number) - (values[a] as number)) / (b - a);
  });
}

/** The loss at a learning rate between two that were tried, on a logarithmic axis. */
function lossAt(lr: number, lrs: readonly number[], losses: readonly number[]): number {
  const next = lrs.findIndex((tried) => tried >= lr);
  if (next <= 0) return (next === 0 ? losses[0] : losses.at(-1)) ?? Number.NaN;
  const [x0, x1] = [Math.log10(lrs[next - 1] as number), Math.log10(lrs[next] as number)];
  const [y0, y1] = [losses[next - 1] as number, losses[next] as number];
  return y0 + ((y1 - y0) * (Math.log10(lr) - x0)) / (x1 - x0);
}

const slideWidth = 15;
const slideThreshold = 0.005;

/**
 * An interval of 15 points slides down from the right while the slopes at its ends differ by more than 0.005; its left end.
 * Source: SCH-12.
 */
export const slide = suggestion("slide", (lrs, losses) => {
  const slopes = gradient(losses);
  let right = -1;
  let left = right - slideWidth;
  let lr = lrs.at(left) ?? (lrs[0] as number);
  while (
    left >= -losses.length &&
    Math.abs((slopes.at(right) as number) - (slopes.at(left) as number)) > slideThreshold
  ) {
    lr = lrs.at(left) as number;
    right -= 1;
    left -= 1;
  }
  return { lr, at: { lr, loss: lossAt(lr, lrs, losses) } };
});

/** A tenth of the learning rate with the lowest loss. Source: SCH-13. */
export const minimum = suggestion("minimum", (lrs, losses) => {
  const at = point(lrs, losses, argmin(losses));
  return { lr: at.lr / 10, at };
});

/** Where the loss falls most steeply over the logarithm of the learning rate. Source: SCH-13. */
export const steep = suggestion("steep", (lrs, losses) => {
  const slopes = losses.slice(1).map((loss, i) => {
    return (loss - (losses[i] as number)) / (Math.log(lrs[i + 1] as number) - Math.log(lrs[i] as number));
  });
  const at = point(lrs, losses, argmin(slopes));
  return { lr: at.lr, at };
});
