import type { MaybePromise } from "../data/index.js";
import { checkEvents } from "./check-events.js";
import type { EventName } from "./events.js";
import type { TrainingLoop } from "./loop.js";

/** Puts back what a handler has swapped. The loop runs it when the phase ends: finished, cancelled or failed. */
export type Undo = () => MaybePromise<void>;

/** What a handler may return: nothing, an undo (from `before…` events), or a promise of either. */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing, which is what void means.
export type HandlerResult = MaybePromise<Undo | void>;

/**
 * A piece of the training loop: an object with a name and the events it needs, or a subclass of this class. Handlers
 * receive the learner and may read and change everything in it, throw a `Cancel…`, return a promise, and from a `before…`
 * event return the function that undoes what they swapped. Source: LRN-1 to LRN-7.
 *
 * @example
 * const halve: Callback = {
 *   name: "halve",
 *   beforeBatch(learn) {
 *     learn.xb = learn.xb.map((x) => x.mul(0.5));
 *   },
 * };
 */
export interface Callback {
  /** Lower runs first; equal ones run in the order in which they were added. 0 when absent. */
  readonly order?: number;
  /** `false` silences every handler until the end of the fit, which sets it back to `true`. */
  run?: boolean;
  /** `false` silences the batch events in training. */
  readonly runTrain?: boolean;
  /** `false` silences the batch events in validation. */
  readonly runValid?: boolean;
  /** Whether what goes through data in the middle of a fit (`validate`, `getPreds`, …) does without this callback. */
  readonly removeOnFetch?: boolean;
  /** Whether the callback belongs to training alone: `summary` and `lrFind` do without it. */
  readonly onlyTrainLoop?: boolean;
  /** What a checkpoint keeps of the callback, so that a fit goes on after a crash: JSON and tensors. */
  stateDict?(): object;
  /** Takes what `stateDict` gave. */
  loadStateDict?(state: object): void;
  /** The learner has been made. */
  afterCreate?(learn: TrainingLoop): HandlerResult;
  /** A fit begins; also `validate` and `getPreds` when called outside a fit. */
  beforeFit?(learn: TrainingLoop): HandlerResult;
  /** An epoch begins. */
  beforeEpoch?(learn: TrainingLoop): HandlerResult;
  /** The training part of the epoch begins. */
  beforeTrain?(learn: TrainingLoop): HandlerResult;
  /** A batch is there, split into `xb` and `yb`. */
  beforeBatch?(learn: TrainingLoop): HandlerResult;
  /** The model has made `pred`. */
  afterPred?(learn: TrainingLoop): HandlerResult;
  /** `loss` (what is recorded) and `lossGrad` (what is back-propagated) are there. */
  afterLoss?(learn: TrainingLoop): HandlerResult;
  /** The backward pass begins. */
  beforeBackward?(learn: TrainingLoop): HandlerResult;
  /** The backward pass was cancelled. */
  afterCancelBackward?(learn: TrainingLoop): HandlerResult;
  /** The gradients are there. */
  afterBackward?(learn: TrainingLoop): HandlerResult;
  /** The optimizer is about to step. */
  beforeStep?(learn: TrainingLoop): HandlerResult;
  /** The step was cancelled. */
  afterCancelStep?(learn: TrainingLoop): HandlerResult;
  /** The optimizer has stepped; gradients are not cleared yet. */
  afterStep?(learn: TrainingLoop): HandlerResult;
  /** The batch was cancelled. */
  afterCancelBatch?(learn: TrainingLoop): HandlerResult;
  /** The batch is done; its tensors are freed after this event. */
  afterBatch?(learn: TrainingLoop): HandlerResult;
  /** The training part was cancelled. */
  afterCancelTrain?(learn: TrainingLoop): HandlerResult;
  /** The training part of the epoch is done. */
  afterTrain?(learn: TrainingLoop): HandlerResult;
  /** The validation part begins; gradients are off until it ends. */
  beforeValidate?(learn: TrainingLoop): HandlerResult;
  /** The validation part was cancelled. */
  afterCancelValidate?(learn: TrainingLoop): HandlerResult;
  /** The validation part of the epoch is done. */
  afterValidate?(learn: TrainingLoop): HandlerResult;
  /** The epoch was cancelled. */
  afterCancelEpoch?(learn: TrainingLoop): HandlerResult;
  /** The epoch is done. */
  afterEpoch?(learn: TrainingLoop): HandlerResult;
  /** The fit was cancelled. */
  afterCancelFit?(learn: TrainingLoop): HandlerResult;
  /** The fit is done. */
  afterFit?(learn: TrainingLoop): HandlerResult;
}

/** Base class of callbacks written as classes. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: every merged member is optional.
export class Callback {
  /** The class's name in camelCase without "Callback" unless a subclass sets it: `SaveModelCallback` is `saveModel`. */
  readonly name: string = camelName(this.constructor.name, "Callback");
}

/** A class's name as a field name: first letter small, without the suffix. */
export function camelName(className: string, suffix: string): string {
  const short = className.endsWith(suffix) && className !== suffix ? className.slice(0, -suffix.length) : className;
  return short.charAt(0).toLowerCase() + short.slice(1);
}

/** An error thrown by a callback's handler: says which callback, at which event; the error itself is the `cause`. */
export class CallbackError extends Error {
  override readonly name = "CallbackError";

  constructor(
    readonly callback: string,
    readonly event: EventName,
    cause: unknown,
  ) {
    super(`callback "${callback}" failed in ${event}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** A callback or a class of callbacks that takes no arguments. */
export type CallbackLike = Callback | (new () => Callback);

/** One, several or no callbacks. */
export type Callbacks = CallbackLike | readonly CallbackLike[] | undefined;

/** The callbacks as a list of objects. Throws `OptionError` for a handler whose name is that of no event. */
export function callbackList(cbs: Callbacks): Callback[] {
  const list = cbs === undefined ? [] : Array.isArray(cbs) ? (cbs as readonly CallbackLike[]) : [cbs as CallbackLike];
  return list.map((cb) => {
    const one = typeof cb === "function" ? new cb() : cb;
    checkEvents(one);
    return one;
  });
}

/** Takes and returns the inputs and targets of a batch. */
export type ChangeBatch = (
  learn: TrainingLoop,
  xb: TrainingLoop["xb"],
  yb: TrainingLoop["yb"],
) => [TrainingLoop["xb"], TrainingLoop["yb"]];

/** A callback that changes each batch before the model sees it. Source: LRN-25. */
export function beforeBatchCb(change: ChangeBatch): Callback {
  return {
    name: change.name || "beforeBatchCb",
    beforeBatch(learn) {
      [learn.xb, learn.yb] = change(learn, learn.xb, learn.yb);
    },
  };
}
