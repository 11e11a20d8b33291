import { type FontWeight, textWidth } from "./font.js";

const ellipsis = "…";

/** Shortens a line from its end until it is at most `maxWidth` pixels wide, marking the cut with an ellipsis. */
export function truncate(text: string, maxWidth: number, size: number, weight: FontWeight = "regular"): string {
  if (textWidth(text, size, weight) <= maxWidth) return text;
  const chars = [...text];
  while (chars.length > 0 && textWidth(chars.join("").trimEnd() + ellipsis, size, weight) > maxWidth) chars.pop();
  return chars.join("").trimEnd() + ellipsis;
}

/**
 * Breaks a text into lines at most `maxWidth` pixels wide: at given line ends, then at spaces, underscores, hyphens and
 * slashes, then within words. What does not fit into `maxLines` is cut off with an ellipsis.
 */
export function wrap(
  text: string,
  maxWidth: number,
  size: number,
  { maxLines = Number.POSITIVE_INFINITY, weight = "regular" }: { maxLines?: number; weight?: FontWeight } = {},
): string[] {
  const fits = (line: string) => textWidth(line.trimEnd(), size, weight) <= maxWidth;
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const piece of paragraph.match(/[^\s_\-/]*[\s_\-/]?/g) ?? []) {
      if (piece === "") continue;
      if (line !== "" && !fits(line + piece)) {
        lines.push(line.trimEnd());
        line = "";
      }
      line += piece;
      while (!fits(line) && line.length > 1) {
        const head = longestHead(line, fits);
        lines.push(head);
        line = line.slice(head.length);
      }
    }
    if (line !== "" || paragraph === "") lines.push(line.trimEnd());
  }
  if (lines.length <= maxLines) return lines;
  const last = lines.slice(maxLines - 1).join(" ");
  return [...lines.slice(0, maxLines - 1), truncate(last, maxWidth, size, weight)];
}

/** The longest beginning of a line that fits, at least one character. */
function longestHead(line: string, fits: (text: string) => boolean): string {
  const chars = [...line];
  while (chars.length > 1 && !fits(chars.join(""))) chars.pop();
  return chars.join("");
}
