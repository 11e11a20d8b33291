/**
 * Scopes free tensors at a known moment: everything created inside that is neither returned nor kept.
 *
 * NOTE [ scopes ]
 * A scope lists the tensors created while it is the current one. Short scopes (a module call, a training batch) never
 * register a finalizer for what they free, which makes them the cheap way to run. So that a scope does not extend
 * lifetimes, its list is bounded: past `youngLimit` tensors (or `youngBytes`) the listed ones are handed to the collector
 * (a finalizer each) and only their handles stay listed, so a loop of a million steps inside one scope stays flat.
 * The current scope is a plain variable: it is set only while synchronous code runs, so interleaved asynchronous work
 * never lands in somebody else's scope. What is created after an `await` is freed by the collector.
 */

import { native, packed } from "../native.js";
import { collectTensors, isTensor } from "./containers.js";
import { ValueError } from "./errors.js";
import { checkPressure, collectYoung, relaxLimit, youngTensors } from "./pressure.js";
import type { Tensor } from "./tensor.js";

const youngLimit = 4096;
const youngBytes = 64 * 2 ** 20;

// Values of a tensor's _flags: freed by the collector; listed by a scope; listed by a scope by its handle only.
const collected = 0;
const inScope = 1;
const aged = 2;
/** Aged tensors that were kept: their scope still lists the handle and must skip it. */
const keptAged = new Set<number>();

const labels: string[] = ["", "dispose()"];
const labelCodes = new Map<string, number>();

function labelCode(label: string): number {
  let code = labelCodes.get(label);
  if (code === undefined) {
    code = labels.push(label) - 1;
    labelCodes.set(label, code);
  }
  return code;
}

/** Says what freed a tensor whose handle field holds `mark`. */
export function freedBy(mark: number): string {
  return labels[-mark] ?? "a scope that ended";
}

/** Mark of a tensor freed by `dispose()`. */
export const disposedMark = -1;

let current: Scope | null = null;
let tracked = 0;

/** Registers a new tensor with the current scope, or with the collector when there is none. */
export function adopt(tensor: Tensor, handle: number): void {
  if (current !== null) {
    current.add(tensor);
    return;
  }
  hand(tensor, handle);
}

function hand(tensor: Tensor, handle: number): void {
  tensor._flags = collected;
  native.track(tensor, handle);
  const bytes = packed[packed.length - 1] as number; // the buffer is never empty
  checkPressure(bytes);
  if (++tracked % 1024 === 0) relaxLimit(bytes);
  if (tracked % youngTensors === 0) collectYoung();
}

/** A group of tensors that is freed together. */
export class Scope {
  private tensors: Tensor[] = [];
  private handles: number[] = [];
  private bytesAtStart = packed[packed.length - 1] ?? 0;
  private compactAt = 2 * youngLimit;

  constructor(private label = "scope()") {}

  /** Runs `body` with this scope as the current one. May be called several times; {@link dispose} ends the scope. */
  run<T>(body: () => T): T {
    if (typeof body !== "function") throw new ValueError(`${this.label}: expected a function, got ${typeof body}.`);
    const outer = current;
    current = this;
    try {
      return body();
    } finally {
      current = outer;
    }
  }

  /** @internal */
  add(tensor: Tensor): void {
    tensor._flags = inScope;
    const count = this.tensors.push(tensor);
    if (count >= youngLimit || ((count & 7) === 0 && this.hasGrown())) this.age();
  }

  private hasGrown(): boolean {
    const bytes = packed[packed.length - 1] ?? 0;
    if (bytes < this.bytesAtStart) this.bytesAtStart = bytes;
    return bytes - this.bytesAtStart > youngBytes;
  }

  /** Frees what the scope lists, but for the tensors inside `result`, which go to the scope around it. */
  end(result?: unknown): void {
    if (result === undefined) this.freeBut(null);
    else this.free(collectTensors(result));
  }

  /** Frees everything the scope lists. */
  dispose(): void {
    this.freeBut(null);
  }

  [Symbol.dispose](): void {
    this.freeBut(null);
  }

  /** @internal */
  reopen(label: string): void {
    this.label = label;
    this.bytesAtStart = packed[packed.length - 1] ?? 0;
  }

  /** @internal Frees the listed tensors but one (the usual result of a module call). */
  freeBut(survivor: Tensor | null): void {
    if (this.handles.length > 0) {
      this.free(survivor === null ? [] : [survivor]);
      return;
    }
    const mark = -labelCode(this.label);
    const { tensors } = this;
    let count = 0;
    let leaves = false; // a survivor that is not listed here, such as the call's own input, stays where it is
    for (let i = 0; i < tensors.length; i++) {
      const tensor = tensors[i] as Tensor; // i is within the length
      if (tensor._flags !== inScope || tensor._h <= 0) continue;
      if (tensor === survivor) {
        leaves = true;
        continue;
      }
      packed[count++] = tensor._h;
      tensor._h = mark;
    }
    if (count > 0) native.release(count);
    this.tensors.length = 0;
    if (leaves && survivor !== null) adopt(survivor, survivor._h);
  }

  private free(survivors: Tensor[]): void {
    const saved = new Set(survivors);
    const savedHandles = new Set(survivors.map((tensor) => tensor._h));
    const mark = -labelCode(this.label);
    const doomed: number[] = this.handles.filter((handle) => !keptAged.delete(handle) && !savedHandles.has(handle));
    const leaving: Tensor[] = [];
    for (const tensor of this.tensors) {
      if (tensor._flags !== inScope || tensor._h <= 0) continue;
      if (saved.has(tensor)) leaving.push(tensor);
      else {
        doomed.push(tensor._h);
        tensor._h = mark;
      }
    }
    this.tensors.length = 0;
    this.handles.length = 0;
    releaseHandles(doomed);
    for (const tensor of leaving) adopt(tensor, tensor._h);
  }

  /** Hands the listed tensors to the collector, see NOTE [ scopes ]. */
  private age(): void {
    for (const tensor of this.tensors) {
      if (tensor._flags !== inScope || tensor._h <= 0) continue;
      hand(tensor, tensor._h);
      tensor._flags = aged;
      this.handles.push(tensor._h);
    }
    this.tensors.length = 0;
    this.bytesAtStart = packed[packed.length - 1] ?? 0;
    if (this.handles.length >= this.compactAt) this.compact();
  }

  /** Forgets the handles whose tensors the collector has freed. */
  private compact(): void {
    const alive: number[] = [];
    for (let start = 0; start < this.handles.length; start += youngLimit) {
      const part = this.handles.slice(start, start + youngLimit);
      part.forEach((handle, i) => {
        packed[i] = handle;
      });
      native.alive(part.length);
      for (let i = 0; i < part.length; i++) if (packed[i] === 1) alive.push(part[i] as number); // within the length
    }
    this.handles = alive;
    this.compactAt = Math.max(2 * youngLimit, 2 * alive.length);
  }
}

function releaseHandles(handles: readonly number[]): void {
  for (let start = 0; start < handles.length; start += youngLimit) {
    const count = Math.min(youngLimit, handles.length - start);
    for (let i = 0; i < count; i++) packed[i] = handles[start + i] ?? 0;
    native.release(count);
  }
}

// Scopes of synchronous calls nest strictly, so they are reused by depth.
const pool: { scope: Scope; outer: Scope | null }[] = [];
let depth = 0;

/** Opens a scope for a synchronous call. Close it with {@link exitScope} or {@link abortScope}, last opened first. */
export function enterScope(label: string): Scope {
  let entry = pool[depth];
  if (entry === undefined) {
    entry = { scope: new Scope(label), outer: null };
    pool.push(entry);
  }
  depth++;
  entry.outer = current;
  entry.scope.reopen(label);
  current = entry.scope;
  return entry.scope;
}

function leave(): void {
  const entry = pool[--depth];
  current = entry?.outer ?? null;
}

/** Closes the scope and returns `result`, whose tensors go to the scope around it. */
export function exitScope<T>(scope: Scope, result: T): T {
  leave();
  if (isTensor(result)) scope.freeBut(result);
  else scope.end(result);
  return result;
}

/** Closes the scope after an error and frees everything in it. */
export function abortScope(scope: Scope): void {
  leave();
  scope.freeBut(null);
}

/**
 * Runs `body` and frees every tensor created inside that is not in its result (tensors in arrays, plain objects and maps
 * count) and not {@link keep | kept}. Of an asynchronous body only the part before its first `await` is covered; the
 * scope then ends when the promise settles.
 *
 * @example
 * const total = scope(() => x.mul(2).add(1).sum());
 */
export function scope<T>(body: () => T): T {
  const opened = new Scope("scope()");
  let result: T;
  try {
    result = opened.run(body);
  } catch (error) {
    opened.dispose();
    throw error;
  }
  if (result instanceof Promise) {
    return result.then(
      (value) => {
        opened.end(value);
        return value;
      },
      (error) => {
        opened.dispose();
        throw error;
      },
    ) as T; // the same promise type, settled after the scope ended
  }
  opened.end(result);
  return result;
}

/** Takes tensors (also inside arrays, plain objects and maps) out of all scopes: the collector or `dispose()` frees them. */
export function keep<T>(value: T): T {
  for (const tensor of collectTensors(value)) {
    if (tensor._h <= 0) continue;
    if (tensor._flags === aged) {
      keptAged.add(tensor._h);
      tensor._flags = collected;
    } else if (tensor._flags === inScope) hand(tensor, tensor._h);
  }
  return value;
}
