import { addDatepart, contCatSplit, DictColumn, type Frame } from "../../tabular/index.js";
import { ValueError } from "../../torch/errors.js";

/** What the columns of a table are for a model. */
export interface TableRoles {
  /** The rows that can be used, with the parts of dates in place of the dates. */
  df: Frame;
  catNames: string[];
  contNames: string[];
  /** Whether the target is one of some classes; else it is a number. */
  isClasses: boolean;
  /** What was decided, one line each. */
  notes: string[];
}

/** Whole numbers with at most so many values are classes. */
const MOST_NUMBER_CLASSES = 20;
/** Texts with more values than this, and in more than half of the rows, say nothing about other rows. */
const MOST_CATEGORIES = 1000;

/**
 * Decides what to do with each column: which rows have a target, which columns are constant, empty or names of rows and
 * are left out, which are categories and which numbers.
 * @throws ValueError for a target that is absent, constant or a name of rows, and when no column is left.
 */
export function tableRoles(given: Frame, target: string): TableRoles {
  const notes: string[] = [];
  let df = given;
  const missing = df.column(target).missing;
  if (missing === df.length) {
    throw new ValueError(`npm start: expected values in the target ${target}, got none in ${df.length} rows.`);
  }
  if (missing > 0) {
    df = df.filter(df.column(target).validity());
    notes.push(`${missing} rows without a ${target} are left out`);
  }
  for (const name of df.columns.filter((other) => other !== target && df.column(other).kind === "date")) {
    df = addDatepart(df, name);
    notes.push(`${name} is taken apart into year, month, week, day …`);
  }
  for (const name of df.columns.filter((other) => other !== target)) {
    const reason = useless(df, name);
    if (!reason) continue;
    df = df.drop(name);
    notes.push(`${name} is left out: ${reason}`);
  }
  const isClasses = targetIsClasses(df, target, given.inferred?.find(({ name }) => name === target)?.because);
  const [contNames, catNames] = contCatSplit(df, { depVar: target });
  if (contNames.length + catNames.length === 0) {
    throw new ValueError(
      `npm start: expected columns besides the target ${target}, got none of use (${notes.join("; ")}).`,
    );
  }
  return { df, catNames, contNames, isClasses, notes };
}

/** Why a column says nothing, or null. */
function useless(df: Frame, name: string): string | null {
  const column = df.column(name);
  const distinct = df.unique(name).length;
  if (distinct === 0) return "no cell has a value";
  if (distinct === 1 && column.missing === 0) return `always ${String(column.get(0))}`;
  const isName = column instanceof DictColumn && (distinct > MOST_CATEGORIES || distinct > df.length / 2);
  return isName && distinct > 20
    ? `${distinct.toLocaleString("en-US")} different texts in ${df.length.toLocaleString("en-US")} rows`
    : null;
}

function targetIsClasses(df: Frame, target: string, because?: { row: number; text: string }): boolean {
  const { kind } = df.column(target);
  const distinct = df.unique(target).length;
  if (distinct < 2) {
    throw new ValueError(
      `npm start: expected at least two different values in the target ${target}, got ${distinct} in ${df.length} rows.`,
    );
  }
  const isClasses = kind !== "float" && (kind !== "int" || distinct <= MOST_NUMBER_CLASSES);
  if (isClasses && distinct > df.length / 2) {
    const odd = because ? ` It would be numbers but for ${JSON.stringify(because.text)} in row ${because.row}.` : "";
    throw new ValueError(
      `npm start: expected a target with classes that repeat, got ${distinct} different ones in ${df.length} rows of ${target}.${odd}`,
    );
  }
  return isClasses;
}
