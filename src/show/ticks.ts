/** Round values (1, 2, 2.5 or 5 times a power of ten) inside [low, high], about `count` of them. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  if (!(high > low)) return [low];
  const step = niceStep((high - low) / Math.max(1, count));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const digits = Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(step))));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  const nice = lead < 1.5 ? 1 : lead < 2.25 ? 2 : lead < 3.5 ? 2.5 : lead < 7 ? 5 : 10;
  return nice * power;
}

/** Ticks of a logarithmic axis: powers of ten; 2 and 5 times them too where only few powers lie inside. */
export function logTicks(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const inside = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const decades = powers.map((p) => Number(`1e${p}`)).filter(inside);
  if (decades.length > 9) return decades.filter((_, i) => i % Math.ceil(decades.length / 8) === 0);
  if (decades.length >= 3) return decades;
  const finer = powers.flatMap((p) => [1, 2, 5].map((m) => Number(`${m}e${p}`))).filter(inside);
  return finer.length >= 2 ? finer : niceTicks(low, high);
}

/** A number for an axis or a label: at most `digits` significant digits, powers of ten for the very large and small. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
    return `${minus(String(Number(mantissa)))}e${minus(String(Number(exponent)))}`;
  }
  return minus(String(Number(value.toPrecision(Math.max(digits, Math.ceil(Math.log10(size + 1)))))));
}

function minus(text: string): string {
  return text.replace("-", "−");
}
