/** The dictionaries of an Arrow file: values to which the cells of columns refer. */
import { Column, type DataType, Type } from "@uwdata/flechette";
import { mostValues } from "../growth.js";
import { unexpected } from "../unexpected.js";
import { type AnyBatch, shared } from "./batches.js";

/** A dictionary, part by part. Another one with the same number takes its place for what comes later. */
type Dictionary = AnyBatch[];

/** Dictionaries by their number, and the batches that refer to them. */
export class Dictionaries {
  readonly #types = new Map<number, DataType>();
  readonly #latest = new Map<number, Dictionary>();
  readonly #uses: { batch: AnyBatch; dictionary: Dictionary }[] = [];

  /** Those of columns of these types. */
  constructor(types: Iterable<DataType>) {
    for (const type of types) this.#find(type);
  }

  #find(type: DataType): void {
    if (type.typeId === Type.RunEndEncoded) for (const child of type.children) this.#find(child.type);
    if (type.typeId !== Type.Dictionary) return;
    this.#types.set(type.id, type.dictionary);
    this.#find(type.dictionary);
  }

  /** What a dictionary's values are. Throws `FileFormatError` when no column refers to it. */
  type(id: number): DataType {
    const type = this.#types.get(id);
    if (type) return type;
    throw unexpected(`a dictionary among ${[...this.#types.keys()].slice(0, 20).join() || "none"}`, id);
  }
  /** Adds values to a dictionary, or begins a new one. Throws `FileFormatError` when there is nothing to add to. */
  add(id: number, batch: AnyBatch, isMore: boolean): void {
    const latest = this.#latest.get(id);
    if (isMore && !latest?.length) throw unexpected(`a dictionary ${id} before what is added to it`, "none");
    // An empty one was used before: in a file, as opposed to a stream, its values may come later.
    if (latest && (isMore || latest.length === 0)) latest.push(batch);
    else this.#latest.set(id, [batch]);
  }
  /** Notes that a batch refers to a dictionary as it is now, with what may be added to it. */
  use(id: number, batch: AnyBatch): void {
    const dictionary = this.#latest.get(id) ?? [];
    this.#latest.set(id, dictionary);
    this.#uses.push({ batch, dictionary });
  }
  /** Gives the batches their values: once, when all is read, so that what is added costs nothing twice. */
  resolve(): void {
    const found = new Map<Dictionary, object>();
    for (const { batch, dictionary } of this.#uses) {
      const values = found.get(dictionary) ?? valuesOf(dictionary);
      found.set(dictionary, values);
      (batch as AnyBatch & { setDictionary(values: object): void }).setDictionary(values); // as those of this type have
    }
  }
}

/** What the library wants to know of a dictionary. */
function valuesOf(dictionary: Dictionary): object {
  if (dictionary.length === 0) throw unexpected("a dictionary for the columns that refer to it", "none");
  const column = new Column(dictionary);
  const most = mostValues();
  if (column.length > most) throw unexpected(`up to ${most} values in a dictionary`, column.length);
  const array = column.toArray();
  const values = ArrayBuffer.isView(array) ? array : Array.from(array, shared);
  return { cache: () => values, toArray: () => values };
}
