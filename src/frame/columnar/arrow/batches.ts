/**
 * The columns of Arrow's batches of records. The library's batches know what their bytes stand for; here they get memory in
 * which there are as many values as they are asked for.
 */
import { type Batch, batchType, type DataType, IntervalUnit, type RunEndEncodedType, Type } from "@uwdata/flechette";
import { unexpected } from "../unexpected.js";
import type { Buffers, Node } from "./buffers.js";
import { checkOffsets, checkRuns, checkViews } from "./checks.js";
import type { Dictionaries } from "./dictionaries.js";

/** A batch of a column. */
export type AnyBatch = Batch<unknown>;

function make(type: DataType, parts: Readonly<Record<string, unknown>>): AnyBatch {
  return new (batchType(type, { useBigInt: true }))({ type, ...parts }); // all bits of integers
}

/** The next column of a batch of records. Throws `FileFormatError` when its memory does not hold its rows. */
export function readBatch(type: DataType, from: Buffers, dictionaries: Dictionaries): AnyBatch {
  const node = from.node();
  switch (type.typeId) {
    case Type.Null:
      return make(type, { ...node, nullCount: node.length });
    case Type.Utf8:
    case Type.LargeUtf8: {
      const validity = from.bytes();
      const offsets = type.offsets === Int32Array ? from.array(Int32Array) : from.array(BigInt64Array);
      const values = from.bytes();
      checkOffsets(offsets, node.length, values.length, from.growth);
      return make(type, { ...node, validity, offsets, values });
    }
    case Type.Utf8View:
      return readViews(type, node, from);
    case Type.RunEndEncoded:
      return readRuns(type, node, from, dictionaries);
    case Type.Dictionary: {
      const batch = make(type, {
        ...node,
        validity: from.bytes(),
        values: readValues(type.indices, node.length, from),
      });
      dictionaries.use(type.id, batch);
      return batch;
    }
    default:
      return make(type, { ...node, validity: from.bytes(), values: readValues(type, node.length, from) });
  }
}

/** Values that take the same room each. */
function readValues(type: DataType, rows: number, from: Buffers): ArrayBufferView {
  const values: ArrayBufferView =
    "values" in type && type.values ? from.array<ArrayBufferView>(type.values) : from.bytes();
  const bits = bitsOf(type);
  if (values.byteLength * 8 < rows * bits)
    throw unexpected(`${rows} values of ${bits} bits`, `${values.byteLength} bytes`);
  // Such bytes are shown as numbers with commas, at the end.
  if (type.typeId === Type.FixedSizeBinary) from.growth.take("texts", 4 * values.byteLength);
  return values;
}

/** Bits that a value takes. */
function bitsOf(type: DataType): number {
  if (type.typeId === Type.Bool) return 1;
  if (type.typeId === Type.Decimal) return type.bitWidth;
  if (type.typeId === Type.FixedSizeBinary) return 8 * type.stride;
  if (type.typeId === Type.Interval) return type.unit === IntervalUnit.DAY_TIME ? 64 : type.values ? 32 : 128;
  if ("values" in type && type.values) return 8 * type.values.BYTES_PER_ELEMENT;
  throw unexpected("a type whose values have a size", type.typeId);
}

function readViews(type: DataType, node: Node, from: Buffers): AnyBatch {
  const validity = from.bytes();
  const values = from.bytes();
  const data: Uint8Array[] = [];
  for (let left = from.count(); left > 0; left--) data.push(from.bytes());
  const isGap = (row: number) => node.nullCount !== 0 && (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
  checkViews(values, node.length, isGap, data, from.growth);
  return make(type, { ...node, validity, values, data });
}

function readRuns(type: RunEndEncodedType, node: Node, from: Buffers, dictionaries: Dictionaries): AnyBatch {
  const [ends, values] = type.children.map((child) => readBatch(child.type, from, dictionaries));
  if (!ends || !values || values.length < ends.length) throw unexpected("a value for each run", `${values?.length}`);
  checkRuns(ends.values as ArrayLike<number | bigint>, ends.length, node.length);
  // Each value is read once, not in every row, as a long text may be the value of a long run.
  let cells: unknown[] | undefined;
  const at = (run: number) => {
    cells ??= Array.from({ length: ends.length }, (_, i) => shared(values.at(i)));
    return cells[run];
  };
  return make(type, { ...node, children: [ends, { at }] });
}

/** A value that many rows share: bytes as their text, which otherwise each row would make for itself. */
export function shared(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? String(value) : value;
}
