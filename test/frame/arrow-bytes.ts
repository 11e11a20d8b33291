/** Arrow streams and files of anything, also of what no writer writes. */

/** A member of a table; what lies elsewhere may say of itself what is not so. */
export type Member =
  | { readonly byte: number }
  | { readonly short: number }
  | { readonly int: number }
  | { readonly long: number | bigint }
  | { readonly text: string }
  | { readonly table: Table }
  | { readonly tables: readonly Table[]; readonly count?: number }
  /** The table that this is a member of, several times. */
  | { readonly itself: number }
  /** The same table several times. */
  | { readonly same: Table; readonly times: number }
  | { readonly longs: readonly (number | bigint)[]; readonly stride?: number; readonly count?: number };

/** Members in the order of the format's description. */
export type Table = readonly (Member | null)[];

const numbers = { byte: 1, short: 2, int: 4, long: 8 };

class Writer {
  bytes = Buffer.alloc(0);

  add(size: number, value: number | bigint): number {
    const at = this.bytes.length;
    const part = Buffer.alloc(size);
    if (size === 8) part.writeBigInt64LE(BigInt(value));
    else part.writeIntLE(Number(value), 0, size);
    this.bytes = Buffer.concat([this.bytes, part]);
    return at;
  }
  /** An offset, which is known when what lies there is written. */
  addLater(write: () => number): () => void {
    const at = this.add(4, 0);
    return () => {
      const target = write();
      this.bytes.writeInt32LE(target - at, at);
    };
  }
  table(members: Table): number {
    const description = this.bytes.length;
    const size = 4 + 2 * members.length;
    this.bytes = Buffer.concat([this.bytes, Buffer.alloc(size)]);
    this.bytes.writeUInt16LE(size, description);
    const start = this.add(4, size);
    const later: (() => void)[] = [];
    members.forEach((member, i) => {
      if (!member) return;
      this.bytes.writeUInt16LE(this.bytes.length - start, description + 4 + 2 * i);
      const [kind, value] = Object.entries(member)[0] as [string, number];
      const width = numbers[kind as keyof typeof numbers];
      if (width) this.add(width, value);
      else later.push(this.addLater(() => this.#elsewhere(member, start)));
    });
    this.bytes.writeUInt16LE(this.bytes.length - start, description + 2);
    for (const write of later) write();
    return start;
  }
  #elsewhere(member: Member, owner: number): number {
    if ("table" in member) return this.table(member.table);
    if ("text" in member) {
      const start = this.add(4, member.text.length);
      this.bytes = Buffer.concat([this.bytes, Buffer.from(member.text)]);
      return start;
    }
    if ("longs" in member) {
      const start = this.add(4, member.count ?? member.longs.length / ((member.stride ?? 8) / 8));
      for (const value of member.longs) this.add(8, value);
      return start;
    }
    if ("tables" in member) {
      const start = this.add(4, member.count ?? member.tables.length);
      const later = member.tables.map((table) => this.addLater(() => this.table(table)));
      for (const write of later) write();
      return start;
    }
    if ("itself" in member) {
      const start = this.add(4, member.itself);
      for (let i = 0; i < member.itself; i++) this.add(4, owner - this.bytes.length);
      return start;
    }
    if (!("same" in member)) throw new Error("a number");
    const start = this.add(4, member.times);
    let place: number | undefined;
    const write = () => {
      place ??= this.table(member.same);
      return place;
    };
    const later = Array.from({ length: member.times }, () => this.addLater(write));
    for (const one of later) one();
    return start;
  }
}

/** A flatbuffer of a table. */
export function flatbuffer(root: Table): Buffer {
  const writer = new Writer();
  writer.addLater(() => writer.table(root))();
  return writer.bytes;
}

const whole = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);

/** A message: its metadata behind its length, with a mark in front since the year 2019, and its body. */
export function message(kind: number, header: Table, body: Uint8Array = new Uint8Array(), version = 4): Buffer {
  const own = whole(body);
  const metadata = whole(flatbuffer([{ short: version }, { byte: kind }, { table: header }, { long: own.length }]));
  const head = Buffer.from(Int32Array.of(-1, metadata.length).buffer);
  return Buffer.concat([version < 3 ? head.subarray(4) : head, metadata, own]);
}

/** Numbers of types. */
export const types = { null: 1, int: 2, bytes: 4, text: 5, decimal: 7, fixed: 15, runs: 22, textView: 24 };

/** A column's field. */
export const field = (name: string, kind: number, type: Table = [], rest: Table = []): Table => [
  ...[{ text: name }, { byte: 1 }, { byte: kind }, { table: type }],
  ...rest,
];
export const int32: Table = [{ int: 32 }, { byte: 1 }];

export const schema = (fields: readonly Table[]): Table => [null, { tables: fields }];

/** What a batch of records says of itself. */
export interface Records {
  rows: number | bigint;
  /** Of each column: rows and gaps. */
  nodes?: readonly (readonly [number | bigint, number])[];
  /** Of each buffer: where it is, and its length. */
  regions?: readonly (readonly [number, number | bigint])[];
  /** By its number. */
  codec?: number;
  /** Buffers of each column of views. */
  counts?: readonly number[];
}

export const records = ({ rows, nodes = [[rows, 0]], regions = [], codec, counts }: Records): Table => [
  { long: rows },
  { longs: nodes.flat(), stride: 16 },
  { longs: regions.flat(), stride: 16 },
  codec === undefined ? null : { table: [{ byte: codec }] },
  counts ? { longs: counts } : null,
];

/** A stream of a schema and one batch of records, each region of which is one of the buffers if they are not named. */
export function stream(fields: readonly Table[], given: Records, buffers: readonly Uint8Array[] = []): Buffer {
  let at = 0;
  const regions = buffers.map((buffer): [number, number] => {
    at += whole(buffer).length;
    return [at - whole(buffer).length, buffer.length];
  });
  return Buffer.concat([
    message(1, schema(fields)),
    message(3, records({ regions, ...given }), Buffer.concat(buffers.map(whole))),
  ]);
}

/** A file of messages behind which its footer says where records are, in bytes of the messages. */
export function file(fields: readonly Table[], messages: Uint8Array, blocks: readonly number[]): Buffer {
  const magic = Buffer.from("ARROW1");
  const longs = blocks.flatMap((offset) => [offset + 8, 0, 0]);
  const footer = flatbuffer([{ short: 4 }, { table: schema(fields) }, null, { longs, stride: 24 }]);
  const length = Buffer.alloc(4);
  length.writeInt32LE(footer.length);
  return Buffer.concat([magic, Buffer.alloc(2), messages, footer, length, magic]);
}
