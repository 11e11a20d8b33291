/** Names in files keep Python's spelling: `weightDecay` is `weight_decay` there. */
import { camelCase } from "../op-schema.js";

function renamed<T>(record: Readonly<Record<string, T>>, rename: (name: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name), value]));
}

/** The record with keys as fastai spells them: `sqrMom` -> `sqr_mom`, `nu1` -> `nu_1`. */
export function pythonKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return renamed(record, (name) => name.replace(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`));
}

/** The record with keys as PyTorch spells them: `beta2Decay` -> `beta2_decay`. */
export function torchKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return renamed(record, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** The record with keys as we spell them: `weight_decay` -> `weightDecay`. */
export function ourKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return renamed(record, camelCase);
}
