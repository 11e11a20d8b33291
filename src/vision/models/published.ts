import type { PthValue } from "../../torch/index.js";
import { imagenetStats } from "../stats.js";
import { type ArchMeta, defaultMeta } from "./arch.js";
import type { Splitter } from "./split.js";

/** Facts that differ from the default. */
export type MetaFacts = Partial<Pick<ArchMeta, "cut" | "split" | "stats">> & {
  /** What a key of the published file is called here. */
  readonly renamed?: (key: string) => string;
};

/**
 * torchvision's best published weights of an architecture, trained on ImageNet: the digits in the file's name begin its
 * SHA-256. Source: VLN-5, VLN-12.
 */
export function published(file: string, { renamed, ...facts }: MetaFacts = {}): ArchMeta {
  const sha256 = /-([0-9a-f]{8})\.pth$/.exec(file)?.[1] ?? "";
  const url = `https://download.pytorch.org/models/${file}`;
  const convert = renamed && ((content: PthValue) => withNames(content, renamed));
  return { ...defaultMeta, stats: imagenetStats, weights: { url, sha256, ...(convert && { convert }) }, ...facts };
}

function withNames(content: PthValue, renamed: (key: string) => string): PthValue {
  if (!(content instanceof Map)) return content;
  return new Map([...content].map(([key, value]) => [typeof key === "string" ? renamed(key) : key, value]));
}

/** Where the body ends and its groups begin, as a family shares them. */
export const family = (cut: number, split: Splitter): MetaFacts => ({ cut, split });
