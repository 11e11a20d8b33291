/** Columns of a table as tensors, and back. */
import { DataError } from "../data/index.js";
import { type Column, Frame, NumberColumn } from "../frame/index.js";
import { type Device, type DType, empty, keep, scope, stack, Tensor } from "../torch/index.js";
import type { TabularPandas } from "./tabular-pandas.js";

/** All rows of a table on a device. */
export interface TabularTensors {
  readonly device: Device;
  /** int64 [n, categorical columns]. */
  readonly cats: Tensor;
  /** float32 [n, continuous columns]. */
  readonly conts: Tensor;
  /** int64 or float32 [n, targets]; null when the table has none. */
  readonly ys: Tensor | null;
}

/** Columns side by side. Throws `DataError` naming column and row on a value that no model can take. */
function sideBySide(to: TabularPandas, names: readonly string[], dtype: DType, device: Device): Tensor {
  const columns = names.map((name) => checked(to, name, to.items.column(name), dtype === "int64"));
  const tensor = scope(() =>
    columns.length === 0
      ? empty([to.length, 0], { dtype })
      : stack(
          columns.map((column) => column.toTensor().to(dtype)),
          1,
        ),
  );
  return keep(device === "cpu" ? tensor : scope(() => tensor.to(device)));
}

function checked(to: TabularPandas, name: string, column: Column, isClass: boolean): Column {
  if (column.kind === "text" || column.kind === "category" || column.kind === "date") {
    throw new DataError(
      `TabularPandas: expected numbers in the prepared column "${name}", got ${column.kind}. Add Categorify to the procs.`,
    );
  }
  const values = column.doubles();
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number; // in range by the loop
    if (Number.isFinite(value) && (!isClass || value >= 0)) continue;
    const what = to.yNames.includes(name) ? "a known target" : "a number";
    throw new DataError(
      `TabularPandas: expected ${what} in the column "${name}", got ${isClass ? "a missing or unknown one" : value} in row ` +
        `${to.rowOf(row)}. ${isClass ? "Leave such rows out." : "Add FillMissing to the procs, or leave such rows out."}`,
    );
  }
  return column;
}

/** The columns of a table as tensors on a device. */
export function tensorsOf(to: TabularPandas, device: Device): TabularTensors {
  return {
    device,
    cats: sideBySide(to, to.catNames, "int64", device),
    conts: sideBySide(to, to.contNames, "float32", device),
    ys: to.hasTargets ? sideBySide(to, to.yNames, to.targetDtype, device) : null,
  };
}

/** The columns of a tensor [n, k] (or [n]). */
function columnsOf(x: Tensor): NumberColumn[] {
  return scope(() => {
    const table = (x.ndim === 1 ? x.unsqueeze(1) : x).detach().cpu().double();
    const kind = x.dtype === "int64" ? "int" : "float";
    return Array.from({ length: table.shape[1] ?? 0 }, (_, c) => {
      const values = table.select(1, c).contiguous().data() as Float64Array; // it is float64
      return new NumberColumn(values.slice(), kind);
    });
  });
}

/** A frame of the tensors of a batch. */
export function frameOfTensors(to: TabularPandas, batch: readonly unknown[]): Frame {
  const columns = batch.filter((member) => member instanceof Tensor).flatMap(columnsOf);
  const names = columns.length > to.xNames.length ? [...to.xNames, ...to.yNames] : to.xNames;
  return new Frame(columns.slice(0, names.length).map((column, i): [string, Column] => [names[i] as string, column]));
}
