/** The columns of an Arrow file. Source: the Arrow columnar format, Schema.fbs. */
import * as arrow from "@uwdata/flechette";
import { ValueError } from "../../../torch/index.js";
import { unexpected } from "../unexpected.js";
import type { FlatTable } from "./flatbuffer.js";

/** A column by name. */
export interface Field {
  readonly name: string;
  readonly type: arrow.DataType;
}

const { Type } = arrow;
/** Lists, records, unions and maps. */
const nested: readonly number[] = [
  ...[Type.List, Type.LargeList, Type.FixedSizeList, Type.ListView, Type.LargeListView],
  ...[Type.Struct, Type.Union, Type.Map],
];
/** Digits behind the point of a decimal: floats have none behind the 324th, and a power of ten must fit in memory. */
const MOST_DIGITS = 1000;
/** How deep runs may lie in runs. */
const MOST_DEPTH = 16;

/** The columns that a schema names. Throws `ValueError` on lists and records, `FileFormatError` on what is no schema. */
export function readSchema(schema: FlatTable): Field[] {
  if (schema.short(0) !== 0) throw unexpected("numbers whose lowest byte is the first", "the highest first");
  return schema.tables(1).map((field) => {
    const name = field.text(0) ?? "";
    return { name, type: typeOf(field, name) };
  });
}

function typeOf(field: FlatTable, column: string, depth = 0): arrow.DataType {
  if (depth > MOST_DEPTH) throw unexpected("runs of values", "runs of runs of runs");
  const id = field.byte(2);
  if (nested.includes(id)) {
    throw new ValueError(
      `readArrow: expected plain columns, got lists or records in the column "${column}". Write the file without it.`,
    );
  }
  const values =
    id === Type.RunEndEncoded ? runsOf(field.tables(5), column, depth) : plainType(id, field.table(3), column);
  const coded = field.table(4);
  if (!coded) return values;
  const index = coded.table(1);
  return arrow.dictionary(values, index ? intType(index) : arrow.int32(), coded.byte(2) !== 0, coded.long(0));
}

function runsOf([ends, values, ...others]: readonly FlatTable[], column: string, depth: number): arrow.DataType {
  if (!ends || !values || others.length > 0) throw unexpected("ends of runs and their values", "other columns");
  const field = (name: string, child: FlatTable) => arrow.field(name, typeOf(child, column, depth + 1));
  return arrow.runEndEncoded(field("run_ends", ends), field("values", values));
}

function intType(type: FlatTable): arrow.IntType {
  return arrow.int(type.int(0) as arrow.IntBitWidth, type.byte(1) !== 0); // other widths are an error there
}

function plainType(id: number, type: FlatTable | null, column: string): arrow.DataType {
  const simple = simpleTypes[id];
  if (simple) return simple();
  const make = typesOf[id];
  if (make && type) return make(type);
  throw unexpected(`a type of values in the column "${column}"`, `number ${id}`);
}

/** Types that are what they are. Bytes of any length are read as texts in UTF-8, as in Parquet files. */
const simpleTypes: Readonly<Record<number, () => arrow.DataType>> = {
  [Type.Null]: arrow.nullType,
  [Type.Bool]: arrow.bool,
  [Type.Utf8]: arrow.utf8,
  [Type.LargeUtf8]: arrow.largeUtf8,
  [Type.Binary]: arrow.utf8,
  [Type.LargeBinary]: arrow.largeUtf8,
  [Type.Utf8View]: arrow.utf8View,
  [Type.BinaryView]: arrow.utf8View,
};

/** Types that have settings. The library's functions throw on units that there are not. */
const typesOf: Readonly<Record<number, (type: FlatTable) => arrow.DataType>> = {
  [Type.Int]: intType,
  [Type.Float]: (type) => arrow.float(type.short(0) as arrow.Precision_),
  [Type.Decimal]: (type) => {
    const scale = type.int(1);
    if (Math.abs(scale) > MOST_DIGITS)
      throw unexpected(`a decimal of at most ${MOST_DIGITS} digits`, `one of ${scale}`);
    return arrow.decimal(type.int(0), scale, type.int(2, 128) as 128);
  },
  [Type.Date]: (type) => arrow.date(type.short(0, arrow.DateUnit.MILLISECOND) as arrow.DateUnit_),
  [Type.Time]: (type) => arrow.time(type.short(0, arrow.TimeUnit.MILLISECOND) as arrow.TimeUnit_),
  [Type.Timestamp]: (type) => arrow.timestamp(type.short(0) as arrow.TimeUnit_),
  [Type.Interval]: (type) => arrow.interval(type.short(0) as arrow.IntervalUnit_),
  [Type.Duration]: (type) => arrow.duration(type.short(0, arrow.TimeUnit.MILLISECOND) as arrow.TimeUnit_),
  [Type.FixedSizeBinary]: (type) => {
    const stride = type.int(0);
    if (stride < 0) throw unexpected("values of some bytes each", `${stride} bytes`);
    return arrow.fixedSizeBinary(stride);
  },
};
