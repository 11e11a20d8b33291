/** What a call of a transform is told beside the data. Source: FND-16. */
import type { Random } from "./random.js";

/** Which split data comes from: 0 training, 1 (and up) validation, null unknown. */
export type SplitIdx = number | null;

/** What a call tells the transforms beside the data. Loaders fill it in; a call by hand may leave it out. */
export interface CallInfo {
  /** The split the data comes from. Default: the pipeline's. */
  splitIdx?: SplitIdx;
  /** Where random transforms draw from. Default: a generator seeded by the tensor generator. */
  random?: Random;
  /** Gives arrays to every step whole, as `beforeBatch` does with its list of items. */
  whole?: boolean;
  /** Runs each synchronous stretch so that the tensors it makes can be freed with the item. */
  scope?: { run<T>(fn: () => T): T };
}

class SplitCall implements CallInfo {
  constructor(
    private readonly call: CallInfo,
    readonly splitIdx: SplitIdx,
  ) {}

  // Passed on when asked for: a loader makes its items' generators and scopes only if somebody uses them.
  get random(): Random | undefined {
    return this.call.random;
  }

  get scope(): CallInfo["scope"] {
    return this.call.scope;
  }

  get whole(): boolean | undefined {
    return this.call.whole;
  }
}

/** The call on data of a split, unless the call itself says which. */
export function withSplit(call: CallInfo, splitIdx: SplitIdx): CallInfo {
  return splitIdx === null || (call.splitIdx !== undefined && call.splitIdx !== null)
    ? call
    : new SplitCall(call, splitIdx);
}
