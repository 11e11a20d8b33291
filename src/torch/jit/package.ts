/** AOTInductor packages: models that PyTorch compiled to machine code ahead of time. */
import * as z from "zod";
import { native, packed } from "../../native.js";
import { describeValue } from "../checks.js";
import { isPlainObject, isTensor } from "../containers.js";
import { unavailableReason } from "../cuda/devices.js";
import type { Device } from "../dtype.js";
import { checkOptions, DeviceError, FileFormatError, OptionError, ValueError } from "../errors.js";
import { failure } from "../native-call.js";
import { Module } from "../nn/module.js";
import type { OpResult } from "../op-call.js";
import { type OpCall, ops } from "../ops.js";
import { openBytes } from "../serialization/byte-source.js";
import { readZip, unpack, verify, type ZipFileEntry } from "../serialization/zip-entries.js";
import type { Tensor } from "../tensor.js";
import { flatten, parseTreeSpec, type TreeSpec, unflatten } from "./tree-spec.js";

/** Options of {@link loadPackage}. */
export interface LoadPackageOptions {
  /** That the file may run: a package is machine code, which does what its maker wants. Required. */
  trusted: true;
  /** Which of the package's models. Default: `"model"`, the name that Python gives one by itself. */
  model?: string;
  /** Where a package for CUDA runs. Default: the device it was compiled for, the current one of its kind. */
  device?: Device;
}

const metadataEnding = "_metadata.json";
const metadataOf = z.record(z.string(), z.string());
const platforms: Record<string, string> = { linux: "linux", darwin: "darwin", win32: "windows" };
const machines: Record<string, readonly string[]> = { x64: ["x86_64", "AMD64"], arm64: ["aarch64", "arm64"] };

const finished = new FinalizationRegistry<number>((id) => native.packageRelease(id));

/**
 * A compiled model: its weights, shapes and device are built in, there is nothing to train. It is called as in Python:
 * arguments nested as in the call that was exported, those with names in an object at the end, results nested as they
 * were there (dictionaries are Maps). What was no tensor when the model was exported is compiled in and passed over.
 */
export class PackageModule<Out extends OpResult = Tensor> extends Module<unknown[], Out> {
  readonly #where: string;
  readonly #run: OpCall;
  readonly #positions: TreeSpec;
  readonly #names: TreeSpec & { readonly kind: "dict" };
  readonly #outputs: TreeSpec;
  /** What the compiler noted: `AOTI_DEVICE_KEY`, `AOTI_CPU_ISA` and what the user added (`aot_inductor.metadata`). */
  readonly metadata: ReadonlyMap<string, string>;

  /** @internal */
  constructor(path: string, metadata: ReadonlyMap<string, string>, loaded: ReturnType<typeof native.packageLoad>) {
    super();
    this.#where = `jit.loadPackage(${path})`;
    this.#run = ops[`fastai_package_${loaded.id}`]?.run as OpCall; // registered by packageLoad
    finished.register(this, loaded.id);
    const inputs = parseTreeSpec(loaded.inputs, this.#where);
    const [positions, names] = inputs.kind === "list" ? inputs.items : [];
    if (!positions || names?.kind !== "dict") {
      throw new FileFormatError(`${this.#where}: expected a model called with arguments and names, got another.`);
    }
    this.#positions = positions;
    this.#names = names;
    this.#outputs = parseTreeSpec(loaded.outputs, this.#where);
    this.metadata = metadata;
  }

  /**
   * Runs the model, without gradients. Throws `ValueError` for arguments that are nested otherwise than those that were
   * exported, `ShapeError`, `DtypeError` and `DeviceError` for tensors that the model was not compiled for (shapes may
   * vary as far as they were exported as dynamic; strides count as shapes).
   */
  override forward(...args: unknown[]): Out {
    const names = this.#names.items.size > 0 && isPlainObject(args.at(-1)) ? args.pop() : {};
    const inputs = [
      ...flatten(this.#positions, args, `${this.#where}: arguments`),
      ...flatten(this.#names, names, `${this.#where}: named arguments`),
    ];
    const results = this.#run<Tensor[]>(inputs.filter(isTensor));
    return unflatten(this.#outputs, results.values()) as Out; // the caller's word
  }
}

/**
 * Loads a model from a package that `torch._inductor.aoti_compile_and_package` wrote (`.pt2`).
 *
 * A package is machine code, and opening it runs it: open what you made, or whose maker you trust as you trust the maker
 * of an npm package, and say so with `trusted: true`. From anybody else take weights (`loadSafetensors`). It is unpacked
 * to the system's folder for temporary files, until the model is collected or the thread ends.
 *
 * Throws `OptionError` without `trusted: true`, `FileFormatError` for a file that is no package or has no such model,
 * `DeviceError` for one compiled for another processor, system or device than this one.
 *
 * @example
 * const model = await jit.loadPackage("net.pt2", { trusted: true });
 * const scores = model(x);
 */
export async function loadPackage<Out extends OpResult = Tensor>(
  path: string,
  options: LoadPackageOptions,
): Promise<PackageModule<Out>> {
  const where = `jit.loadPackage(${path})`;
  checkOptions("jit.loadPackage", options, ["trusted", "model", "device"]);
  if (options?.trusted !== true) {
    throw new OptionError(
      `${where}: expected { trusted: true }, got ${describeValue(options?.trusted)}. A package is machine code, which runs ` +
        "when it is opened: say that you trust this one, or load weights with loadSafetensors.",
    );
  }
  const model = options.model ?? "model";
  const metadata = await readMetadata(where, path, model);
  const index = deviceIndex(where, metadata, options.device);
  packed[0] = 0;
  const loaded = native.packageLoad(path, model, index);
  if (packed[0] !== -1) return new PackageModule(path, metadata, loaded);
  const error = failure("jit.loadPackage", []);
  throw new FileFormatError(`${where}: expected a package that loads, got: ${error.message.split("\n")[0]}`, {
    cause: error,
  });
}

// Read before anything of the file runs: instructions that the processor lacks would end the process.
async function readMetadata(where: string, path: string, model: string): Promise<Map<string, string>> {
  const entries = readZip(await openBytes(where, path), where);
  const models = [...entries.keys()].flatMap((name) => /(?:^|\/)data\/aotinductor\/([^/]+)\//.exec(name)?.[1] ?? []);
  if (!models.includes(model)) {
    const got = models.length > 0 ? `one with ${[...new Set(models)].join(", ")}` : "a zip file without any";
    throw new FileFormatError(`${where}: expected a package of AOTInductor with the model "${model}", got ${got}.`);
  }
  const folder = `data/aotinductor/${model}/`;
  const parts = [...entries.values()].filter(({ name }) => name.includes(folder));
  for (const part of parts) verify(part, where); // the loader of libraries trusts what it maps
  const notes = parts.filter(({ name }) => name.endsWith(metadataEnding));
  const metadata = new Map(notes.flatMap((entry) => Object.entries(parseMetadata(entry, where))));
  checkMachine(where, metadata);
  return metadata;
}

function parseMetadata(entry: ZipFileEntry, where: string): Record<string, string> {
  const content = unpack(entry, where);
  try {
    return metadataOf.parse(JSON.parse(new TextDecoder().decode(content.bytes(0, content.size))));
  } catch (cause) {
    throw new FileFormatError(`${where}: expected texts by name in ${entry.name}, got something else.`, { cause });
  }
}

function checkMachine(where: string, metadata: ReadonlyMap<string, string>): void {
  const platform = metadata.get("AOTI_PLATFORM");
  const machine = metadata.get("AOTI_MACHINE");
  const here = `${process.platform}-${process.arch}`;
  const other =
    (platform !== undefined && platform !== platforms[process.platform]) ||
    (machine !== undefined && machines[process.arch]?.includes(machine) === false);
  if (other) {
    throw new DeviceError(
      `${where}: expected a package for ${here}, got one for ${platform} on ${machine}. Compile it anew.`,
    );
  }
  const lacking = native.packageLacking(metadata.get("AOTI_CPU_ISA") ?? "");
  if (lacking === "") return;
  throw new DeviceError(
    `${where}: expected instructions that this processor has, got a package that uses ${lacking}. Compile it on a machine ` +
      "like this one, or there with ATEN_CPU_CAPABILITY=avx2.",
  );
}

function deviceIndex(where: string, metadata: ReadonlyMap<string, string>, device: Device | undefined): number {
  const key = metadata.get("AOTI_DEVICE_KEY") ?? "cpu";
  const [type = "", index = "-1"] = (device ?? key).split(":");
  if (type !== key) {
    throw new ValueError(
      `${where}: expected a device of the kind "${key}", which it was compiled for, got "${device}".`,
    );
  }
  const reason = key === "cuda" ? unavailableReason() : null;
  if (reason === null) return Number(index);
  throw new DeviceError(`${where}: expected a CUDA device, which the package was compiled for, got none: ${reason}.`);
}
