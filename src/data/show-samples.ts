/** Drawing batches, results and losses: which picture is made depends on the classes of input and target. Source: section 26. */
import { type Figure, tableFigure } from "../show/index.js";
import { dispatchPair } from "./dispatch.js";
import type { MaybePromise } from "./maybe-promise.js";
import { brief } from "./show-text.js";
import { isTitled } from "./types.js";

/** Settings of pictures of data. Applications add their own. */
export interface ShowOptions {
  /** Samples at most. Default 9. */
  maxN?: number;
  /** Columns of a grid. Default: chosen by the number of samples. */
  cols?: number;
  /** Number of members that are inputs. Default: all but the last. */
  nInp?: number;
  [option: string]: unknown;
}

/** One decoded item: its inputs, then its targets. */
export type Sample = readonly unknown[];

function titleOf(x: unknown): string {
  return isTitled(x) ? x.title : brief(x);
}

function columnNames(samples: readonly Sample[], nInp: number): string[] {
  const first = samples[0] ?? [];
  const names = first.map((x, i) => (isTitled(x) && x.label ? x.label : i < nInp ? "input" : "target"));
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name}_`));
}

function tableOf(samples: readonly Sample[], outs: readonly Sample[] | null, options: ShowOptions): Figure {
  const shown = samples.slice(0, options.maxN ?? 9);
  const nInp = options.nInp ?? Math.max(1, (shown[0]?.length ?? 1) - 1);
  const columns = columnNames(shown, nInp);
  const predicted = outs?.slice(0, shown.length);
  const extra = predicted?.[0]?.map((_, i, all) => (all.length > 1 ? `prediction ${i + 1}` : "prediction")) ?? [];
  const rows = shown.map((sample, i) => [...sample, ...(predicted?.[i] ?? [])].map(titleOf));
  return tableFigure({ columns: [...columns, ...extra], rows });
}

/** Draws a batch; rules get (x, y, samples, options). Without a rule: a table of titles. */
export const showBatch = dispatchPair<[samples: readonly Sample[], options: ShowOptions], MaybePromise<Figure>>(
  (_x, _y, samples, options) => tableOf(samples, null, options),
);

/** Draws samples beside predictions; rules get (x, y, samples, outs, options). Without a rule: a table of titles. */
export const showResults = dispatchPair<
  [samples: readonly Sample[], outs: readonly Sample[], options: ShowOptions],
  MaybePromise<Figure>
>((_x, _y, samples, outs, options) => tableOf(samples, outs, options));

/** What `plotTopLosses` draws beside samples and predictions. */
export interface TopLosses {
  /** The raw predictions of each sample. */
  readonly raws: readonly unknown[];
  /** The loss of each sample. */
  readonly losses: readonly number[];
}

/** Draws the worst samples; rules get (x, y, samples, outs, { raws, losses }, options). Without a rule: a table. */
export const plotTopLosses = dispatchPair<
  [samples: readonly Sample[], outs: readonly Sample[], top: TopLosses, options: ShowOptions],
  MaybePromise<Figure>
>((_x, _y, samples, outs, top, options) => {
  const withLoss = outs.map((out, i) => [...out, (top.losses[i] ?? Number.NaN).toFixed(4)]);
  return tableOf(samples, withLoss, options);
});

/** One member as itself, several as an array: what dispatch looks at. */
export function single(members: readonly unknown[]): unknown {
  return members.length === 1 ? members[0] : members;
}

/** Draws decoded samples by the classes of the first one. */
export async function showSamples(samples: readonly Sample[], options: ShowOptions = {}): Promise<Figure> {
  const first = samples[0] ?? [];
  const nInp = options.nInp ?? Math.max(1, first.length - 1);
  return showBatch(single(first.slice(0, nInp)), single(first.slice(nInp)), samples, { ...options, nInp });
}
