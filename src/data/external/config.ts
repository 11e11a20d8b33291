/** Where downloaded data lies: fastai's own folders, so that both share one copy. Source: EXT-1. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Folders by what they hold. */
export interface FastaiConfig {
  /** Unpacked datasets. */
  readonly data: string;
  /** Downloaded archives. */
  readonly archive: string;
  /** Scratch space. */
  readonly storage: string;
  /** Downloaded models. */
  readonly model: string;
}

const defaults: FastaiConfig = { data: "data", archive: "archive", storage: "tmp", model: "models" };

function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** The folder that holds everything: the variable FASTAI_HOME, else ~/.fastai. */
function fastaiHome(): string {
  return expandHome(process.env.FASTAI_HOME || "~/.fastai");
}

function parseIni(text: string): Record<string, string> {
  const pairs = text.split(/\r?\n/).map((line) => /^\s*([^#;[\]=\s]+)\s*=\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(pairs.flatMap((pair) => (pair?.[1] && pair[2] ? [[pair[1], pair[2]]] : [])));
}

/** The folders that config.ini in the fastai home names; those it does not name lie in the home folder. Source: EXT-1. */
export async function fastaiConfig(base: string = fastaiHome()): Promise<FastaiConfig> {
  const text = await readFile(join(base, "config.ini"), "utf8").catch(() => "");
  const given = parseIni(text);
  const resolve = (key: keyof FastaiConfig): string => {
    const path = expandHome(given[key] ?? defaults[key]);
    return isAbsolute(path) ? path : join(base, path);
  };
  return { data: resolve("data"), archive: resolve("archive"), storage: resolve("storage"), model: resolve("model") };
}

/** One of the folders. Source: fastai `fastai_path`. */
export async function fastaiPath(folder: keyof FastaiConfig): Promise<string> {
  return (await fastaiConfig())[folder];
}
