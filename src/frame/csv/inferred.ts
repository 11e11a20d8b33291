/** What a reader says about a column that nobody told it the kind of. */
import type { ColumnKind } from "../column.js";

/** What was found in a column, and why. */
export interface Inferred {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Cells that are missing. */
  readonly missing: number;
  /** The first cell that kept a column of numbers from being one: its row, counted from 0, and its text. */
  readonly because?: { readonly row: number; readonly text: string };
  /** What else is worth knowing, such as that the texts look like dates. */
  readonly note?: string;
}
