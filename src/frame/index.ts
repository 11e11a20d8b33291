/** Tables by columns: frames, CSV, dates. */
export { Column, type ColumnKind, cellText, type Rows, type Value } from "./column.js";
export { readArrow } from "./columnar/read-arrow.js";
export { type ParquetOptions, readParquet } from "./columnar/read-parquet.js";
export type { CsvOptions } from "./csv/csv-options.js";
export type { Inferred } from "./csv/inferred.js";
export { type CsvChunkOptions, readCsvChunks } from "./csv/read-chunks.js";
export { parseCsv, readCsv } from "./csv/read-csv.js";
export { moments, quantile, sortedValues } from "./describe.js";
export { categories, compareLabels, DictColumn, mapCodes } from "./dict-column.js";
export { type ColumnsLike, Frame, type Row, type RowTest } from "./frame.js";
export type { JoinOptions } from "./join.js";
export { type ColumnLike, intColumn, makeColumn } from "./make-column.js";
export { BigIntColumn, BoolColumn, DateColumn, NumberColumn } from "./number-column.js";
export { rangeOf } from "./range.js";
export type { TableOptions } from "./table-text.js";
export { parseDate, toDates } from "./to-dates.js";
export { toLabels } from "./to-labels.js";
