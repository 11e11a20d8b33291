/**
 * Thrift's compact protocol, the form of Parquet's metadata. Source: the Thrift compact protocol specification.
 *
 * A struct is read by a description of its members; others are passed over. What a list or a text says of its length is
 * compared with the bytes that are left before there is room for it.
 */
import { unexpected } from "../unexpected.js";

/** What a member is. Integers of any width are numbers; those beyond 2^53 are an error. */
type Kind = "flag" | "number" | "text" | Struct<Members> | { readonly list: Kind };

/** Members by name: their number in the format's description, and what they are. */
type Members = Readonly<Record<string, readonly [id: number, kind: Kind]>>;

/** How a struct is read. */
export class Struct<M extends Members> {
  readonly byId: ReadonlyMap<number, { readonly name: string; readonly kind: Kind }>;

  constructor(readonly members: M) {
    this.byId = new Map(Object.entries(members).map(([name, [id, kind]]) => [id, { name, kind }]));
  }
}

type ValueOf<K> = K extends "flag"
  ? boolean
  : K extends "number"
    ? number
    : K extends "text"
      ? string
      : K extends Struct<infer M>
        ? StructValue<M>
        : K extends { readonly list: infer E }
          ? ValueOf<E>[]
          : never;

type StructValue<M> = { readonly [N in keyof M]?: M[N] extends readonly [number, infer K] ? ValueOf<K> : never };

/** The value of a struct; every member may be missing. */
export type Read<S> = S extends Struct<infer M> ? StructValue<M> : never;

/** Numbers of the protocol's types. */
const wire = {
  true: 1,
  false: 2,
  byte: 3,
  short: 4,
  int: 5,
  long: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
};
/** Types that each kind may come as. */
const wires = {
  flag: [wire.true, wire.false],
  number: [wire.byte, wire.short, wire.int, wire.long],
  text: [wire.binary],
  list: [wire.list],
  struct: [wire.struct],
};
/** How deep unknown members may lie in one another. */
const MOST_DEPTH = 32;
/** Bytes of the shortest struct that is read. */
const STRUCT_BYTES = 4;

const utf8 = new TextDecoder();

/** Bytes from which structs are read, one behind the other. */
export class ThriftReader {
  /** Where the next one begins. */
  at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a struct. Throws `FileFormatError` when the bytes are none. */
  read<M extends Members>({ byId }: Struct<M>): StructValue<M> {
    const value: Record<string, unknown> = {};
    this.#members((id, type) => {
      const member = byId.get(id);
      if (member) value[member.name] = this.#value(member.kind, type);
      else this.#skip(type, 0);
    });
    return value as StructValue<M>; // as the members' kinds say
  }

  #members(visit: (id: number, type: number) => void): void {
    for (let id = 0; ; ) {
      const head = this.#byte();
      const type = head & 15;
      if (type === 0) return;
      id = head >> 4 === 0 ? this.#integer() : id + (head >> 4);
      visit(id, type);
    }
  }

  #value(kind: Kind, type: number): unknown {
    const expected = wires[typeof kind === "string" ? kind : kind instanceof Struct ? "struct" : "list"];
    if (!expected.includes(type)) throw unexpected(`metadata of type ${expected.join(" or ")}`, type);
    if (kind === "flag") return type === wire.true;
    if (kind === "number") return type === wire.byte ? this.#view.getInt8(this.#take(1)) : this.#integer();
    if (kind === "text") return utf8.decode(this.#binary());
    if (kind instanceof Struct) return this.read(kind);
    const { count, type: element } = this.#list();
    if (element === wire.struct) this.#room(count * STRUCT_BYTES);
    return Array.from({ length: count }, () => this.#value(kind.list, element));
  }

  #skip(type: number, depth: number): void {
    if (depth > MOST_DEPTH) throw unexpected("metadata that ends", `${depth} levels of it`);
    if (type === wire.true || type === wire.false) return;
    if (type === wire.byte) this.#take(1);
    else if (type >= wire.short && type <= wire.long) this.#varint();
    else if (type === wire.double) this.#take(8);
    else if (type === wire.binary) this.#binary();
    else if (type === wire.struct) this.#members((_, member) => this.#skip(member, depth + 1));
    else if (type === wire.list || type === wire.set) {
      const { count, type: element } = this.#list();
      // In a list, a flag has a byte of its own.
      const each = element === wire.true || element === wire.false ? wire.byte : element;
      for (let i = 0; i < count; i++) this.#skip(each, depth + 1);
    } else throw unexpected("metadata of a known type", type);
  }

  #list(): { count: number; type: number } {
    const head = this.#byte();
    const type = head & 15;
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    this.#room(count);
    return { count, type };
  }
  /** Checks that a list can be in what is left when it takes so many bytes at least. */
  #room(bytes: number): void {
    const left = this.bytes.length - this.at;
    if (bytes > left) throw unexpected(`a list in the ${left} bytes that are left`, `one of ${bytes} at least`);
  }
  #binary(): Uint8Array {
    const length = this.#varint();
    return this.bytes.subarray(this.#take(length), this.at);
  }
  #integer(): number {
    const value = this.#varint();
    if (value > Number.MAX_SAFE_INTEGER) throw unexpected("a number up to 2^53", value);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  /** Seven bits a byte, ten bytes at most. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw unexpected("a number of 64 bits", "a longer one");
  }
  #byte(): number {
    return this.bytes[this.#take(1)] as number; // it is there
  }
  /** Where so many bytes are, behind which reading goes on. */
  #take(count: number): number {
    const at = this.at;
    if (at + count > this.bytes.length) throw unexpected(`metadata of ${this.bytes.length} bytes`, `more of it`);
    this.at += count;
    return at;
  }
}
