/** Reading Python pickles without running anything from them. */
import { FileFormatError } from "../errors.js";

/** What a pickle's names and outside references stand for. What it does not know, it refuses by throwing. */
export interface PickleReader {
  /** What a function or class stands for, such as `torch._utils _rebuild_tensor_v2`. */
  global(module: string, name: string): unknown;
  /** The result of calling what `global` gave. */
  call(callee: unknown, args: unknown[]): unknown;
  /** The object behind a persistent id. */
  persistent(id: unknown): unknown;
  /** The object in place of `target` when a pickle sets its state; the target itself where state is of no use. */
  build(target: unknown, state: unknown): unknown;
}

/** One pickle's value, and where in the bytes it ends. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

const MARK = Symbol("mark");

/** Longest integer that is read, in bytes: their number grows with the square of it. */
const longestInteger = 1024;

/**
 * Reads one pickle of protocol 2 to 5 made of plain data, and of the names that `reader` allows. Dictionaries become Maps,
 * tuples and lists arrays, sets Sets, integers beyond 2^53 bigints.
 *
 * Throws `FileFormatError` on anything else, on truncation and on nonsense; runs nothing from the file.
 */
export function unpickle(bytes: Uint8Array, reader: PickleReader, start = 0): Unpickled {
  return new Unpickler(bytes, reader, start).run();
}

class Unpickler {
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #places = new Map<unknown, number[]>(); // where objects that may be replaced are in the memo
  #at: number;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly reader: PickleReader,
    start: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  run(): Unpickled {
    for (;;) {
      const code = this.#u1();
      if (code === STOP) return { value: this.#pop(), end: this.#at };
      const step = steps[code];
      if (!step) throw broken(`expected data only, got the operation 0x${code.toString(16)} at byte ${this.#at - 1}`);
      step(this);
    }
  }

  #take(n: number): Uint8Array {
    if (n < 0 || this.#at + n > this.bytes.length) throw broken("expected more bytes, got the end of the file");
    this.#at += n;
    return this.bytes.subarray(this.#at - n, this.#at);
  }
  #u1(): number {
    return this.#take(1)[0] ?? 0;
  }
  #number(size: 1 | 2 | 4 | 8): number {
    const at = this.#at;
    this.#take(size);
    if (size === 8) return Number(this.#view.getBigUint64(at, true));
    if (size === 4) return this.#view.getUint32(at, true);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint8(at);
  }
  #text(n: number): string {
    return utf8.decode(this.#take(n));
  }
  #line(): string {
    const end = this.bytes.indexOf(10, this.#at);
    const text = this.#text(end - this.#at);
    this.#at++;
    return text;
  }
  #pop(): unknown {
    if (this.#stack.length === 0) throw broken("expected a value, got an empty stack");
    return this.#stack.pop();
  }
  #top(): unknown {
    return this.#stack.at(-1);
  }
  #toMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw broken("expected a mark, got none");
    return this.#stack.splice(mark).slice(1);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }
  int(size: 1 | 2): void {
    this.push(this.#number(size));
  }
  int4(): void {
    this.push(this.#number(4) | 0);
  }
  long(size: 1 | 4): void {
    const length = this.#number(size);
    if (length > longestInteger) throw broken(`expected integers of at most ${longestInteger} bytes, got ${length}`);
    const digits = this.#take(length);
    let value = 0n;
    for (let i = digits.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] ?? 0);
    value = BigInt.asIntN(Math.max(8, digits.length * 8), value);
    const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    this.push(safe ? Number(value) : value);
  }
  float(): void {
    const at = this.#at;
    this.#take(8);
    this.push(this.#view.getFloat64(at, false));
  }
  string(size: 1 | 4 | 8): void {
    this.push(this.#text(this.#number(size)));
  }
  blob(size: 1 | 4 | 8): void {
    this.push(this.#take(this.#number(size)).slice());
  }
  tuple(n: number): void {
    const items: unknown[] = [];
    for (let i = 0; i < n; i++) items.unshift(this.#pop());
    this.push(items);
  }
  markedTuple(): void {
    this.push(this.#toMark());
  }
  append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw broken("expected a list to append to");
    for (const item of items) list.push(item);
  }
  appendOne(): void {
    this.append([this.#pop()]);
  }
  appendMarked(): void {
    this.append(this.#toMark());
  }
  setItems(items: unknown[]): void {
    const map = this.#top();
    if (!(map instanceof Map) || items.length % 2 !== 0) throw broken("expected a dictionary to add to");
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }
  setOne(): void {
    const value = this.#pop();
    this.setItems([this.#pop(), value]);
  }
  setMarked(): void {
    this.setItems(this.#toMark());
  }
  addItems(): void {
    const items = this.#toMark();
    const set = this.#top();
    if (!(set instanceof Set)) throw broken("expected a set to add to");
    for (const item of items) set.add(item);
  }
  put(index: number): void {
    const value = this.#top();
    this.#memo.set(index, value);
    if (typeof value !== "object" || value === null) return;
    const places = this.#places.get(value);
    if (places) places.push(index);
    else this.#places.set(value, [index]);
  }
  putSized(size: 1 | 4): void {
    this.put(this.#number(size));
  }
  memoize(): void {
    this.put(this.#memo.size);
  }
  get(size: 1 | 4): void {
    const index = this.#number(size);
    if (!this.#memo.has(index)) throw broken(`expected a known reference, got ${index}`);
    this.push(this.#memo.get(index));
  }
  global(): void {
    const module = this.#line();
    this.push(this.reader.global(module, this.#line()));
  }
  stackGlobal(): void {
    const name = this.#pop();
    this.push(this.reader.global(String(this.#pop()), String(name)));
  }
  reduce(): void {
    const args = this.#pop();
    const callee = this.#pop();
    if (!Array.isArray(args)) throw broken("expected a call with arguments");
    this.push(this.reader.call(callee, args));
  }
  build(): void {
    const state = this.#pop();
    const target = this.#pop();
    const built = this.reader.build(target, state);
    this.push(built);
    if (built === target) return;
    for (const index of this.#places.get(target) ?? []) this.#memo.set(index, built);
  }
  persistent(): void {
    this.push(this.reader.persistent(this.#pop()));
  }
  frozenSet(): void {
    this.push(new Set(this.#toMark()));
  }
  drop(): void {
    this.#pop();
  }
  skip(n: number): void {
    this.#take(n);
  }
}

const STOP = 0x2e;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What each operation code does. The numbers are those of Python's `pickletools`. */
const steps: Record<number, (p: Unpickler) => void> = {
  128: (p) => p.skip(1), // PROTO
  149: (p) => p.skip(8), // FRAME
  40: (p) => p.push(MARK),
  78: (p) => p.push(null),
  136: (p) => p.push(true),
  137: (p) => p.push(false),
  75: (p) => p.int(1),
  77: (p) => p.int(2),
  74: (p) => p.int4(),
  138: (p) => p.long(1),
  139: (p) => p.long(4),
  71: (p) => p.float(),
  85: (p) => p.string(1), // SHORT_BINSTRING, written by Python 2
  84: (p) => p.string(4),
  140: (p) => p.string(1),
  88: (p) => p.string(4),
  141: (p) => p.string(8),
  67: (p) => p.blob(1),
  66: (p) => p.blob(4),
  142: (p) => p.blob(8),
  150: (p) => p.blob(8), // BYTEARRAY8
  143: (p) => p.push(new Set()),
  144: (p) => p.addItems(),
  145: (p) => p.frozenSet(),
  41: (p) => p.tuple(0),
  133: (p) => p.tuple(1),
  134: (p) => p.tuple(2),
  135: (p) => p.tuple(3),
  116: (p) => p.markedTuple(),
  93: (p) => p.push([]),
  97: (p) => p.appendOne(),
  101: (p) => p.appendMarked(),
  125: (p) => p.push(new Map()),
  115: (p) => p.setOne(),
  117: (p) => p.setMarked(),
  113: (p) => p.putSized(1),
  114: (p) => p.putSized(4),
  148: (p) => p.memoize(),
  104: (p) => p.get(1),
  106: (p) => p.get(4),
  99: (p) => p.global(),
  147: (p) => p.stackGlobal(),
  82: (p) => p.reduce(),
  129: (p) => p.reduce(), // NEWOBJ: a class called with the arguments of its __new__
  81: (p) => p.persistent(),
  98: (p) => p.build(), // attributes of an object, such as the versions in a state dict
  48: (p) => p.drop(),
};

function broken(what: string): FileFormatError {
  return new FileFormatError(`unpickle: ${what}. The file is damaged or holds more than tensors and plain data.`);
}
