/** The names of categories and their numbers. Source: DTR-5. */

/** A category as it stands in the data. */
export type Label = string | number | boolean;

/** Name of the category for values that are not in the vocabulary. */
export const naLabel = "#na#";

/** Settings of a CategoryMap. */
export interface CategoryMapOptions {
  /** Whether the names are sorted: numbers by value, texts by code point. Default true. */
  sort?: boolean;
  /** Whether unknown names become `#na#`, number 0. Default false. */
  addNa?: boolean;
}

function compare(a: Label, b: Label): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The distinct names of a column as an array, without NaN, null and undefined, and the number of each.
 *
 * @example
 * const vocab = new CategoryMap(["b", "a", "b"]);
 * vocab[0];            // "a"
 * vocab.idxOf("b");    // 1
 */
export class CategoryMap extends Array<Label> {
  /** Copies made by array methods are plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  readonly addNa: boolean;
  private readonly o2i = new Map<Label, number>();

  constructor(col: Iterable<Label | null | undefined>, options: CategoryMapOptions = {}) {
    super();
    const { sort = true, addNa = false } = options;
    const distinct = new Set<Label>();
    for (const o of col) if (o !== null && o !== undefined && !Number.isNaN(o)) distinct.add(plainLabel(o));
    const names = sort ? [...distinct].sort(compare) : [...distinct];
    for (const name of addNa && names[0] !== naLabel ? [naLabel, ...names] : names) {
      this.o2i.set(name, this.length);
      this.push(name);
    }
    this.addNa = addNa;
    Object.defineProperties(this, { addNa: { enumerable: false }, o2i: { enumerable: false } });
  }

  /** The number of a name; undefined, or 0 with `#na#`, when it is not there. */
  idxOf(name: unknown): number | undefined {
    return this.o2i.get(plainLabel(name as Label)) ?? (this.addNa ? 0 : undefined);
  }

  /** The names as a plain array. */
  names(): Label[] {
    return [...this];
  }
}

/** Titled values and their plain twins are the same category. */
function plainLabel(o: Label): Label {
  return typeof o === "object" && o !== null ? ((o as object).valueOf() as Label) : o;
}
