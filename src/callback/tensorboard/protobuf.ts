/** The little of Protocol Buffers that event files need: fields of numbers, bytes and messages. */

/** A field: its number and its bytes as they stand in the message. */
export type Field = Uint8Array;

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return bytes;
}

function joined(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
}

/** A whole number. */
export function integer(number: number, value: number | bigint): Field {
  return joined(varint(number << 3), varint(value));
}

/** A 64-bit float. */
export function double(number: number, value: number): Field {
  return joined(varint((number << 3) | 1), doubles([value]));
}

/** A 32-bit float. */
export function float(number: number, value: number): Field {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return joined(varint((number << 3) | 5), bytes);
}

/** Bytes, a text, or a message of fields. */
export function bytes(number: number, value: Uint8Array | string): Field {
  const content = typeof value === "string" ? Buffer.from(value) : value;
  return joined(varint((number << 3) | 2), varint(content.length), content);
}

/** A message inside a message. */
export function message(number: number, ...fields: readonly Field[]): Field {
  return bytes(number, joined(...fields));
}

/** A packed list of 64-bit floats. */
export function packedDoubles(number: number, values: readonly number[]): Field {
  return bytes(number, doubles(values));
}

/** The bytes of a whole message. */
export function encode(...fields: readonly Field[]): Uint8Array {
  return joined(...fields);
}

function doubles(values: readonly number[]): Uint8Array {
  const out = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) out.writeDoubleLE(value, 8 * i);
  return out;
}
