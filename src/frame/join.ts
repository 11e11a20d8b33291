/** Putting another frame's columns beside a frame's rows. */
import { checkOptions, OptionError, ValueError } from "../torch/index.js";
import type { Column } from "./column.js";
import { type Columns, keyText, RowNumbers } from "./group.js";

/** How rows of two frames are matched. */
export interface JoinOptions {
  /** The columns that must be equal, in both frames. */
  on?: string | readonly string[];
  /** Their names in the left frame, when they differ. */
  leftOn?: string | readonly string[];
  /** Their names in the right frame. */
  rightOn?: string | readonly string[];
  /** "left" keeps all rows of the left frame, "inner" those with a partner. Default "left". */
  how?: "left" | "inner";
  /** Put behind names that both frames have: those of the left, those of the right. Default ["", "_y"]. */
  suffixes?: readonly [left: string, right: string];
}

const known = ["on", "leftOn", "rightOn", "how", "suffixes"];

function pick(columns: Columns, names: readonly string[], side: string): Map<string, Column> {
  return new Map(
    names.map((name) => {
      const column = columns.get(name);
      if (column) return [name, column];
      const got = [...columns.keys()].join(", ");
      throw new ValueError(`join: expected the column "${name}" in the ${side} frame, which has ${got}. Check { on }.`);
    }),
  );
}

/**
 * The columns of the join: every left row once, with its one partner on the right or missing values.
 * @throws ValueError when two rows on the right have the same key: left rows would multiply.
 */
export function joinColumns(left: Columns, right: Columns, options: JoinOptions): [string, Column][] {
  checkOptions("join", options, known);
  const { on, leftOn = on, rightOn = on, how = "left", suffixes = ["", "_y"] } = options;
  const [leftNames, rightNames] = [[leftOn ?? []].flat(), [rightOn ?? []].flat()];
  if (leftNames.length === 0 || leftNames.length !== rightNames.length) {
    throw new OptionError("join: expected the columns that must be equal. Pass { on }, or { leftOn, rightOn }.");
  }
  const rightKeys = pick(right, rightNames, "right");
  const partners = partnersOf(pick(left, leftNames, "left"), rightKeys);
  const rows = how === "inner" ? Int32Array.from(partners.keys()).filter((row) => (partners[row] ?? -1) >= 0) : null;
  const matches = rows ? partners.filter((partner) => partner >= 0) : partners;
  const taken = [...right].filter(([name]) => !rightNames.some((key, i) => key === name && leftNames[i] === name));
  const shared = new Set(taken.map(([name]) => name).filter((name) => left.has(name)));
  const renamed = (name: string, suffix: string) => (shared.has(name) ? name + suffix : name);
  const result: [string, Column][] = [
    ...[...left].map(([name, column]): [string, Column] => [
      renamed(name, suffixes[0]),
      rows ? column.take(rows) : column,
    ]),
    ...taken.map(([name, column]): [string, Column] => [renamed(name, suffixes[1]), column.take(matches)]),
  ];
  const twice = result.map(([name]) => name).find((name, i, all) => all.indexOf(name) !== i);
  if (twice === undefined) return result;
  throw new ValueError(`join: expected different names, got two columns "${twice}". Pass other { suffixes }.`);
}

/** For each left row the right row with the same key, -1 without. Missing keys match missing keys, as in pandas. */
function partnersOf(leftKeys: Columns, rightKeys: Columns): Int32Array {
  const numbers = new RowNumbers(leftKeys.size);
  const rightNumbers = numbers.of([...rightKeys.values()]);
  const rowOf = new Int32Array(rightNumbers.length).fill(-1);
  for (const [row, number] of rightNumbers.entries()) {
    const before = rowOf[number] ?? -1;
    if (before >= 0) {
      throw new ValueError(
        `join: expected one right row for each key, got rows ${before} and ${row} with ${keyText(rightKeys, row)}. ` +
          "Choose among them first, or join the other way round.",
      );
    }
    rowOf[number] = row;
  }
  return numbers.of([...leftKeys.values()], { known: true }).map((number) => rowOf[number] ?? -1);
}
