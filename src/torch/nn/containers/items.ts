/** What the list-like and the dictionary-like modules share. */
import { NotImplementedError } from "../../errors.js";
import { membersKey } from "../layout.js";
import { Module } from "../module.js";

/** A module that only holds others. */
abstract class Holder extends Module<never[], never> {
  forward(): never {
    throw new NotImplementedError(
      `${this.constructor.name}.forward: expected a use of what it holds. Loop over the list. Get one by its name from a dictionary.`,
    );
  }
}

/** A list whose items are numbered in state-dict keys; what is given becomes an item by `itemOf`. */
export abstract class ItemList<Given, Item extends Given> extends Holder {
  protected readonly items: Item[] = [];

  constructor(values: Iterable<Given> = []) {
    super();
    this.extend(values);
  }

  /** The item for what was given. Throws `ValueError` when there can be none. */
  protected abstract itemOf(given: Given): Item;

  /** Number of items. */
  override get length(): number {
    return this.items.length;
  }

  /** The item at a position; negative counts from the end. */
  at(index: number): Item | undefined {
    return this.items.at(index);
  }

  /** Adds an item at the end. */
  append(value: Given): this {
    return this.extend([value]);
  }

  /** Adds items at the end. */
  extend(values: Iterable<Given>): this {
    for (const value of values) this.items.push(this.itemOf(value));
    return this;
  }

  /** Puts an item before the one at `index`. */
  insert(index: number, value: Given): this {
    this.items.splice(index, 0, this.itemOf(value));
    return this;
  }

  /** Replaces the item at a position. */
  set(index: number, value: Given): this {
    this.items[index] = this.itemOf(value);
    return this;
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.items[Symbol.iterator]();
  }

  *[membersKey](): Iterable<[string, unknown]> {
    for (const [i, item] of this.items.entries()) yield [String(i), item];
  }
}

/** Items by name, which is their key in state dicts; what is given becomes an item by `itemOf`. */
export abstract class ItemDict<Given, Item extends Given> extends Holder {
  protected readonly items = new Map<string, Item>();

  constructor(values: Iterable<readonly [string, Given]> | Record<string, Given> = []) {
    super();
    const entries = Symbol.iterator in values ? (values as Iterable<readonly [string, Given]>) : Object.entries(values);
    for (const [name, value] of entries) this.set(name, value);
  }

  /** The item for what was given. Throws `ValueError` when there can be none. */
  protected abstract itemOf(given: Given): Item;

  /** Number of items. */
  get size(): number {
    return this.items.size;
  }

  /** The item of a name. */
  get(name: string): Item | undefined {
    return this.items.get(name);
  }

  /** Whether there is an item of this name. */
  has(name: string): boolean {
    return this.items.has(name);
  }

  /** The names in order. */
  keys(): Iterable<string> {
    return this.items.keys();
  }

  /** Adds or replaces an item. */
  set(name: string, value: Given): this {
    this.items.set(name, this.itemOf(value));
    return this;
  }

  /** Takes an item out. */
  delete(name: string): boolean {
    return this.items.delete(name);
  }

  [Symbol.iterator](): Iterator<[string, Item]> {
    return this.items[Symbol.iterator]();
  }

  *[membersKey](): Iterable<[string, unknown]> {
    yield* this.items;
  }
}
