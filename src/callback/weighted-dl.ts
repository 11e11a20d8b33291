import { type Epoch, type MaybePromise, type Samples, TfmdDL, type TfmdDLClass } from "../data/index.js";
import { OptionError } from "../torch/index.js";

/**
 * A kind of loader whose shuffled passes draw items with replacement, the likelier the greater their weights; a pass has as
 * many draws as items. Loaders that do not shuffle are as usual. Source: CBK-19.
 *
 * @example
 * const dls = await dsets.dataLoaders({ bs: 32, dlType: weightedDL(weightsOfTheTrainingItems) });
 */
export function weightedDL(wgts: Iterable<number>): TfmdDLClass {
  const bounds: number[] = [];
  for (const wgt of wgts) {
    if (!(wgt >= 0)) throw new OptionError(`weightedDL: expected weights of at least 0, got ${wgt}.`);
    bounds.push((bounds.at(-1) ?? 0) + wgt);
  }
  const total = bounds.at(-1) ?? 0;
  if (!(total > 0)) throw new OptionError(`weightedDL: expected weights that add up to more than 0, got ${total}.`);
  return class WeightedDL extends TfmdDL {
    override getIdxs(epoch: Epoch): MaybePromise<Samples> {
      if (!this.shuffle) return super.getIdxs(epoch);
      if (this.n !== bounds.length) {
        throw new OptionError(`weightedDL: expected a weight for each of ${this.n} items, got ${bounds.length}.`);
      }
      const { random } = epoch;
      return bounds.map(() => firstAbove(bounds, random.next() * total));
    }
  };
}

/** The position of the first bound above a value, by halving. */
function firstAbove(bounds: readonly number[], value: number): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
