/** Writing Python pickles (protocol 2) of plain data. */
import { ValueError } from "../errors.js";

/** What a value that is no plain data is written as. Returns false for a value it does not know either. */
export type PickleExtension = (value: object, writer: PickleWriter) => boolean;

/** Marks arrays that become tuples. */
export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** A Python function or class by name; with `args` a call of it. */
export class PythonName {
  constructor(
    readonly module: string,
    readonly name: string,
    readonly args?: Tuple,
  ) {}
}

/** An object that lies outside of the pickle, under an id. */
export class PersistentId {
  constructor(readonly id: unknown) {}
}

const op = {
  protocol: 0x80,
  stop: 0x2e,
  mark: 0x28,
  none: 0x4e,
  yes: 0x88,
  no: 0x89,
  int: 0x4a,
  long: 0x8a,
  float: 0x47,
  text: 0x58,
  tuple: 0x74,
  list: 0x5d,
  appends: 0x65,
  dict: 0x7d,
  setItems: 0x75,
  name: 0x63,
  call: 0x52,
  persistent: 0x51,
} as const;

/** Writes one pickle. */
export class PickleWriter {
  readonly #bytes: number[] = [op.protocol, 2];
  readonly #open = new Set<object>();

  constructor(private readonly extension: PickleExtension) {}

  /** The pickle of `value`. */
  static write(value: unknown, extension: PickleExtension): Uint8Array {
    const writer = new PickleWriter(extension);
    writer.value(value);
    writer.#bytes.push(op.stop);
    return Uint8Array.from(writer.#bytes);
  }

  /** Writes a value: null, booleans, numbers, strings, arrays, Maps, Sets, plain objects, and the classes of this file. */
  value(value: unknown): void {
    if (value === null || value === undefined) this.#bytes.push(op.none);
    else if (typeof value === "boolean") this.#bytes.push(value ? op.yes : op.no);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#long(value);
    else if (typeof value === "string") this.#text(value);
    else if (typeof value === "object") this.#object(value);
    else throw unknownValue(value);
  }

  #object(value: object): void {
    if (this.#open.has(value)) throw new ValueError("save: expected data that ends, got an object inside itself.");
    this.#open.add(value);
    if (value instanceof Tuple) this.#marked(value.items, op.tuple);
    else if (value instanceof PythonName) this.#name(value);
    else if (value instanceof PersistentId) this.#persistent(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (value instanceof Map) this.#dict([...value]);
    else if (value instanceof Set) this.value(new PythonName("__builtin__", "set", new Tuple([[...value]])));
    else if (value instanceof Uint8Array) this.value(bytesCall(value));
    else if (!this.extension(value, this)) this.#dict(entriesOf(value));
    this.#open.delete(value);
  }

  #list(items: readonly unknown[]): void {
    this.#bytes.push(op.list);
    this.#marked(items, op.appends);
  }

  #dict(entries: readonly (readonly [unknown, unknown])[]): void {
    this.#bytes.push(op.dict);
    this.#marked(entries.flat(1), op.setItems);
  }

  #marked(items: readonly unknown[], code: number): void {
    this.#bytes.push(op.mark);
    for (let i = 0; i < items.length; i++) this.value(items[i]);
    this.#bytes.push(code);
  }

  #name({ module, name, args }: PythonName): void {
    this.#bytes.push(op.name, ...new TextEncoder().encode(`${module}\n${name}\n`));
    if (args === undefined) return;
    this.value(args);
    this.#bytes.push(op.call);
  }

  #persistent({ id }: PersistentId): void {
    this.value(id);
    this.#bytes.push(op.persistent);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value === (value | 0)) this.#fixed(op.int, 4, (view) => view.setInt32(0, value, true));
      else this.#long(BigInt(value));
    } else this.#fixed(op.float, 8, (view) => view.setFloat64(0, value, false));
  }

  #long(value: bigint): void {
    const digits: number[] = [];
    for (let rest = value; ; rest >>= 8n) {
      digits.push(Number(rest & 0xffn));
      const sign = (digits.at(-1) ?? 0) >= 0x80 ? -1n : 0n;
      if (rest >> 8n === sign) break;
    }
    if (digits.length > 0xff)
      throw new ValueError(`save: expected integers of at most 255 bytes, got ${digits.length}.`);
    this.#bytes.push(op.long, digits.length, ...digits);
  }

  #text(value: string): void {
    const text = new TextEncoder().encode(value);
    this.#fixed(op.text, 4, (view) => view.setUint32(0, text.length, true));
    for (const byte of text) this.#bytes.push(byte);
  }

  #fixed(code: number, size: number, fill: (view: DataView) => void): void {
    const bytes = new Uint8Array(size);
    fill(new DataView(bytes.buffer));
    this.#bytes.push(code, ...bytes);
  }
}

/** Protocol 2 has no bytes; Python writes this call for them. */
function bytesCall(bytes: Uint8Array): PythonName {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return new PythonName("_codecs", "encode", new Tuple([text, "latin1"]));
}

function entriesOf(value: object): [string, unknown][] {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unknownValue(value);
  return Object.entries(value);
}

function unknownValue(value: unknown): ValueError {
  const got = typeof value === "object" ? `a ${value?.constructor?.name}` : `a ${typeof value}`;
  return new ValueError(
    `save: expected tensors, strings, numbers, booleans, null, and arrays, Maps, Sets and plain objects of them, got ${got}.`,
  );
}
