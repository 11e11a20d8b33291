import { OptionError, Tensor } from "../torch/index.js";
import { Callback } from "./callback.js";
import type { TrainingLoop } from "./loop.js";
import { countPairs, DeviceSum } from "./metrics/count-pairs.js";
import type { Batches } from "./types.js";

/** Counts during a validation how often each class was taken for each; predictions themselves are not held. */
class ClassCounts extends Callback {
  readonly #sum = new DeviceSum();

  constructor(
    private readonly act: ((pred: Tensor) => Tensor) | undefined,
    private readonly n: number | undefined,
  ) {
    super();
  }

  override afterBatch({ pred, yb, lossFunc }: TrainingLoop): void {
    const active = this.act?.(pred) ?? lossFunc.activation?.(pred) ?? pred;
    const decoded = lossFunc.decodes?.(active) ?? active;
    const [targ] = yb;
    if (!targ || !(decoded instanceof Tensor) || targ.numel() !== decoded.numel()) {
      const predictions = decoded instanceof Tensor ? `[${decoded.shape}]` : "of several targets";
      throw new OptionError(
        `confusionMatrix: expected a class for each item, got targets [${targ?.shape ?? ""}] and ` +
          `predictions ${predictions}. Use a loss that decodes to classes, such as CrossEntropyLossFlat.`,
      );
    }
    const n = this.n ?? pred.numel() / decoded.numel();
    this.#sum.add(countPairs(decoded.reshape([-1]), targ.reshape([-1]), n));
  }

  /** Rows are targets, columns predictions. */
  take(): number[][] {
    const counts = this.#sum.sum?.toArray() as number[][] | undefined; // two dimensions, see countPairs
    this.#sum.clear();
    return (counts ?? []).slice(0, -1); // the last row has targets that are no class
  }
}

/**
 * How often each class (row) was taken for each (column) over a loader, counted on the device: memory does not grow with the
 * number of items. `n` classes; by default as many as the model has outputs for each.
 */
export async function countClasses(
  learn: TrainingLoop,
  dl: Batches,
  { act, n }: { act?: (pred: Tensor) => Tensor; n?: number } = {},
): Promise<number[][]> {
  const counts = new ClassCounts(act, n);
  await learn.runValidation(dl, { cbs: counts });
  return counts.take();
}
