/** A DataBlock's work told step by step. Source: DBL-10. */
import { checkOptions } from "../torch/index.js";
import { collate } from "./collate.js";
import type { DataBlock } from "./data-block.js";
import { checkTargets } from "./data-block-checks.js";
import { Datasets } from "./datasets.js";
import { DataError, messageOf, withNames } from "./errors.js";
import { Pipeline } from "./pipeline.js";
import { brief } from "./show-text.js";
import type { Transform } from "./transform.js";

/** Settings of `summary`. */
export interface SummaryOptions {
  /** Items in the sample batch. Default 4. */
  bs?: number;
  /** Receives each line. Default: console.log; null prints nothing. */
  print?: ((line: string) => void) | null;
}

type Say = (line: string) => void;

/** Tells of the way of one value, made of `item`, through steps, and of the step that fails. */
async function follow(steps: readonly Transform[], start: unknown, item: string, say: Say): Promise<unknown> {
  let x = start;
  say(`  ${new Pipeline([...steps])}`);
  say(`    starting from\n      ${brief(x)}`);
  for (const step of steps) {
    try {
      x = await step.encode(x, { splitIdx: 0 });
    } catch (error) {
      say(`    applying ${step.name} failed: ${messageOf(error)}`);
      const message = `DataBlock.summary: ${step.name} failed on ${item}: ${messageOf(error)}`;
      throw new DataError(message, { item, stage: step.name, cause: error });
    }
    say(`    applying ${step.name} gives\n      ${brief(x)}`);
  }
  return x;
}

/** Tells what the block makes of a source: items, splits, pipelines, one sample and one batch, and where it fails. */
export async function summary(block: DataBlock, source: unknown, options: SummaryOptions = {}): Promise<string> {
  checkOptions("DataBlock.summary", options, ["bs", "print"]);
  const { bs = 4, print = console.log } = options;
  const lines: string[] = [];
  const say: Say = (line) => {
    lines.push(line);
    print?.(line);
  };
  say(`Collecting items from ${brief(source)}`);
  const { items, splits } = await block.split(source);
  say(`Found ${items.length} items`);
  say(`${splits.length} datasets of sizes ${splits.map((split) => [...split].length).join(", ")}`);
  const pipelines = block.typeTfms();
  for (const steps of pipelines) say(`Setting up ${new Pipeline(steps)}`);
  const dsets = await Datasets.create(items, pipelines, { splits, nInp: block.nInp });
  await checkTargets(dsets);
  say("\nBuilding one sample");
  const { train } = dsets;
  for (const tl of train.tls) await follow(tl.tfms.fs, tl.items[0], tl.itemName(0), say);
  const first = await train.get(0);
  say(`\nFinal sample: ${brief(first)}`);
  await followBatch(block, train, bs, say);
  return lines.join("\n");
}

async function followBatch(block: DataBlock, train: Datasets, bs: number, say: Say): Promise<void> {
  const { itemTfms, batchTfms } = block;
  const count = Math.min(bs, train.length);
  say(`\nBuilding one batch of ${count}\nApplying item steps to the first sample:`);
  await follow(new Pipeline(itemTfms).fs, await train.get(0), train.itemName(0), say);
  const pipeline = new Pipeline(itemTfms, { splitIdx: 0 });
  const made: unknown[] = [];
  for (let i = 0; i < count; i++) made.push(await pipeline.encode(await train.get(i)));
  say(`\nCollating ${count} items in a batch`);
  let batch: unknown;
  try {
    batch = collate(made);
  } catch (error) {
    const failure = withNames(error, (at) => train.itemName(at));
    say(`  failed: ${messageOf(failure)}`);
    throw failure;
  }
  say(`  ${brief(batch)}`);
  if (batchTfms.length === 0) return say("\nNo batch steps to apply");
  say("\nApplying batch steps");
  const unset = batchTfms.filter((tfm) => tfm.setups);
  await follow(
    new Pipeline(batchTfms.filter((tfm) => !unset.includes(tfm))).fs,
    batch,
    `a batch of ${train.itemName(0)} and others`,
    say,
  );
  for (const tfm of unset) say(`    ${tfm.name} is set up with the loader`);
}
