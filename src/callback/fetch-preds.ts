import { Callback, type GetPredsOptions, getPreds, type Predictions, type TrainingLoop } from "../learner/index.js";
import { checkOptions, keep, type Tensor } from "../torch/index.js";

/** Options of `FetchPreds`. */
export type FetchPredsOptions = Pick<GetPredsOptions, "dsIdx" | "dl" | "withInput" | "withDecoded" | "cbs" | "reorder">;

const keys = ["dsIdx", "dl", "withInput", "withDecoded", "cbs", "reorder"] as const;

/**
 * Fetches predictions after each validation of a fit; callbacks with `removeOnFetch` pause meanwhile. Source: LRN-31.
 *
 * @example
 * const fetch = new FetchPreds({ withDecoded: true });
 * await learn.fit(1, { cbs: [fetch, { name: "look", order: 99, afterEpoch: () => console.log(fetch.preds?.decoded) }] });
 */
export class FetchPreds extends Callback {
  override readonly name = "fetchPreds";
  override readonly removeOnFetch = true;
  override readonly onlyTrainLoop = true;
  /** The predictions after the last validation; null before the first. */
  preds: Predictions<Tensor | null> | null = null;
  readonly #options: FetchPredsOptions;

  constructor(options: FetchPredsOptions = {}) {
    super();
    checkOptions("FetchPreds", options, keys);
    this.#options = options;
  }

  override async afterValidate(learn: TrainingLoop): Promise<void> {
    if (!learn.fitting) return;
    const fetched = await getPreds(learn, this.#options);
    keep([...fetched]);
    this.preds = fetched;
  }
}
