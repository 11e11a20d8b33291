/** Every event of the loop, in the order in which they are declared. Source: LRN-1. */
export const eventNames = [
  "afterCreate",
  "beforeFit",
  "beforeEpoch",
  "beforeTrain",
  "beforeBatch",
  "afterPred",
  "afterLoss",
  "beforeBackward",
  "afterCancelBackward",
  "afterBackward",
  "beforeStep",
  "afterCancelStep",
  "afterStep",
  "afterCancelBatch",
  "afterBatch",
  "afterCancelTrain",
  "afterTrain",
  "beforeValidate",
  "afterCancelValidate",
  "afterValidate",
  "afterCancelEpoch",
  "afterEpoch",
  "afterCancelFit",
  "afterFit",
] as const;

/** The name of one event of the training loop. */
export type EventName = (typeof eventNames)[number];

/** The phases that can be cancelled: each has a `before`, an `afterCancel` and an `after` event. */
export type Phase = "fit" | "epoch" | "train" | "validate" | "batch" | "backward" | "step";

/** The events of a phase, by their part in it. */
export interface PhaseEvents {
  readonly before: EventName;
  readonly cancelled: EventName;
  readonly after: EventName;
}

/** Which events each phase emits. */
export const phaseEvents: Readonly<Record<Phase, PhaseEvents>> = {
  fit: { before: "beforeFit", cancelled: "afterCancelFit", after: "afterFit" },
  epoch: { before: "beforeEpoch", cancelled: "afterCancelEpoch", after: "afterEpoch" },
  train: { before: "beforeTrain", cancelled: "afterCancelTrain", after: "afterTrain" },
  validate: { before: "beforeValidate", cancelled: "afterCancelValidate", after: "afterValidate" },
  batch: { before: "beforeBatch", cancelled: "afterCancelBatch", after: "afterBatch" },
  backward: { before: "beforeBackward", cancelled: "afterCancelBackward", after: "afterBackward" },
  step: { before: "beforeStep", cancelled: "afterCancelStep", after: "afterStep" },
};

/**
 * The events of one batch: a callback's `runTrain` and `runValid` gate these and no others. Source: LRN-5.
 * `afterCancelStep` is a batch event too; fastai leaves it out of its list by oversight.
 */
export const batchEvents: ReadonlySet<EventName> = new Set<EventName>([
  "beforeBatch",
  "afterPred",
  "afterLoss",
  "beforeBackward",
  "afterCancelBackward",
  "afterBackward",
  "beforeStep",
  "afterCancelStep",
  "afterStep",
  "afterCancelBatch",
  "afterBatch",
]);
