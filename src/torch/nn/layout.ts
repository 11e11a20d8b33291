/** What a module is made of: its parameters, buffers and children, found in its own enumerable fields. */
import { ValueError } from "../errors.js";
import { Callable } from "./callable.js";
import { Buffer, Parameter } from "./parameter.js";

/** A module, or an array or Map that holds modules, parameters or buffers. */
export type Node = Callable | readonly unknown[] | ReadonlyMap<unknown, unknown>;

/** The registered parts of one node, each group in field order. */
export interface Layout {
  readonly parameters: [key: string, value: Parameter][];
  readonly buffers: [key: string, value: Buffer][];
  readonly children: [key: string, value: Node][];
}

/** Modules whose parts are not their fields list them under this symbol. */
export const membersKey = Symbol("members");

interface WithMembers {
  [membersKey]?(): Iterable<[string, unknown]>;
}

/**
 * The parts of a node. A field's type is its role: `Parameter`, `Buffer`, module; arrays and Maps (nested ones too) are
 * children when they hold at least one of these. Private fields, symbols, plain tensors and plain objects are no parts.
 */
export function layoutOf(node: Node): Layout {
  const layout: Layout = { parameters: [], buffers: [], children: [] };
  if (Array.isArray(node)) for (let i = 0; i < node.length; i++) sort(layout, String(i), node[i]);
  else if (node instanceof Map) for (const [key, value] of node) sort(layout, mapKey(key, value), value);
  else {
    const listed = (node as WithMembers)[membersKey]?.();
    if (listed) for (const [key, value] of listed) sort(layout, key, value);
    else for (const key of Object.keys(node)) sort(layout, key, (node as unknown as Record<string, unknown>)[key]);
  }
  return layout;
}

function sort(layout: Layout, key: string, value: unknown): void {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
  if (value instanceof Callable) layout.children.push([key, value]);
  else if (value instanceof Parameter) layout.parameters.push([key, value]);
  else if (value instanceof Buffer) layout.buffers.push([key, value]);
  else if (isContainer(value)) layout.children.push([key, value]);
}

function isContainer(value: unknown): value is Node {
  if (Array.isArray(value)) return value.some(isPart);
  if (value instanceof Map) for (const item of value.values()) if (isPart(item)) return true;
  return false;
}

function isPart(value: unknown): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return value instanceof Callable || value instanceof Parameter || value instanceof Buffer || isContainer(value);
}

function mapKey(key: unknown, value: unknown): string {
  const name = String(key);
  if (isPart(value) && (name === "" || name.includes("."))) {
    throw new ValueError(
      `nn.Module: expected Map keys that are neither empty nor contain ".", got "${name}". Rename the key.`,
    );
  }
  return name;
}

/**
 * Visits a node and everything under it, parents first. `path` is the dotted key ("" for the root).
 * Throws `ValueError` when a module contains itself.
 */
export function walk(root: Node, visit: (node: Node, path: string, layout: Layout) => void, prefix = ""): void {
  const ancestors = new Set<Node>();
  const step = (node: Node, path: string): void => {
    if (ancestors.has(node)) {
      throw new ValueError(
        `nn.Module: expected a tree of modules, got "${path}", which leads back to a module that contains it. ` +
          "Keep such a reference in a #private field.",
      );
    }
    ancestors.add(node);
    const layout = layoutOf(node);
    visit(node, path, layout);
    for (const [key, child] of layout.children) step(child, join(path, key));
    ancestors.delete(node);
  };
  step(root, prefix);
}

/** Joins two parts of a key. */
export function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}

/** The modules directly under a node; those in arrays and Maps count as direct, with keys such as "blocks.0". */
export function childModules(node: Node): [string, Callable][] {
  const out: [string, Callable][] = [];
  const gather = (owner: Node, path: string): void => {
    for (const [key, child] of layoutOf(owner).children) {
      if (child instanceof Callable) out.push([join(path, key), child]);
      else gather(child, join(path, key));
    }
  };
  gather(node, "");
  return out;
}
