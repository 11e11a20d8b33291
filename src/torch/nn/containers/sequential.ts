/** Modules in a row. */
import { ValueError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { Callable } from "../callable.js";
import { type AnyModule, Module } from "../module.js";

// A symbol, so that a layer may have any name.
const namesKey = Symbol("names");

/**
 * Calls its layers one after the other. Layers are the numbered fields (`seq[0]`, keys "0.weight"), or named ones when it
 * is made from a Map.
 *
 * @example
 * const net = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 */
export class Sequential<In = Tensor, Out = Tensor> extends Module<[In], Out> {
  [index: number]: AnyModule;
  /** @internal Names of the layers that are not numbered. */
  [namesKey]: string[] = [];

  constructor(...layers: AnyModule[] | [ReadonlyMap<string, AnyModule>]) {
    super();
    const [first] = layers;
    if (first instanceof Map) for (const [name, layer] of first) this.addModule(name, layer);
    else this.extend(layers as AnyModule[]); // a Map is the only other case
  }

  /** Adds a layer under a name at the end. Throws `ValueError` on a name that is taken or contains ".". */
  addModule(name: string, layer: AnyModule): this {
    checkModule("Sequential", layer);
    if (name === String(this.nextIndex())) return this.append(layer);
    if (name === "" || name.includes(".") || name in this) {
      throw new ValueError(
        `Sequential: expected layer names that are not empty, contain no "." and are no member of a module, got ` +
          `"${name}". Rename the layer.`,
      );
    }
    Object.defineProperty(this, name, { value: layer, enumerable: true, configurable: true, writable: true });
    this[namesKey].push(name);
    return this;
  }

  forward(x: In): Out {
    let out: unknown = x;
    for (let i = 0; ; i++) {
      const layer = this[i];
      if (layer === undefined) break;
      out = (layer as unknown as (x: unknown) => unknown)(out); // each layer takes what the one before returns
    }
    for (const name of this[namesKey]) {
      const layer = (this as unknown as Record<string, unknown>)[name];
      if (layer instanceof Callable) out = (layer as unknown as (x: unknown) => unknown)(out);
    }
    return out as Out; // what the last layer returns
  }

  /** The layers in order. */
  layers(): AnyModule[] {
    const layers: AnyModule[] = [];
    for (let i = 0; this[i] !== undefined; i++) layers.push(this[i] as AnyModule);
    for (const name of this[namesKey]) {
      const layer = (this as unknown as Record<string, unknown>)[name];
      if (layer instanceof Callable) layers.push(layer as AnyModule);
    }
    return layers;
  }

  /** Number of layers. */
  override get length(): number {
    return this.layers().length;
  }

  /** The layer at a position; negative counts from the end. */
  at(index: number): AnyModule | undefined {
    return this.layers().at(index);
  }

  /** A new Sequential of some of the layers (the same modules, not copies). */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(...this.layers().slice(start, end));
  }

  /** Adds a layer at the end. */
  append(layer: AnyModule): this {
    return this.extend([layer]);
  }

  /** Adds layers at the end. */
  extend(layers: Iterable<AnyModule>): this {
    let next = this.nextIndex();
    for (const layer of layers) this[next++] = checkModule("Sequential", layer);
    return this;
  }

  private nextIndex(): number {
    let next = 0;
    while (this[next] !== undefined) next++;
    return next;
  }

  /** Puts a layer before the one at `index`. */
  insert(index: number, layer: AnyModule): this {
    const numbered: AnyModule[] = [];
    for (let i = 0; this[i] !== undefined; i++) numbered.push(this[i] as AnyModule);
    numbered.splice(index, 0, checkModule("Sequential", layer));
    numbered.forEach((each, i) => {
      this[i] = each;
    });
    return this;
  }

  /** The layers in order. */
  [Symbol.iterator](): Iterator<AnyModule> {
    return this.layers()[Symbol.iterator]();
  }
}

/** The module itself. Throws `ValueError` for anything else. */
export function checkModule(where: string, value: unknown): AnyModule {
  if (value instanceof Callable) return value as AnyModule;
  const got = typeof value === "function" ? `the function or class ${value.name || "(anonymous)"}` : String(value);
  throw new ValueError(`${where}: expected modules, got ${got}. Make an instance with new, or wrap the function.`);
}
