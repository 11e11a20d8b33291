/** Printing as PyTorch prints: 4 digits, at most 1000 values, 3 at each edge, lines of 80 columns. */
import { isComplex, isFloatingPoint } from "./dtype.js";
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
  const width = (texts: readonly string[]) => texts.reduce((longest, text) => Math.max(longest, text.length), 1);
  const reWidth = width(values.map((value) => re(value.re)));
  const imWidth = width(values.map((value) => im(Math.abs(value.im))));
  return (value) => {
    const one = value as { re: number; im: number }; // complex dtype
    const imaginary = im(Math.abs(one.im)).padEnd(imWidth - 1);
    return `${re(one.re).padStart(reWidth)}${one.im < 0 ? "-" : "+"}${imaginary}j`;
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

function suffixes(x: Tensor): string[] {
  const parts: string[] = [];
  if (x.device !== "cpu") parts.push(`device='${x.device}'`);
  const { dtype } = x;
  const usual = ["float32", "int64", "bool", "complex64"].includes(dtype) && (x.numel() > 0 || dtype === "float32");
  if (x.numel() === 0 && x.ndim !== 1) parts.push(`size=(${x.shape.join(", ")})`);
  if (!usual) parts.push(`dtype=torch.${dtype}`);
  const { gradFn } = x;
  if (gradFn !== null) parts.push(`grad_fn=<${gradFn}>`);
  else if (x.requiresGrad) parts.push("requires_grad=True");
  return parts;
}

function joined(text: string, parts: readonly string[], indent: number): string {
  let line = text.length - (text.lastIndexOf("\n") + 1);
  let result = text;
  for (const part of parts) {
    if (line + part.length + 2 + 1 > lineWidth) {
      result += `,\n${" ".repeat(indent)}${part}`;
      line = indent + part.length;
    } else {
      result += `, ${part}`;
      line += part.length + 2;
    }
  }
  return `${result})`;
}

/** The text PyTorch prints for a tensor. */
export function format(tensor: Tensor): string {
  const prefix = "tensor(";
  const parts = suffixes(tensor);
  if (tensor.device === "meta")
    return joined(`${prefix}...`, [`size=(${tensor.shape.join(", ")})`, ...parts], prefix.length);
  const text = scope(() => {
    const x = tensor.detach();
    if (x.numel() === 0) return "[]";
    const summarize = x.numel() > threshold;
    const shown = flatValues(summarize ? corners(x) : x);
    return body(x, formatterOf(x, shown), summarize, prefix.length);
  });
  return joined(prefix + text, parts, prefix.length);
}
