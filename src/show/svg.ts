import { type FontWeight, fontFamily } from "./font.js";
import { theme } from "./theme.js";

/** Attribute values of an SVG element; undefined ones are left out. */
export type SvgAttributes = Record<string, string | number | undefined>;

/** Escapes a text for XML and drops the control characters that XML cannot hold. */
export function escapeXml(text: string): string {
  const clean = [...text].filter((char) => xmlHolds(char.codePointAt(0) ?? 0)).join("");
  return clean.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function xmlHolds(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code !== 0xfffe && code !== 0xffff && !(code >= 0xd800 && code <= 0xdfff); // lone surrogates
}

/** A coordinate with at most two decimals. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** One SVG element with its children, which are SVG themselves. */
export function el(name: string, attributes: SvgAttributes, ...children: string[]): string {
  const attrs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? px(value) : escapeXml(String(value))}"`)
    .join("");
  return children.length === 0 ? `<${name}${attrs}/>` : `<${name}${attrs}>${children.join("")}</${name}>`;
}

/** How a line of text is drawn. `y` is the baseline. */
export interface TextStyle {
  x: number;
  y: number;
  /** Font size in pixels. Default 12. */
  size?: number;
  weight?: FontWeight;
  /** Which point of the text lies at x. Default "start". */
  anchor?: "start" | "middle" | "end";
  color?: string;
  /** Turn in degrees about (x, y), clockwise. Default 0. */
  rotate?: number;
}

/** One line of text. */
export function textEl(text: string, style: TextStyle): string {
  const { x, y, size = 12, weight = "regular", anchor = "start", color = theme.ink, rotate = 0 } = style;
  const attributes = {
    x,
    y,
    fill: color,
    "font-size": size,
    "font-family": fontFamily,
    "font-weight": weight === "bold" ? 600 : undefined,
    "text-anchor": anchor === "start" ? undefined : anchor,
    transform: rotate === 0 ? undefined : `rotate(${px(rotate)} ${px(x)} ${px(y)})`,
    "xml:space": "preserve",
  };
  return el("text", attributes, escapeXml(text));
}
