/** Parquet files as columns. */
import { ValueError } from "../../../torch/index.js";
import type { Column } from "../../column.js";
import { Growth } from "../growth.js";
import { unexpected } from "../unexpected.js";
import { notPlain, readChunk } from "./chunk.js";
import { chunkOf, type Metadata, type RowGroup, readMetadata, type TopColumn } from "./metadata.js";
import { columnOf } from "./values.js";

/** A file, or bytes. */
export interface Source {
  /** In bytes. */
  readonly size: number;
  /** Those from `start` up to, not including, `end`, in memory of their own. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The columns of these names, or all, up to so many rows. Everything that the bytes say of themselves is checked here, as the
 * library takes it for granted. Throws `FileFormatError` on other bytes, `ValueError` on a column that is not there, or is of
 * lists or records.
 */
export async function readColumns(
  source: Source,
  { columns: names, rows: most = Number.POSITIVE_INFINITY }: { columns?: readonly string[]; rows?: number },
): Promise<[string, Column][]> {
  const metadata = await footer(source);
  const count = Math.max(0, Math.trunc(Math.min(most, metadata.rows)));
  const chosen = choose(metadata, names);
  const growth = new Growth(source.size);
  growth.take("cells", count * chosen.length);
  let left = source.size;
  const read = (start: number, end: number) => {
    left -= end - start;
    // Many columns could be the same bytes, and each would be decoded.
    if (left < 0) throw unexpected(`columns of ${source.size} bytes together`, "more");
    return source.read(start, end);
  };
  const columns: [string, Column][] = [];
  // One by one, as their values are on V8's heap until they are columns.
  for (const { element } of chosen) {
    const pieces: ArrayLike<unknown>[] = [];
    for (const { group, wanted } of firstRows(metadata.groups, count)) {
      const chunk = chunkOf(group, element, source.size);
      const bytes = await read(chunk.start, chunk.end);
      for (const piece of await readChunk(bytes, element, chunk, { wanted, rows: group.rows, growth }))
        pieces.push(piece);
    }
    columns.push([element.name, columnOf(element, pieces, count)]);
  }
  return columns;
}

/** The groups in which the first rows are, and how many of them. */
function firstRows(groups: readonly RowGroup[], count: number): { group: RowGroup; wanted: number }[] {
  let left = count;
  return groups.flatMap((group) => {
    const wanted = Math.min(left, group.rows);
    left -= wanted;
    return wanted > 0 ? [{ group, wanted }] : [];
  });
}

const MAGIC = "PAR1";

/** The metadata, whose length stands behind it. */
async function footer({ size, read }: Source): Promise<Metadata> {
  const tail = size >= 12 ? Buffer.from(await read(size - 8, size)) : Buffer.alloc(8);
  const end = size - 8 - tail.readUInt32LE(0);
  if (tail.toString("latin1", 4) === MAGIC && end >= MAGIC.length) return readMetadata(await read(end, size - 8));
  throw unexpected(`"${MAGIC}" behind the metadata`, `${size} bytes`);
}

function choose({ columns }: Metadata, names?: readonly string[]): TopColumn[] {
  const byName = new Map<string, TopColumn>();
  for (const column of columns) if (!byName.has(column.element.name)) byName.set(column.element.name, column);
  const known = [...byName.keys()];
  return [...new Set(names ?? known)].map((name) => {
    const column = byName.get(name);
    if (!column) {
      const list = known.slice(0, 20).join(", ");
      throw new ValueError(
        `readParquet: expected a column among ${list}, got "${name}". Check the names in { columns }.`,
      );
    }
    if (column.isPlain) return column;
    throw notPlain(name);
  });
}
