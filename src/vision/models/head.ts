import { AdaptiveConcatPool2d, Flatten, LinBnDrop, SigmoidRange } from "../../layers/index.js";
import { checkOptions, nn, ValueError } from "../../torch/index.js";

/** What {@link createHead} may be told. */
export interface HeadOptions {
  /** Widths of the hidden linear layers. Default [512]. */
  linFtrs?: readonly number[] | null;
  /** Dropout before each linear layer; one number means half of it before all but the last. Default 0.5. */
  ps?: number | readonly number[];
  /** Whether to pool and flatten first. Default true. */
  pool?: boolean;
  /** Max and average pooling side by side, which doubles the features; else average only. Default true. */
  concatPool?: boolean;
  /** Batch norm before the first linear layer. Default true. */
  firstBn?: boolean;
  /** A batch norm at the end. Default false. */
  bnFinal?: boolean;
  /** Linear layers before their batch norms. Default false. */
  linFirst?: boolean;
  /** Bounds of the outputs, by a sigmoid. Default none. */
  yRange?: readonly [low: number, high: number] | null;
}

/** The names in {@link HeadOptions}. */
export const headOptionKeys = [
  "linFtrs",
  "ps",
  "pool",
  "concatPool",
  "firstBn",
  "bnFinal",
  "linFirst",
  "yRange",
] as const;

/**
 * What turns a body's features into outputs: pooling, then batch norm, dropout and a linear layer for each width. Linear layers that
 * follow a batch norm have no bias, the last one included.
 *
 * Shapes: x [N, nf, H, W] -> [N, nOut]. Source: VLN-3.
 *
 * @example
 * createHead(512, 10, { linFtrs: [256], ps: 0.25 });
 */
export function createHead(nf: number, nOut: number, options: HeadOptions = {}): nn.Sequential {
  checkOptions("createHead", options, headOptionKeys);
  const {
    linFtrs,
    pool = true,
    concatPool = true,
    firstBn = true,
    bnFinal = false,
    linFirst = false,
    yRange,
  } = options;
  const widths = [pool && concatPool ? nf * 2 : nf, ...(linFtrs ?? [512]), nOut];
  const dropouts = dropoutsFor(widths.length - 1, options.ps ?? 0.5);
  const layers: nn.AnyModule[] = [];
  if (pool) layers.push(concatPool ? new AdaptiveConcatPool2d() : new nn.AdaptiveAvgPool2d(1), new Flatten());
  if (linFirst) layers.push(new nn.Dropout(dropouts.shift()));
  dropouts.forEach((p, i) => {
    const act = i < widths.length - 2 ? new nn.ReLU({ inplace: true }) : null;
    const [ni = 0, no = 0] = widths.slice(i);
    layers.push(...new LinBnDrop(ni, no, { bn: i > 0 || firstBn, p, act, linFirst }));
  });
  if (linFirst) layers.push(new nn.Linear(widths.at(-2) ?? 0, nOut));
  if (bnFinal) layers.push(new nn.BatchNorm1d(nOut, { momentum: 0.01 }));
  if (yRange) layers.push(new SigmoidRange(...yRange));
  return new nn.Sequential(...layers);
}

function dropoutsFor(count: number, ps: number | readonly number[]): number[] {
  const given = typeof ps === "number" ? [ps] : [...ps];
  const [first = 0] = given;
  if (given.length === 1) return [...Array<number>(count - 1).fill(first / 2), first];
  if (given.length === count) return given;
  throw new ValueError(
    `createHead: expected 1 or ${count} dropouts in ps (one for each linear layer), got ${given.length}.`,
  );
}
