/** The libtorch release this package is pinned to. */
export declare const LIBTORCH_VERSION: string;

/** Where a libtorch was looked for, in search order. */
export type LibtorchSource = "LIBTORCH" | "platform package" | "cache" | "python";

/** A libtorch that can be used. */
export interface Libtorch {
  /** The folder that holds `lib/` (and `include/`, unless it came with a platform package). */
  dir: string;
  /** Three numbers, such as "2.13.0". */
  version: string;
  /** "cpu", "cu130", ...; "unknown" when nothing in the folder tells. */
  flavour: string;
  source: LibtorchSource;
  /** Whether the headers needed for building the addon are there. */
  hasHeaders: boolean;
}

/** One place that was looked at, and what was there. */
export interface Attempt {
  source: LibtorchSource;
  /** The folder, or the command that was asked. */
  place: string;
  /** "used", or why not. */
  outcome: string;
}

/** What a search gave. */
export interface LibtorchSearch {
  found: Libtorch | null;
  tried: Attempt[];
}

export interface FindLibtorchOptions {
  /** The version an existing addon was built for ("2.13.0"); only its release (2.13) is accepted then. */
  builtFor?: string;
  /** Skip what has no headers. Default false. */
  needHeaders?: boolean;
  /** Environment to read. Default `process.env`. */
  env?: Record<string, string | undefined>;
}

/**
 * Looks for libtorch: the `LIBTORCH` variable, the platform package, the per-user cache, an installed Python torch.
 * A set `LIBTORCH` is final: when it does not fit, nothing else is tried.
 */
export declare function findLibtorch(options?: FindLibtorchOptions): LibtorchSearch;

/** One message for a search that found nothing: every place tried, and the command that mends it. */
export declare function explainMissing(search: LibtorchSearch): string;

/** The folder that holds one libtorch per `<version>-<flavour>`. */
export declare function libtorchCache(env?: Record<string, string | undefined>): string;

/** The torch of the Python on the PATH, found without importing it. */
export declare function pythonTorch(env?: Record<string, string | undefined>): {
  place: string;
  dir?: string;
  outcome?: string;
};

/** The version the addon in this folder was built for, or undefined when nothing tells. */
export declare function builtVersion(addonDir: string): string | undefined;

/** What a folder holds: a libtorch, or the reason why it is none. */
export declare function inspectLibtorch(dir: string): {
  version?: string;
  flavour: string;
  hasHeaders: boolean;
  problem?: string;
};

/** Whether this machine has an NVIDIA driver loaded. */
export declare function hasGpu(): boolean;
