/** Lists and dictionaries of modules. Plain arrays and Maps as fields do the same; these are modules themselves. */
import { NotImplementedError } from "../../errors.js";
import { membersKey } from "../layout.js";
import { type AnyModule, Module } from "../module.js";
import { checkModule } from "./sequential.js";

/** A list of modules that is a module; it cannot be called. */
export class ModuleList<M extends AnyModule = AnyModule> extends Module<never[], never> {
  private readonly items: M[] = [];

  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  forward(): never {
    throw new NotImplementedError("ModuleList.forward: expected a call of one of its modules. Loop over the list.");
  }

  /** Number of modules. */
  override get length(): number {
    return this.items.length;
  }

  /** The module at a position; negative counts from the end. */
  at(index: number): M | undefined {
    return this.items.at(index);
  }

  /** Adds a module at the end. */
  append(module: M): this {
    return this.extend([module]);
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of modules) {
      checkModule("ModuleList", module);
      this.items.push(module);
    }
    return this;
  }

  /** Puts a module before the one at `index`. */
  insert(index: number, module: M): this {
    checkModule("ModuleList", module);
    this.items.splice(index, 0, module);
    return this;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.items[Symbol.iterator]();
  }

  *[membersKey](): Iterable<[string, unknown]> {
    for (const [i, module] of this.items.entries()) yield [String(i), module];
  }
}

/** Modules by name, as a module; it cannot be called. */
export class ModuleDict<M extends AnyModule = AnyModule> extends Module<never[], never> {
  private readonly items = new Map<string, M>();

  constructor(modules: Iterable<readonly [string, M]> | Record<string, M> = []) {
    super();
    const entries = Symbol.iterator in modules ? (modules as Iterable<readonly [string, M]>) : Object.entries(modules);
    for (const [name, module] of entries) this.set(name, module);
  }

  forward(): never {
    throw new NotImplementedError("ModuleDict.forward: expected a call of one of its modules. Get one by its name.");
  }

  /** Number of modules. */
  get size(): number {
    return this.items.size;
  }

  /** The module of a name. */
  get(name: string): M | undefined {
    return this.items.get(name);
  }

  /** Whether there is a module of this name. */
  has(name: string): boolean {
    return this.items.has(name);
  }

  /** Adds or replaces a module. */
  set(name: string, module: M): this {
    checkModule("ModuleDict", module);
    this.items.set(name, module);
    return this;
  }

  /** Takes a module out. */
  delete(name: string): boolean {
    return this.items.delete(name);
  }

  [Symbol.iterator](): Iterator<[string, M]> {
    return this.items[Symbol.iterator]();
  }

  *[membersKey](): Iterable<[string, unknown]> {
    yield* this.items;
  }
}
