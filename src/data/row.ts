/** Reading columns of table rows. */
import { DataError } from "./errors.js";

/** The value of a column, by name or position, of a row: an array, a map, an object, or anything with `get(name)`. */
export function readColumn(where: string, row: unknown, col: string | number): unknown {
  if (Array.isArray(row) && typeof col === "number") return row[col];
  if (typeof row === "object" && row !== null) {
    const fields = row as Record<string, unknown>;
    if (typeof col === "string" && col in fields) return fields[col];
    const { get } = fields as { get?: (name: string | number) => unknown };
    if (typeof get === "function") return get.call(row, col);
    if (typeof col === "number" && Object.keys(fields).length > col) return Object.values(fields)[col];
  }
  const known = typeof row === "object" && row !== null ? Object.keys(row).join(", ") : typeof row;
  throw new DataError(
    `${where}: expected a row with the column ${JSON.stringify(col)}, got ${known}. Check the column's name.`,
  );
}
