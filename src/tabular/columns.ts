/** Which columns are continuous, and in how little memory they fit. */
import { type Column, DictColumn, type Frame, NumberColumn, rangeOf } from "../frame/index.js";
import { checkOptions } from "../torch/index.js";

/** Settings of `contCatSplit`. */
export interface ContCatSplitOptions {
  /** Whole numbers with more different values are continuous. Default 20. */
  maxCard?: number;
  /** The target, or several, which are left out. */
  depVar?: string | readonly string[];
}

/**
 * The names of continuous and of categorical columns: floats are continuous, whole numbers when they have more than
 * `maxCard` values, all else is categorical. Source: TAB-7.
 *
 * @example
 * const [contNames, catNames] = contCatSplit(df, { depVar: "salary" });
 */
export function contCatSplit(df: Frame, options: ContCatSplitOptions = {}): [contNames: string[], catNames: string[]] {
  checkOptions("contCatSplit", options, ["maxCard", "depVar"]);
  const { maxCard = 20, depVar = [] } = options;
  const names = df.columns.filter((name) => ![depVar].flat().includes(name));
  const isCont = (name: string): boolean => {
    const { kind } = df.column(name);
    return kind === "float" || (kind === "int" && df.unique(name).length > maxCard);
  };
  const conts = names.filter(isCont);
  return [conts, names.filter((name) => !conts.includes(name))];
}

/** Settings of `dfShrink`. */
export interface DfShrinkOptions {
  /** Columns that stay as they are. */
  skip?: readonly string[];
  /** Whether texts become sorted categories. Default true. */
  obj2cat?: boolean;
  /** Whether whole numbers without negative ones become unsigned. Default false. */
  int2uint?: boolean;
}

const signed = [Int8Array, Int16Array, Int32Array];
const unsigned = [Uint8Array, Uint16Array, Uint32Array];
const bounds = new Map<unknown, readonly [number, number]>([
  ...signed.map((Kind, i) => [Kind, [-(2 ** (8 * 2 ** i - 1)), 2 ** (8 * 2 ** i - 1) - 1]] as const),
  ...unsigned.map((Kind, i) => [Kind, [0, 2 ** (8 * 2 ** i) - 1]] as const),
]);
const MOST_FLOAT32 = 3.4028234663852886e38;

function shrunk(column: Column, { obj2cat = true, int2uint = false }: DfShrinkOptions): Column {
  if (column instanceof DictColumn) return obj2cat && column.kind === "text" ? column.toCategories() : column;
  if (!(column instanceof NumberColumn)) return column;
  const [low, high] = rangeOf(column.doubles());
  if (column.kind === "float") {
    const fits = low >= -MOST_FLOAT32 && high <= MOST_FLOAT32;
    return fits ? new NumberColumn(new Float32Array(column.values), "float") : column;
  }
  const Kind = (int2uint && low >= 0 ? unsigned : signed).find((kind) => {
    const [least, most] = bounds.get(kind) ?? [0, 0];
    return low >= least && high <= most;
  });
  return Kind ? new NumberColumn(new Kind(column.values), "int") : column;
}

/**
 * A frame whose columns take the least memory that holds their values: narrower whole numbers, float32 where its range is
 * enough, categories instead of texts. Source: TAB-7.
 */
export function dfShrink(df: Frame, options: DfShrinkOptions = {}): Frame {
  checkOptions("dfShrink", options, ["skip", "obj2cat", "int2uint"]);
  const out = df.copy();
  for (const name of df.columns) {
    if (!options.skip?.includes(name)) out.set(name, shrunk(df.column(name), options));
  }
  return out;
}
