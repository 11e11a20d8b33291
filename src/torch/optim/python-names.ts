/** Names in files keep Python's spelling: `sqrMom` is `sqr_mom` there, `nu1` is `nu_1`. */
import { camelCase } from "../op-schema.js";

function snakeCase(name: string): string {
  return name.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`);
}

/** The record with keys as Python spells them: `weightDecay` -> `weight_decay`. */
export function pythonKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [snakeCase(name), value]));
}

/** The record with keys as we spell them: `weight_decay` -> `weightDecay`. */
export function ourKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [camelCase(name), value]));
}
