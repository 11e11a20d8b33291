import type { Phase } from "./events.js";

/**
 * Thrown by a callback to end a phase of the loop early: the phase emits its `afterCancel` event and then, always, its
 * `after` event. Thrown inside an inner phase it passes through that phase without the inner `after` event.
 * Source: LRN-3.
 */
export abstract class Cancel extends Error {
  /** The phase that ends. */
  abstract readonly phase: Phase;

  /** @param reason why, for whoever reads the error; the loop does not print it. */
  constructor(reason = "cancelled by a callback") {
    super(reason);
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** Ends the whole fit. */
export class CancelFit extends Cancel {
  readonly phase = "fit";
}

/** Ends the current epoch, training and validation. */
export class CancelEpoch extends Cancel {
  readonly phase = "epoch";
}

/** Ends the training part of the epoch. */
export class CancelTrain extends Cancel {
  readonly phase = "train";
}

/** Ends the validation part of the epoch. */
export class CancelValid extends Cancel {
  readonly phase = "validate";
}

/** Ends the current batch; gradients are not cleared, so they add up with the next batch's. */
export class CancelBatch extends Cancel {
  readonly phase = "batch";
}

/** Skips the backward pass of this batch. */
export class CancelBackward extends Cancel {
  readonly phase = "backward";
}

/** Skips the optimizer step of this batch; gradients are cleared. */
export class CancelStep extends Cancel {
  readonly phase = "step";
}
