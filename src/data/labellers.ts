/** Functions that read inputs and labels off items. Source: DTR-4. */
import { basename, dirname, sep } from "node:path";
import * as z from "zod";
import { checkOptions } from "../torch/index.js";
import { register, registerConstant, rememberSpec } from "../torch/registry.js";
import { DataError } from "./errors.js";
import { posixPath } from "./files.js";
import { readColumn } from "./row.js";
import { ItemTransform } from "./transform.js";

/** The name of the folder an item is in. Source: DTR-4. */
export const parentLabel = registerConstant("data.parentLabel", function parentLabel(path: unknown): string {
  return basename(dirname(String(path)));
});

const regexConfig = z.object({ source: z.string(), flags: z.string(), match: z.boolean() });

/**
 * Reads a label off the item's path: group 1 of the pattern, found anywhere, or at the start with `match`.
 * The path has "/" between folders on every system. Throws `DataError` when the pattern is not found. Source: DTR-4.
 */
export function RegexLabeller(pat: RegExp | string, options: { match?: boolean } = {}): (item: unknown) => string {
  checkOptions("RegexLabeller", options, ["match"]);
  const { match = false } = options;
  const given = typeof pat === "string" ? new RegExp(pat) : pat;
  const flags = given.flags.replace(/[gy]/g, "");
  const pattern = new RegExp(match ? `^(?:${given.source})` : given.source, flags);
  const regexLabeller = (item: unknown): string => {
    const found = pattern.exec(posixPath(String(item)))?.[1];
    if (found !== undefined) return found;
    throw new DataError(
      `RegexLabeller: expected ${pattern} with one group in "${String(item)}", found nothing. Change the pattern, or leave such items out of getItems.`,
      {
        item: String(item),
        stage: "RegexLabeller",
      },
    );
  };
  return rememberSpec(regexLabeller, "data.RegexLabeller", { source: given.source, flags, match });
}

register("data.RegexLabeller", {
  config: regexConfig,
  fromConfig: ({ source, flags, match }) => RegexLabeller(new RegExp(source, flags), { match }),
});

/** Settings of ColReader. */
export interface ColReaderOptions {
  /** Put before the value, such as a folder (with its closing slash). */
  pref?: string;
  /** Put after the value, such as an extension. */
  suff?: string;
  /** Divides the value into several labels; an empty value has none. */
  labelDelim?: string | null;
}

const colConfig = z.object({
  cols: z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))]),
  pref: z.string(),
  suff: z.string(),
  labelDelim: z.string().nullable(),
});

/** Reads columns of a row: the value of one column, or a list of the values of several. Source: DTR-4. */
export function ColReader(
  cols: string | number | readonly (string | number)[],
  options: ColReaderOptions = {},
): (row: unknown) => unknown {
  checkOptions("ColReader", options, ["pref", "suff", "labelDelim"]);
  const { pref = "", suff = "", labelDelim = null } = options;
  const one = (row: unknown, col: string | number): unknown => {
    const value = readColumn("ColReader", row, col);
    if (labelDelim !== null) return String(value ?? "") === "" ? [] : String(value).split(labelDelim);
    return pref === "" && suff === "" ? value : `${pref}${String(value)}${suff}`;
  };
  const list = [cols].flat() as (string | number)[];
  const colReader = (row: unknown): unknown =>
    list.length === 1 ? one(row, list[0] as string | number) : list.map((col) => one(row, col));
  return rememberSpec(colReader, "data.ColReader", { cols: list, pref, suff, labelDelim });
}

register("data.ColReader", {
  config: colConfig,
  fromConfig: ({ cols, pref, suff, labelDelim }) => ColReader(cols, { pref, suff, labelDelim }),
});

/** Takes one member of an item, tuple or not. Source: DTR-4. */
export class ItemGetter extends ItemTransform {
  constructor(readonly i: number | string) {
    super();
  }

  override encodes(x: unknown): unknown {
    return (x as Record<number | string, unknown>)[this.i];
  }
}

/** Takes a property of an item, or `default` where it has none. Source: DTR-4. */
export class AttrGetter extends ItemTransform {
  constructor(
    readonly nm: string,
    readonly fallback: unknown = null,
  ) {
    super();
  }

  override encodes(x: unknown): unknown {
    return (x as Record<string, unknown> | null)?.[this.nm] ?? this.fallback;
  }
}

register("data.ItemGetter", {
  cls: ItemGetter,
  config: z.object({ i: z.union([z.number(), z.string()]) }),
  toConfig: (tfm) => ({ i: tfm.i }),
  fromConfig: ({ i }) => new ItemGetter(i),
});
register("data.AttrGetter", {
  cls: AttrGetter,
  config: z.object({ nm: z.string(), fallback: z.unknown() }),
  toConfig: (tfm) => ({ nm: tfm.nm, fallback: tfm.fallback }),
  fromConfig: ({ nm, fallback }) => new AttrGetter(nm, fallback),
});

/** A folder's path ready to stand before a file name. */
export function folderPrefix(folder: string): string {
  return folder === "" || folder.endsWith("/") || folder.endsWith(sep) ? folder : `${folder}/`;
}
