/** Colours of all pictures: dark ink on white, thin grey rules. */
export const theme = {
  background: "#ffffff",
  ink: "#1f2933",
  muted: "#64707d",
  grid: "#e6e9ed",
  axis: "#9aa5b1",
  marker: "#52606d",
  good: "#15803d",
  bad: "#c81e1e",
} as const;

/** Colours of the series of a chart, told apart also by people who see no red or green. */
export const palette = [
  "#2563eb",
  "#e8590c",
  "#0f9d76",
  "#a21caf",
  "#b58900",
  "#0891b2",
  "#dc2626",
  "#57606a",
] as const;

/** Colour of the i-th series; the palette repeats. */
export function seriesColor(i: number): string {
  return palette[i % palette.length] ?? palette[0];
}

// ColorBrewer's "Blues", nine classes (Apache-2.0), light to dark.
const blues = ["#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b"].map(
  rgbOf,
);

function rgbOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A colour of the Blues ramp. `pct` 0 (near white) to 1 (dark); what lies outside is clamped. */
export function bluesAt(pct: number): string {
  const at = Math.min(1, Math.max(0, pct)) * (blues.length - 1);
  const low = blues[Math.floor(at)] ?? [0, 0, 0];
  const high = blues[Math.ceil(at)] ?? low;
  const mixed = low.map((value, i) => Math.round(value + ((high[i] ?? value) - value) * (at - Math.floor(at))));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Ink or white, whichever reads better on a colour. */
export function inkOn(color: string): string {
  const [r, g, b] = rgbOf(color);
  return 0.299 * r + 0.587 * g + 0.114 * b > 150 ? theme.ink : "#ffffff";
}
