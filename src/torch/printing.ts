/** Printing as PyTorch prints: 4 digits, at most 1000 values, 3 at each edge, lines of 80 columns. */
import { isComplex, isFloatingPoint, isQuantized } from "./dtype.js";
import { at } from "./indexing.js";
import { opFunction } from "./op-callable.js";
import { scope } from "./scope.js";
import type { Tensor } from "./tensor.js";
import { flatValues } from "./to-array.js";

const precision = 4;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;
const cat = opFunction("aten::cat");

type Value = ReturnType<typeof flatValues>[number];
type Formatter = (value: Value) => string;

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return undefined;
}

function scientific(value: number): string {
  const [mantissa = "", exponent = "+0"] = value.toExponential(precision).split("e");
  const sign = exponent.startsWith("-") ? "-" : "+";
  return `${mantissa}e${sign}${exponent.replace(/^[+-]/, "").padStart(2, "0")}`;
}

/** How a set of real numbers is written: integers with a point, fixed, or scientific. */
function floatStyle(values: readonly number[]): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  if (finite.length === 0) return (value) => special(value) ?? `${Object.is(value, -0) ? "-" : ""}0.`;
  const max = Math.max(...finite);
  const min = Math.min(...finite);
  const whole = finite.every(Number.isInteger);
  const large = max / min > 1000 || max > 1e8;
  if (whole ? large : large || min < 1e-4) return (value) => special(value) ?? scientific(value);
  if (whole) return (value) => special(value) ?? `${Object.is(value, -0) ? "-0" : value.toFixed(0)}.`;
  return (value) => special(value) ?? `${Object.is(value, -0) ? "-" : ""}${value.toFixed(precision)}`;
}

function formatterOf(tensor: Tensor, values: readonly Value[]): Formatter {
  if (tensor.dtype === "bool") {
    const width = values.some((value) => value === false) ? 5 : 4;
    return (value) => (value ? "True" : "False").padStart(width);
  }
  if (isComplex(tensor.dtype)) return complexFormatter(values as readonly { re: number; im: number }[]); // by dtype
  const style = isFloatingPoint(tensor.dtype)
    ? floatStyle(values as readonly number[]) // by dtype
    : (value: number) => String(value);
  // As in PyTorch, zeros, infinities and NaN do not widen a column of floats.
  const widening = isFloatingPoint(tensor.dtype)
    ? values.filter((value) => value !== 0 && Number.isFinite(value))
    : values;
  const texts = widening.map((value) => style(value as number)); // integers and floats only
  const width = texts.reduce((longest, text) => Math.max(longest, text.length), 1);
  return (value) => style(value as number).padStart(width); // same
}

function complexFormatter(values: readonly { re: number; im: number }[]): Formatter {
  const re = floatStyle(values.map((value) => value.re));
  const im = floatStyle(values.map((value) => value.im));
  const width = values.reduce((longest, value) => Math.max(longest, re(value.re).length), 1);
  return (value) => {
    const one = value as { re: number; im: number }; // complex dtype
    return `${re(one.re).padStart(width)}${one.im < 0 ? "-" : "+"}${im(Math.abs(one.im))}j`;
  };
}

/** The corners that are printed of a large tensor. */
function corners(x: Tensor): Tensor {
  if (x.ndim === 0) return x;
  const size = x.size(0);
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => corners(at(x, [from + i])));
  const kept = size > 2 * edgeItems ? [...rows(0, edgeItems), ...rows(size - edgeItems, size)] : rows(0, size);
  if (kept.length === 0) return x;
  return cat(
    kept.map((row) => row.unsqueeze(0)),
    0,
  ) as Tensor; // one tensor
}

function vector(items: string[], indent: number): string {
  const width = (items.find((item) => item !== " ...")?.length ?? 1) + 2;
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / width));
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
}

function body(x: Tensor, formatter: Formatter, summarize: boolean, indent: number): string {
  const { shape } = x;
  if (shape.length === 0) return formatter(flatValues(x)[0] as Value); // exactly one value
  const size = shape[0] ?? 0;
  const cut = summarize && size > 2 * edgeItems;
  if (shape.length === 1) {
    const texts = flatValues(x).map(formatter);
    return vector(cut ? [...texts.slice(0, edgeItems), " ...", ...texts.slice(-edgeItems)] : texts, indent);
  }
  const part = (i: number) => body(at(x, [i]), formatter, summarize, indent + 1);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => part(from + i));
  const parts = cut ? [...range(0, edgeItems), "...", ...range(size - edgeItems, size)] : range(0, size);
  return `[${parts.join(`,${"\n".repeat(shape.length - 1)}${" ".repeat(indent + 1)}`)}]`;
}

const tuple = (sizes: readonly number[]) => (sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`);

/** A suffix, by itself on a new line when it must be or when the line is full. */
function joined(text: string, parts: readonly string[], newLineFirst = false): string {
  let line = text.length - text.lastIndexOf("\n") + 1; // room for the comma and the bracket
  let result = text;
  parts.forEach((part, i) => {
    if ((newLineFirst && i === 0) || line + part.length + 2 > lineWidth) {
      result += `,\n${" ".repeat(prefix.length)}${part}`;
      line = prefix.length + part.length;
    } else {
      result += `, ${part}`;
      line += part.length + 2;
    }
  });
  return `${result})`;
}

const prefix = "tensor(";

/** The values between brackets, as they stand `indent` columns from the left. */
function values(x: Tensor, indent: number): string {
  if (x.numel() === 0) return "[]";
  const summarize = x.numel() > threshold;
  const shown = flatValues(summarize ? corners(x) : x);
  return body(x, formatterOf(x, shown), summarize, indent);
}

function dtypePart(x: Tensor): string[] {
  const { dtype } = x;
  const usual = ["float32", "int64", "bool", "complex64"].includes(dtype) && (x.numel() > 0 || dtype === "float32");
  return usual ? [] : [`dtype=torch.${dtype}`];
}

function devicePart(x: Tensor): string[] {
  return x.device === "cpu" ? [] : [`device='${x.device}'`];
}

function autogradPart(x: Tensor): string[] {
  const { gradFn } = x;
  if (gradFn !== null) return [`grad_fn=<${gradFn}>`];
  return x.requiresGrad ? ["requires_grad=True"] : [];
}

/** One of the dense tensors that a sparse tensor consists of. */
function component(name: string, x: Tensor): string {
  const size = x.numel() === 0 ? `, size=${tuple(x.shape)}` : "";
  const start = `${name}=${prefix}`;
  return `${start}${values(x, prefix.length + start.length)}${size})`;
}

type Part = (x: Tensor) => unknown;
const byRows = { crow_indices: opFunction("aten::crow_indices"), col_indices: opFunction("aten::col_indices") };
const byColumns = { ccol_indices: opFunction("aten::ccol_indices"), row_indices: opFunction("aten::row_indices") };
const compressedParts = { ...byRows, values: opFunction("aten::values", "schema", "") };
const columnParts = { ...byColumns, values: compressedParts.values };
const sparseParts: Partial<Record<string, Record<string, Part>>> = {
  sparse_coo: { indices: opFunction("aten::_indices"), values: opFunction("aten::_values") },
  sparse_csr: compressedParts,
  sparse_bsr: compressedParts,
  sparse_csc: columnParts,
  sparse_bsc: columnParts,
};

function formatSparse(x: Tensor, parts: Record<string, Part>): string {
  const inner = x.detach();
  const tensors = Object.entries(parts).map(([name, part]) => [name, part(inner) as Tensor] as const); // one tensor each
  const text = prefix + tensors.map(([name, part]) => component(name, part)).join(`,\n${" ".repeat(prefix.length)}`);
  const stored = tensors[tensors.length - 1]?.[1].size(0) ?? 0;
  const sizes = [`size=${tuple(x.shape)}`, `nnz=${stored}`];
  const suffixes = [...devicePart(x), ...sizes, ...(x.dtype === "float32" || x.dtype === "int64" ? [] : dtypePart(x))];
  return joined(text, [...suffixes, `layout=torch.${x.layout}`, ...autogradPart(x)], x.layout === "sparse_coo");
}

const dequantize = opFunction("aten::dequantize", "schema", "self");
const scheme = opFunction("aten::qscheme");
const perChannel = 1;

function quantizationParts(x: Tensor): string[] {
  const get = (name: string) => opFunction(`aten::${name}`)(x);
  if (scheme(x) !== perChannel) {
    return [
      "quantization_scheme=torch.per_tensor_affine",
      `scale=${String(get("q_scale"))}`,
      `zero_point=${String(get("q_zero_point"))}`,
    ];
  }
  return [
    "quantization_scheme=torch.per_channel_affine",
    `scale=${format(get("q_per_channel_scales") as Tensor)}`, // a tensor by the schema
    `zero_point=${format(get("q_per_channel_zero_points") as Tensor)}`, // same
    `axis=${String(get("q_per_channel_axis"))}`,
  ];
}

/** A tensor with more dimensions is printed without its values: brackets nest, and so do the calls that write them. */
const MOST_DIMENSIONS = 64;

function formatDense(x: Tensor): string {
  if (x.device === "meta" || x.ndim > MOST_DIMENSIONS) {
    return joined(`${prefix}...`, [...devicePart(x), `size=${tuple(x.shape)}`, ...dtypePart(x)]);
  }
  if (isQuantized(x.dtype)) {
    const text = prefix + values(dequantize(x) as Tensor, prefix.length); // one tensor
    return joined(text, [`size=${tuple(x.shape)}`, `dtype=torch.${x.dtype}`, ...quantizationParts(x)]);
  }
  const size = x.numel() === 0 && x.ndim !== 1 ? [`size=${tuple(x.shape)}`] : [];
  const text = prefix + values(x.detach(), prefix.length);
  return joined(text, [...devicePart(x), ...size, ...dtypePart(x), ...autogradPart(x)]);
}

/** The text PyTorch prints for a tensor. */
export function format(tensor: Tensor): string {
  return scope(() => {
    const parts = sparseParts[tensor.layout];
    return parts === undefined ? formatDense(tensor) : formatSparse(tensor, parts);
  });
}
