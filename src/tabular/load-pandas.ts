/** Tables without rows, out of their description. */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { Frame } from "../frame/index.js";
import { FileFormatError, fromSpec } from "../torch/index.js";
import type { TabularSpec } from "./tabular-options.js";
import { TabularPandas } from "./tabular-pandas.js";
import type { ProcLike } from "./targets.js";

/** The shape of a table's description. */
export const tabularSchema = z.object({
  catNames: z.array(z.string()),
  contNames: z.array(z.string()),
  yNames: z.array(z.string()),
  procs: z.array(z.object({ type: z.string(), config: z.unknown().optional() })),
});

/** A table without rows that prepares frames as the described one did. */
export function tabularFromSpec(
  { procs, ...names }: TabularSpec,
  Class: typeof TabularPandas = TabularPandas,
): TabularPandas {
  const steps = procs.map((spec): ProcLike => fromSpec(spec));
  return new Class(new Frame(), { ...names, procs: steps, doSetup: false, reduceMemory: false });
}

/**
 * Reads what `TabularPandas.export` wrote: no rows, but the steps, which prepare other frames. Throws `FileFormatError` on
 * another file.
 */
export async function loadPandas(fname: string): Promise<TabularPandas> {
  const text = await readFile(fname, "utf8");
  try {
    return tabularFromSpec(tabularSchema.parse(JSON.parse(text)));
  } catch (cause) {
    throw new FileFormatError(
      `loadPandas: expected a table that TabularPandas.export wrote, got another in ${fname}.`,
      {
        cause,
      },
    );
  }
}
