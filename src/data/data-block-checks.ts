/** What a DataBlock is given, checked where a mistake is made rather than where it shows. */
import { Categorize } from "./categorize.js";
import { isIterable, itemsOf } from "./dataset.js";
import type { Datasets } from "./datasets.js";
import { becauseOf, DataError, LabelError, stageOf } from "./errors.js";
import { isPromise } from "./maybe-promise.js";
import { MultiCategorize } from "./multi-categorize.js";
import { composeTfms } from "./pipeline.js";
import { brief } from "./show-text.js";
import { isSkip } from "./skipped.js";
import type { Split } from "./subsets.js";
import type { TfmdLists } from "./tfmd-lists.js";
import { isClass, type Transform } from "./transform.js";
import { type BlockLike, TransformBlock } from "./transform-block.js";

/** The block that stands at a place. Throws a TypeError for what is none. */
export function asBlock(like: BlockLike, i: number): TransformBlock {
  const block = typeof like === "function" && !isClass(like) ? like() : like;
  if (block instanceof TransformBlock) return block;
  throw new TypeError(
    `DataBlock: expected blocks such as ImageBlock or CategoryBlock(), got ${brief(block)} as block ${i}. ` +
      "Wrap steps of your own: new TransformBlock({ typeTfms }).",
  );
}

/** The items that `getItems` gave. Throws `DataError` when they are no list. */
export function asItems(given: unknown, ownGetItems: boolean): readonly unknown[] {
  try {
    return itemsOf(given);
  } catch (error) {
    const hint = ownGetItems
      ? "Return an array from getItems."
      : "Give getItems, such as getImageFiles, or pass a list.";
    throw new DataError(`DataBlock: expected a list of items, got ${brief(given)}. ${hint}`, {
      stage: "getItems",
      cause: error,
    });
  }
}

/** The splits that a splitter gave. Throws `DataError` when they are no list of lists. */
export function asSplits(given: unknown): Split[] {
  const splits = isIterable(given) ? [...given] : null;
  if (splits?.every(isIterable)) return splits as Split[];
  throw new DataError(
    `DataBlock: expected the splitter to give [training positions, validation positions], got ${brief(given)}. ` +
      "Return two lists, such as [[0, 1, 2], [3]].",
    { stage: "splitter" },
  );
}

/**
 * Looks at the categories before training does: one class only, where the classes come from the data, or a label of a
 * validation item that the classes lack. Throws `LabelError`.
 */
export async function checkTargets(dsets: Datasets): Promise<void> {
  for (const tl of dsets.tls.slice(dsets.nInp)) {
    const at = tl.tfms.fs.findIndex((tfm) => tfm instanceof Categorize || tfm instanceof MultiCategorize);
    const tfm = tl.tfms.fs[at] as Categorize | MultiCategorize | undefined;
    if (!tfm?.vocab) continue;
    if (tfm instanceof Categorize) checkClasses(tfm, tl.splits[0]?.length ?? 0);
    const steps = tl.tfms.fs.slice(0, at);
    const lookUp = (x: unknown) => tfm.lookUp(x as never); // what comes so far is what the step is given
    await checkLabels(tl, tl.splits[1] ?? [], steps, lookUp);
  }
}

function checkClasses({ vocab, learned, addNa }: Categorize, count: number): void {
  const names = vocab?.names().slice(Number(addNa)) ?? [];
  if (!learned || names.length > 1) return;
  throw new LabelError(
    `Categorize: expected at least 2 classes among ${count} training items, got ${brief(names)}. ` +
      "Check getY; for one class on purpose give CategoryBlock({ vocab }).",
    { stage: "Categorize" },
  );
}

async function checkLabels(
  tl: TfmdLists,
  split: readonly number[],
  steps: readonly Transform[],
  lookUp: (label: unknown) => unknown,
): Promise<void> {
  for (const i of split) {
    try {
      const label = composeTfms(tl.items[i], steps, { splitIdx: 1 });
      lookUp(isPromise(label) ? await label : label);
    } catch (error) {
      if (isSkip(error)) continue;
      const item = tl.itemName(i);
      throw new LabelError(`DataBlock: the label of ${item} in the validation set failed${becauseOf(error)}`, {
        item,
        ...{ stage: stageOf(error) ?? "getY", cause: error },
      });
    }
  }
}
