/** Items that a pass leaves out: those that `skipItem` asked for, and files that cannot be read. Source: DLD-6. */
import { FileFormatError } from "../torch/index.js";
import { DataError, messageOf, SkipItem } from "./errors.js";

/** An item that a pass left out, and why. */
export interface SkippedItem {
  /** Its position in the dataset; null in a stream. */
  readonly index: number | null;
  /** Its path or text. */
  readonly item: string;
  readonly error: unknown;
}

/** Which items that fail are left out instead of ending the pass: unreadable files (true), none (false), or as a function says. */
export type SkipBroken = boolean | ((error: unknown, item: string) => boolean);

function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

/** Whether the item was left out on purpose, by `skipItem`. */
export function isSkip(error: unknown): boolean {
  return causes(error).some((e) => e instanceof SkipItem);
}

/** Whether a file could not be read or is not what it should be: the system refused it, or its bytes are damaged. */
export function isUnreadable(error: unknown): boolean {
  return causes(error).some(
    (e) => e instanceof FileFormatError || typeof (e as NodeJS.ErrnoException).syscall === "string",
  );
}

/** Whether the failure of an item means that it is left out. */
export function leavesOut(skipBroken: SkipBroken, error: unknown, item: string): boolean {
  if (isSkip(error)) return true;
  return typeof skipBroken === "function" ? skipBroken(error, item) : skipBroken && isUnreadable(error);
}

/** Notes an item. Its error's stacks are read: until then V8 keeps alive what the functions in them held, tensors too. */
export function noteSkipped(skipped: SkippedItem[], what: SkippedItem): void {
  for (const error of causes(what.error)) void error.stack;
  skipped.push(what);
}

/** Tells of broken items after a pass: with a warning, or a `DataError` when no batch came of it. */
export function reportBroken(where: string, skipped: readonly SkippedItem[], made: { batches: number }): boolean {
  const broken = skipped.filter(({ error }) => !isSkip(error));
  const [first] = broken;
  if (!first) return false;
  const items = broken.length === 1 ? "1 item" : `${broken.length} items`;
  const message = `${where}: ${items} could not be read, the first ${first.item}: ${messageOf(first.error)}`;
  if (made.batches > 0) {
    process.emitWarning(`${message} They were left out, and are listed in the loader's \`skipped\`.`);
    return true;
  }
  throw new DataError(`${message} No batch could be made of the others. Check the files, e.g. with verifyImages.`, {
    item: first.item,
    cause: first.error,
  });
}
