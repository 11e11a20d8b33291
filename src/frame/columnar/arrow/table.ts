/** Arrow files and streams as tables of the library's columns. */
import { Column, Type } from "@uwdata/flechette";
import { Growth, mostValues } from "../growth.js";
import { unexpected } from "../unexpected.js";
import { type AnyBatch, readBatch } from "./batches.js";
import { Buffers } from "./buffers.js";
import { Dictionaries } from "./dictionaries.js";
import { messageKinds, readMessages } from "./messages.js";
import { type Field, readSchema } from "./schema.js";

/** What `Frame.from` takes for a table of Arrow's. */
interface ArrowTable {
  readonly schema: { readonly fields: readonly Field[] };
  getChild(name: string): Column<unknown> | null;
}

/**
 * The table of a file or stream. Everything that its bytes say is checked here, as the library takes it for granted.
 * Throws `FileFormatError` on other bytes, and `ValueError` on a column of lists or records.
 */
export function readTable(bytes: Uint8Array): ArrowTable {
  const { schema, data } = readMessages(bytes);
  const fields = readSchema(schema);
  const dictionaries = new Dictionaries(fields.map(({ type }) => type));
  const growth = new Growth(bytes.length);
  const columns = fields.map(({ name, type }) => ({ name, type, batches: [] as AnyBatch[] }));
  for (const { kind, version, header, body } of data) {
    if (kind === messageKinds.records) {
      const from = new Buffers(header, version, body, growth);
      for (const { type, batches } of columns) batches.push(ofRows(readBatch(type, from, dictionaries), from.rows));
    } else {
      const [id, records] = [header.long(0), header.table(1)];
      if (!records) throw unexpected("values of a dictionary", "none");
      const from = new Buffers(records, version, body, growth);
      const values = readBatch(dictionaries.type(id), from, dictionaries);
      dictionaries.add(id, ofRows(values, from.rows), header.byte(2) !== 0);
    }
  }
  dictionaries.resolve();
  const byName = new Map<string, Column<unknown>>();
  for (const { name, type, batches } of columns) {
    if (!byName.has(name)) byName.set(name, readable(new Column(batches, type)));
  }
  return { schema: { fields }, getChild: (name) => byName.get(name) ?? null };
}

function ofRows(batch: AnyBatch, rows: number): AnyBatch {
  if (batch.length === rows) return batch;
  throw unexpected(`${rows} rows in every column`, batch.length);
}

/** A column that is not too long: only numbers without gaps are read without a plain array. */
function readable(column: Column<unknown>): Column<unknown> {
  const { type, length, nullCount } = column;
  const isArray = nullCount === 0 && (type.typeId === Type.Int || type.typeId === Type.Float);
  const most = mostValues();
  if (isArray || length <= most) return column;
  throw unexpected(`up to ${most} rows in a column that is not of numbers without gaps`, length);
}
