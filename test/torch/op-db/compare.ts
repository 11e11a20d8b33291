/** Comparing results with recorded ones. */
import { type Complex, type DType, Tensor } from "../../../src/torch/index.js";
import { isRecordedTensor, type RecordedTensor, type RecordedValue, recordedFloat } from "./recording.js";
import { ArgumentMaker } from "./values.js";

/** The relative difference that counts as the same: the dtype's own epsilon for the narrow floats. */
const tolerances: Partial<Record<DType, number>> = { bfloat16: 2 ** -7, float16: 2 ** -10, complex32: 2 ** -10 };
const usual = 1e-6;

/** How two results compare: equal in every bit, equal within tolerance, or a sentence that says what differs. */
export type Verdict = "same bits" | "close" | { differs: string };

const worse = (a: Verdict, b: Verdict): Verdict => (typeof a === "object" || b === "same bits" ? a : b);
const differs = (text: string): Verdict => ({ differs: text });

function closeNumbers(a: number, b: number, scale: number, tolerance: number): Verdict {
  if (Object.is(a, b)) return "same bits";
  if (a === b) return "close"; // zeros of other sign
  if (Math.abs(a - b) <= tolerance * Math.max(scale, Math.abs(b))) return "close";
  return differs(`expected ${b}, got ${a}`);
}

function numbers(tensor: Tensor): number[] {
  const values = tensor.detach().reshape(-1).toArray() as (number | boolean | Complex)[]; // one dimension
  return values.flatMap((value) => (typeof value === "object" ? [value.re, value.im] : [Number(value)]));
}

function compareIntegers(got: Tensor, expected: Tensor): Verdict {
  const [a, b] = [got, expected].map((tensor) => String(tensor.toBigIntArray()));
  return a === b ? "same bits" : differs(`expected ${b}, got ${a}`);
}

function compareNumbers(got: Tensor, expected: Tensor, dtype: DType): Verdict {
  if (dtype === "int64" || dtype === "uint64") return compareIntegers(got, expected);
  const [x, y] = [numbers(got), numbers(expected)];
  // Sums that cancel are exact to the size of what was summed: elements are measured by the largest.
  const scale = y.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const tolerance = tolerances[dtype] ?? usual;
  let verdict: Verdict = "same bits";
  for (let i = 0; i < y.length && typeof verdict === "string"; i++) {
    verdict = worse(verdict, closeNumbers(x[i] as number, y[i] as number, scale, tolerance)); // of one length
  }
  return verdict;
}

function comparePart(got: Tensor, expected: Tensor): Verdict {
  if (got.shape.join() !== expected.shape.join())
    return differs(`expected shape [${expected.shape}], got [${got.shape}]`);
  if (got.dtype !== expected.dtype) return differs(`expected dtype ${expected.dtype}, got ${got.dtype}`);
  return compareNumbers(got, expected, expected.dtype);
}

function compareTensor(got: unknown, about: RecordedTensor, maker: ArgumentMaker, valuesCount: boolean): Verdict {
  if (!(got instanceof Tensor)) return differs(`expected a tensor, got ${String(got)}`);
  const shape = got.shape.join();
  if (shape !== about.shape.join()) return differs(`expected shape [${about.shape}], got [${shape}]`);
  if (got.dtype !== about.dtype) return differs(`expected dtype ${about.dtype}, got ${got.dtype}`);
  if (about.meta || !valuesCount) return "same bits";
  const layout = about.layout ?? "strided";
  if (got.layout !== layout) return differs(`expected layout ${layout}, got ${got.layout}`);
  const expected = maker.tensor(about);
  if (about.values === undefined) return comparePart(got.resolveConj().resolveNeg(), expected);
  if (layout === "strided") return comparePart(got.dequantize(), expected.dequantize());
  return comparePart(got.toDense(), expected.toDense());
}

/** Compares a result with the recorded one, whose tensors are on `storages`. */
export function compare(
  got: unknown,
  expected: RecordedValue,
  storages: readonly string[],
  valuesCount = true,
): Verdict {
  const maker = new ArgumentMaker(storages);
  const walk = (a: unknown, b: RecordedValue): Verdict => {
    if (Array.isArray(b)) {
      if (!Array.isArray(a) || a.length !== b.length) return differs(`expected ${b.length} results, got ${String(a)}`);
      return b.map((item, i) => walk(a[i], item)).reduce(worse, "same bits");
    }
    if (isRecordedTensor(b)) return compareTensor(a, b, maker, valuesCount);
    if (typeof b === "object" && b !== null && "f" in b) {
      const wanted = recordedFloat(b.f);
      return typeof a === "number"
        ? closeNumbers(a, wanted, 0, usual)
        : differs(`expected ${wanted}, got ${String(a)}`);
    }
    const wanted = maker.value(b);
    const equal = JSON.stringify(a, bigints) === JSON.stringify(wanted, bigints);
    return equal || (b === null && a === undefined)
      ? "same bits"
      : differs(`expected ${String(wanted)}, got ${String(a)}`);
  };
  return walk(got, expected);
}

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
