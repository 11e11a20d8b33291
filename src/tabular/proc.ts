/** Steps that prepare whole columns at once. */
import type { TabularPandas } from "./tabular-pandas.js";

/**
 * One step of preparation on a table: `setups` learns from the training rows, `encodes` changes `to.items` in place,
 * `decodes` undoes it for showing. Source: TAB-1, TAB-2.
 *
 * @example
 * class Log extends TabularProc {
 *   override encodes(to: TabularPandas) {
 *     for (const name of to.contNames) to.items.set(name, Float32Array.from(to.items.column(name).order(), Math.log1p));
 *   }
 * }
 */
export abstract class TabularProc {
  /** Place among the steps, ascending; equal ones keep their sequence. */
  readonly order: number = 0;

  /** How this step is called in messages. */
  get name(): string {
    return this.constructor.name;
  }

  /** Columns that this step makes, which new frames need not have. */
  get adds(): readonly string[] {
    return [];
  }

  /** Learns from the training rows. */
  setups?(train: TabularPandas): void;

  /** Changes `to.items`. */
  abstract encodes(to: TabularPandas): void;

  /** Undoes `encodes`. */
  decodes?(to: TabularPandas): void;
}
