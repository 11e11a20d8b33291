/** What test/parity/op_db_recorder.py writes: one operator call a line. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import type { DType, Layout } from "../../../src/torch/index.js";

/** A number, float, big integer, complex number, name, tensor or list. */
export type RecordedValue =
  | null
  | boolean
  | number
  | string
  | { f: number | string }
  | { i: string }
  | { c: (number | string)[] }
  | RecordedTensor
  | RecordedValue[];

/** A dense tensor on a storage of the call, or one made of parts (sparse, quantised), or one without values (meta). */
export interface RecordedTensor {
  dtype: DType;
  shape: number[];
  stride?: number[];
  offset?: number;
  storage?: number;
  conj?: boolean;
  neg?: boolean;
  meta?: boolean;
  layout?: Layout;
  coalesced?: boolean;
  indices?: RecordedTensor;
  compressed?: RecordedTensor;
  plain?: RecordedTensor;
  values?: RecordedTensor;
  /** Scale and zero point. */
  q?: RecordedValue[];
  axis?: number;
  scales?: RecordedTensor;
  zeroPoints?: RecordedTensor;
}

/** One call with what it gave in Python. */
export interface RecordedCall {
  /** Such as `aten::add.Tensor`. */
  op: string;
  /** Bytes in base64. */
  storages: string[];
  args: RecordedValue[];
  kwargs: Record<string, RecordedValue>;
  /** Absent for operators that return what they change. */
  result?: RecordedValue;
  /** The changed arguments, after the call. */
  after?: Record<string, RecordedValue>;
  /** Storages of `result` and `after`. */
  results: string[];
  /** Given to the generator before an operator that draws random numbers. */
  seed?: number;
  /** The values are whatever the memory held. */
  uninitialised?: boolean;
}

/** True for a tensor, sparse and quantised ones included. */
export function isRecordedTensor(value: RecordedValue): value is RecordedTensor {
  return typeof value === "object" && value !== null && "dtype" in value;
}

/** A float as it was written: JSON has no infinities, NaN or -0. */
export function recordedFloat(value: number | string | undefined): number {
  if (value === "inf") return Number.POSITIVE_INFINITY;
  return value === "-inf" ? Number.NEGATIVE_INFINITY : Number(value);
}

/** The calls of a recording, one after the other. */
export async function* readRecording(path: string): AsyncGenerator<RecordedCall> {
  const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) });
  for await (const line of lines) yield JSON.parse(line) as RecordedCall; // written by our script
}
