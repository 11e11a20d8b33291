/** Lists and dictionaries of parameters. Plain arrays and Maps as fields do the same; these are modules themselves. */
import { NotImplementedError } from "../../errors.js";
import type { Tensor } from "../../tensor.js";
import { membersKey } from "../layout.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

function parameterOf(value: Tensor): Parameter {
  return value instanceof Parameter ? value : new Parameter(value);
}

function printed(entries: Iterable<[string | number, Parameter]>): string {
  const lines = Array.from(entries, ([key, { dtype, shape }]) => {
    return `(${key}): Parameter containing: [torch.${dtype} of size ${shape.join("x")}]`;
  });
  return lines.join("\n");
}

/** A list of parameters that is a module; it cannot be called. Plain tensors become parameters. */
export class ParameterList extends Module<never[], never> {
  private readonly items: Parameter[] = [];

  constructor(values: Iterable<Tensor> = []) {
    super();
    this.extend(values);
  }

  forward(): never {
    throw new NotImplementedError("ParameterList.forward: expected a use of its parameters. Loop over the list.");
  }

  /** Number of parameters. */
  override get length(): number {
    return this.items.length;
  }

  /** The parameter at a position; negative counts from the end. */
  at(index: number): Parameter | undefined {
    return this.items.at(index);
  }

  /** Adds a parameter at the end. */
  append(value: Tensor): this {
    return this.extend([value]);
  }

  /** Adds parameters at the end. */
  extend(values: Iterable<Tensor>): this {
    for (const value of values) this.items.push(parameterOf(value));
    return this;
  }

  /** Replaces the parameter at a position. */
  set(index: number, value: Tensor): this {
    this.items[index] = parameterOf(value);
    return this;
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.items[Symbol.iterator]();
  }

  *[membersKey](): Iterable<[string, unknown]> {
    for (const [i, parameter] of this.items.entries()) yield [String(i), parameter];
  }

  override extraRepr(): string {
    return printed(this.items.entries());
  }
}

/** Parameters by name, as a module; it cannot be called. Plain tensors become parameters. */
export class ParameterDict extends Module<never[], never> {
  private readonly items = new Map<string, Parameter>();

  constructor(values: Iterable<readonly [string, Tensor]> | Record<string, Tensor> = []) {
    super();
    const entries =
      Symbol.iterator in values ? (values as Iterable<readonly [string, Tensor]>) : Object.entries(values);
    for (const [name, value] of entries) this.set(name, value);
  }

  forward(): never {
    throw new NotImplementedError("ParameterDict.forward: expected a use of its parameters. Get one by its name.");
  }

  /** Number of parameters. */
  get size(): number {
    return this.items.size;
  }

  /** The parameter of a name. */
  get(name: string): Parameter | undefined {
    return this.items.get(name);
  }

  /** Whether there is a parameter of this name. */
  has(name: string): boolean {
    return this.items.has(name);
  }

  /** Adds or replaces a parameter. */
  set(name: string, value: Tensor): this {
    this.items.set(name, parameterOf(value));
    return this;
  }

  /** Takes a parameter out. */
  delete(name: string): boolean {
    return this.items.delete(name);
  }

  [Symbol.iterator](): Iterator<[string, Parameter]> {
    return this.items[Symbol.iterator]();
  }

  *[membersKey](): Iterable<[string, unknown]> {
    yield* this.items;
  }

  override extraRepr(): string {
    return printed(this.items);
  }
}
