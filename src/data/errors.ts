/** What goes wrong while data is prepared. */

/** Where in data preparation something failed, and on which item. */
export interface DataErrorDetail {
  /** The item's path, text or position. */
  readonly item?: string;
  /** The step that failed. */
  readonly stage?: string;
  readonly cause?: unknown;
}

/** Preparing data failed; `cause` keeps the lower error. */
export class DataError extends Error {
  override readonly name: string = "DataError";
  readonly item?: string;
  readonly stage?: string;

  constructor(message: string, detail: DataErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    if (detail.item !== undefined) this.item = detail.item;
    if (detail.stage !== undefined) this.stage = detail.stage;
  }
}

/** Items of a batch do not fit together. Source: DLD-8. */
export class CollateError extends DataError {
  override readonly name = "CollateError";
  /** Which items of the batch do not fit together, by their places in it; empty when it is none in particular. */
  readonly places: readonly number[];

  constructor(message: string, detail: DataErrorDetail & { places?: readonly number[] } = {}) {
    super(message, detail);
    this.places = detail.places ?? [];
  }
}

/** The error of a batch with the names of the items that do not fit together; other errors as they are. */
export function withNames(error: unknown, nameOf: (at: number) => string): unknown {
  if (!(error instanceof CollateError) || error.places.length === 0) return error;
  const names = error.places.map((at) => `item ${at} is ${nameOf(at)}`).join(", ");
  const item = nameOf(error.places.at(-1) ?? 0);
  return new CollateError(`${error.message} Here ${names}.`, { item, stage: "createBatch" });
}

/** A label is not in the vocabulary. Source: DTR-6. */
export class LabelError extends DataError {
  override readonly name = "LabelError";
}

/** Thrown from `createItem` or `afterItem` to leave an item out. Source: DLD-6. */
export class SkipItem extends Error {
  override readonly name = "SkipItem";
}

/** Leaves the item being prepared out of its batch: throws `SkipItem`. Source: DLD-6. */
export function skipItem(reason = "skipped"): never {
  throw new SkipItem(reason);
}

/** Thrown from `createItem` of a loader without length when there are no more items. */
export class EndOfItems extends Error {
  override readonly name = "EndOfItems";
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Errors pass through pipelines as they are, so the step that threw one is noted beside it.
const stages = new WeakMap<object, string>();

/** Notes which step an error comes from, unless that is known already. Returns the error. */
export function noteStage(error: unknown, stage: string): unknown {
  if (typeof error === "object" && error !== null && !stages.has(error)) stages.set(error, stage);
  return error;
}

/** The step an error comes from, if it is known. */
export function stageOf(error: unknown): string | undefined {
  if (error instanceof DataError && error.stage !== undefined) return error.stage;
  return typeof error === "object" && error !== null ? stages.get(error) : undefined;
}

/** The end of a sentence that begins with what failed: in which step, if that is known, and why. */
export function becauseOf(error: unknown): string {
  const stage = stageOf(error);
  const message = messageOf(error);
  const where = /^([^\s:]+):/.exec(message)?.[1]; // our messages begin with where they come from
  const told = stage === undefined || message.startsWith(stage) || (where !== undefined && stage.startsWith(where));
  return told ? `: ${message}` : ` in ${stage}: ${message}`;
}
