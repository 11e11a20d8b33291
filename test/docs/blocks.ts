import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A TypeScript code block of a page. */
export interface Block {
  /** Path of the page from the root, such as "docs/tensors.md". */
  page: string;
  /** Line of its first line of code, counted from 1. */
  line: number;
  code: string;
  /** False for a block marked `no-run`: it needs a network or much time, so it is only type-checked. */
  runs: boolean;
}

/** Every block marked `ts` in README.md and docs/. */
export function readBlocks(root: string): Block[] {
  const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...pages.map((name) => `docs/${name}`)].flatMap((page) =>
    pageBlocks(page, readFileSync(join(root, page), "utf8")),
  );
}

function pageBlocks(page: string, text: string): Block[] {
  const found = text.matchAll(/^```ts(?: (no-run))?\n([\s\S]*?)^```$/gm);
  return [...found].map((match) => ({
    page,
    line: text.slice(0, match.index).split("\n").length + 1,
    code: match[2] ?? "",
    runs: match[1] !== "no-run",
  }));
}
