/** Whether a frame's columns can be what they are taken for. */
import { DataError } from "../data/index.js";
import type { Frame } from "../frame/index.js";

/** Which columns are what. */
export interface ColumnRoles {
  readonly catNames: readonly string[];
  readonly contNames: readonly string[];
  readonly yNames: readonly string[];
}

/** The first continuous column that does not hold numbers. */
function notNumbers(df: Frame, contNames: readonly string[]): string | undefined {
  return contNames.find((name) => !["int", "float", "bool"].includes(df.column(name).kind));
}

/** Throws `DataError` on columns that are not there or have two roles, and on text among the continuous ones. */
export function checkRoles(df: Frame, { catNames, contNames, yNames }: ColumnRoles): void {
  const inputs = [...catNames, ...contNames];
  for (const name of [...inputs, ...yNames]) df.column(name);
  const twice = inputs.find((name, i) => inputs.indexOf(name) !== i || yNames.includes(name));
  if (twice !== undefined) {
    throw new DataError(`TabularPandas: expected one role for each column, got several for "${twice}".`);
  }
  const text = notNumbers(df, contNames);
  if (text === undefined) return;
  const column = df.column(text);
  const because = df.inferred?.find(({ name }) => name === text)?.because;
  const [row, cell] = because ? [because.row, because.text] : [0, String(column.get(0))];
  throw new DataError(
    `TabularPandas: expected numbers in the continuous column "${text}", got ${column.kind}: ${JSON.stringify(cell)} in ` +
      `row ${row}. Correct the cell, name it in { missing } when reading, or put the column into catNames.`,
  );
}

/** Throws `DataError` on a later frame that lacks inputs or has text where training had numbers. */
export function checkNewFrame(df: Frame, inputs: readonly string[], contNames: readonly string[]): void {
  const absent = inputs.filter((name) => !df.has(name));
  if (absent.length > 0) {
    throw new DataError(
      `TabularPandas: expected the columns ${inputs.join(", ")} that the model was trained with, got a frame without ` +
        `${absent.join(", ")}. Add them; a missing cell (null) is allowed in categorical columns and where training had some.`,
    );
  }
  const text = notNumbers(df, contNames);
  if (text === undefined) return;
  throw new DataError(
    `TabularPandas: expected numbers in the column "${text}", got ${df.column(text).kind}, such as ` +
      `${JSON.stringify(df.column(text).get(0))}. Convert them.`,
  );
}
