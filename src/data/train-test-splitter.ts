/** scikit-learn's division into training and validation, with its choices. Source: DTR-3. */
import { checkOptions } from "../torch/index.js";
import { itemsOf } from "./dataset.js";
import { drawSeed } from "./draw-seed.js";
import { DataError } from "./errors.js";
import { groupBy, range, sortedBy } from "./lists.js";
import { RandomState } from "./random-state.js";
import { checkPct, type Splits, type SyncSplitter } from "./splitters.js";

/** Settings of TrainTestSplitter. */
export interface TrainTestSplitterOptions {
  /** Share of validation items, 0..1. Default 0.2. */
  testSize?: number;
  /** Share of training items. Default: the rest. */
  trainSize?: number;
  /** Fixes the choice, to scikit-learn's for that number. Default: drawn from the tensor generator. */
  randomState?: number | null;
  /** One class an item; every class is divided in the same proportion. */
  stratify?: Iterable<string | number | boolean>;
  /** Whether items are chosen at random; without, validation is at the end. Default true. */
  shuffle?: boolean;
}

/**
 * Chooses validation items at random, evenly over classes if asked: the choices of scikit-learn's `train_test_split`.
 * Throws `DataError` when a class has too few items to divide. Source: DTR-3.
 */
export function TrainTestSplitter(options: TrainTestSplitterOptions = {}): SyncSplitter {
  checkOptions("TrainTestSplitter", options, ["testSize", "trainSize", "randomState", "stratify", "shuffle"]);
  const { testSize = 0.2, trainSize, randomState, stratify, shuffle = true } = options;
  checkPct("TrainTestSplitter", "testSize", testSize);
  if (!shuffle && stratify) throw new TypeError("TrainTestSplitter: stratify needs shuffle. Leave one out.");
  return (items) => {
    const n = itemsOf(items).length;
    const nValid = Math.ceil(n * testSize);
    const nTrain = trainSize === undefined ? n - nValid : Math.min(n - nValid, Math.floor(n * trainSize));
    const all = range(n);
    if (!shuffle) return [all.slice(0, nTrain), all.slice(nTrain, nTrain + nValid)];
    const random = new RandomState(randomState ?? drawSeed() % 2 ** 32);
    if (stratify) return stratified([...stratify], nTrain, nValid, random);
    const order = random.permutation(all);
    return [order.slice(nValid, nValid + nTrain), order.slice(0, nValid)];
  };
}

function stratified(labels: readonly unknown[], nTrain: number, nValid: number, random: RandomState): Splits {
  const groups = sortedBy(
    groupBy(labels.keys(), (i) => labels[i]),
    ([label]) => label,
  ).map(([, group]) => group);
  const few = groups.find((group) => group.length < 2);
  if (few || Math.min(nTrain, nValid) < groups.length) {
    const got = few
      ? `one item of ${String(labels[few[0] ?? 0])}`
      : `${nTrain} and ${nValid} items for ${groups.length} classes`;
    throw new DataError(
      `TrainTestSplitter: expected an item of each class in training and in validation, got ${got}. Leave out stratify.`,
      { stage: "splitter" },
    );
  }
  const counts = groups.map((group) => group.length);
  const inTrain = sharesOf(counts, nTrain, random);
  const left = counts.map((count, c) => count - (inTrain[c] ?? 0));
  const inValid = sharesOf(left, nValid, random);
  const parts = groups.map((group, c) => {
    const order = random.permutation(group);
    const cut = inTrain[c] ?? 0;
    return [order.slice(0, cut), order.slice(cut, cut + (inValid[c] ?? 0))] as const;
  });
  const train = random.permutation(parts.flatMap(([some]) => some));
  return [train, random.permutation(parts.flatMap(([, some]) => some))];
}

/** How many of `n` fall to each class: in proportion, rounded down; what is left goes to the largest remainders, equal ones by lot. */
function sharesOf(counts: readonly number[], n: number, random: RandomState): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count / total) * n);
  const shares = exact.map(Math.floor);
  let left = n - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = groupBy(counts.keys(), (c) => (exact[c] ?? 0) - (shares[c] ?? 0));
  for (const [, classes] of sortedBy(byRemainder, ([remainder]) => remainder, { reverse: true })) {
    if (left <= 0) break;
    const chosen = random.permutation(classes).slice(0, left);
    for (const c of chosen) shares[c] = (shares[c] ?? 0) + 1;
    left -= chosen.length;
  }
  return shares;
}
