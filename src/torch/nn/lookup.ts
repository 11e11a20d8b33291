/** Finding the parts of a module by their paths. */
import { ValueError } from "../errors.js";
import type { Callable } from "./callable.js";
import { join, walk } from "./layout.js";
import type { Buffer, Parameter } from "./parameter.js";

/** The parameters or buffers of a module with their keys, shared ones under each. */
export function collect(module: Callable, kind: "parameters", prefix: string): [string, Parameter][];
export function collect(module: Callable, kind: "buffers", prefix: string): [string, Buffer][];
export function collect(module: Callable, kind: "parameters" | "buffers", prefix: string): [string, unknown][] {
  const found: [string, unknown][] = [];
  walk(
    module,
    (_node, path, layout) => {
      for (const [key, value] of layout[kind]) found.push([join(path, key), value]);
    },
    prefix,
  );
  return found;
}

/** The first entry of each value. */
export function once<T>(entries: [string, T][]): [string, T][] {
  const seen = new Set<T>();
  return entries.filter(([, value]) => !seen.has(value) && seen.add(value));
}

/** The value under a path. Throws `ValueError` with what there is when there is none. */
export function findPart<T>(where: string, what: string, parts: readonly [string, T][], path: string): T {
  const found = parts.find(([name]) => name === path);
  if (found) return found[1];
  const parent = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  const near = parts.map(([name]) => name).filter((name) => name !== "" && name.startsWith(parent));
  throw new ValueError(
    `${where}: expected the path of a ${what}, got "${path}". ` +
      `There are: ${near.slice(0, 12).join(", ")}${near.length > 12 ? ", ..." : ""}.`,
  );
}
