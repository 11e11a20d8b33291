/**
 * The only file that loads the addon: it finds libtorch, opens it, and hands out the addon's functions.
 *
 * The functions exchange numbers through one shared `Float64Array`, the packed buffer (`packed`), because crossing into
 * native code is cheap while reading JavaScript arrays and objects there is not.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { builtVersion, explainMissing, findLibtorch } from "../scripts/find-libtorch.mjs";
import { packageRoot } from "./package-root.js";

/** What a failed native call left behind. */
export interface NativeFailure {
  kind?: string;
  message?: string;
  trace?: string;
  /** A JavaScript exception thrown by a callback that native code ran. */
  exception?: unknown;
}

/** The addon's functions; their protocol is described beside each in `binding/`. */
export interface Native {
  useBuffer(buffer: Float64Array): void;
  takeFailure(): NativeFailure | undefined;
  counters(resetPeak?: boolean): void;
  giveBackFreed(): void;
  bytesInUse(): number;
  onPressure(collect: () => void): void;
  onWarning(take: (message: string) => void): void;
  manualSeed(seed: bigint): void;
  initialSeed(): bigint;
  rngState(): void;
  setRngState(handle: number): void;
  threads(count?: number): number;
  versions(): { built: string; config: string; cuda: boolean };

  cudaDevices(): number;
  cudaProblem(): string;
  cudaProperties(device: number): object;
  cudaDevice(index?: number): void;
  cudaSynchronize(device: number): void;
  cudaStream(kind: 0 | 1 | 2, device: number, priority: number): void;
  cudaSetStream(device: number, id: number): void;
  cudaStreamDone(device: number, id: number): void;
  cudaStreamWait(device: number, id: number): void;
  cudaRecordStream(handle: number, device: number, id: number): void;
  cudaEvent(timing: boolean): void;
  cudaEventRelease(event: number): void;
  cudaEventRecord(event: number, device: number, id: number): void;
  cudaEventBlock(event: number, device: number, id: number): void;
  cudaEventDone(event: number): void;
  cudaEventWait(event: number): void;
  cudaEventWaitAsync(event: number): Promise<void>;
  cudaEventElapsed(from: number, to: number): void;
  cudaMemory(device: number): void;
  cudaResetPeaks(device: number): void;
  cudaFreeAndTotal(device: number): void;
  cudaEmptyCache(): void;

  flag(name: string, on?: boolean): void;
  deterministic(on?: boolean, warnOnly?: boolean): void;
  matmulPrecision(name?: string): void;

  call(strings?: string[]): string[] | undefined;
  describeOp(name: string): string;
  opNames(): string[];
  loadOpLibrary(path: string): void;

  track(object: object, handle: number): void;
  release(count: number): void;
  alive(count: number): void;
  alias(handle: number): void;
  toTransfer(handle: number): void;
  fromTransfer(handle: number): void;
  select(handle: number, count: number): void;
  describe(handle: number): void;
  shape(handle: number): void;
  strides(handle: number): void;
  item(handle: number): void;
  fromMemory(array: NodeJS.TypedArray, dtype: number, copyAs: number): void;
  memory(handle: number): ArrayBuffer;

  backward(): void;
  backwardElsewhere(on: boolean): void;
  grad(): void;
  gradients(): void;
  clearGradients(): void;
  setGradient(handle: number, gradient: number): void;
  setRequiresGrad(handle: number, value: boolean): void;
  setData(handle: number, source: number): void;
  gradFn(handle: number): string;
  gradMode(on?: boolean): boolean;
  inferenceMode(body: () => void): void;
  registerHook(handle: number, hook: () => void): number;
  registerNodeHook(handle: number, hook: () => void): void;
  removeHook(handle: number, position: number): void;
  attach(name: string, backward: () => void): void;

  autocastState(device: string): void;
  setAutocast(device: string, enabled: boolean, dtype: number, cached: boolean): void;
  autocastNesting(by: 1 | -1): number;

  dualLevel(level?: number): number;
  vmapPush(size: number, randomness: number): number;
  vmapPop(): void;
  vmapAdd(handle: number, dim: number, level: number): void;
  vmapRemove(handle: number, level: number, size: number, outDim: number): void;

  packageLoad(path: string, model: string, device: number): { id: number; inputs: string; outputs: string };
  packageRelease(id: number): void;
  packageLacking(instructionSets: string): string;

  scriptLoad(path: string, device: string): number;
  scriptRelease(id: number): void;
  scriptTrain(id: number, on: boolean): void;
  scriptState(id: number): {
    methods: string[];
    parameters: [name: string, handle: number][];
    buffers: [name: string, handle: number][];
  };
}

const require = createRequire(import.meta.url);

/** The folder that holds the addon's two files: built here, or the prebuilt one for this platform. */
function findAddon(): string {
  const nodeGypBuild = require("node-gyp-build") as { resolve(folder: string): string };
  try {
    return dirname(nodeGypBuild.resolve(packageRoot));
  } catch (cause) {
    throw new Error(
      `fastai-ts: expected the native addon in ${join(packageRoot, "build/Release")} or ${join(packageRoot, "prebuilds")}, found none ` +
        `for ${process.platform}-${process.arch}. Build it with: npm run build:addon`,
      { cause },
    );
  }
}

/** What the loader said of libtorch's part for CUDA: nothing ("") when it was opened, null where there is none. */
export let cudaLibraryProblem: string | null = null;

function openLibtorch(folder: string): void {
  const search = findLibtorch({ builtFor: builtVersion(folder) });
  if (search.found === null) throw new Error(explainMissing(search));
  const loader = require(join(folder, "fastai_loader.node")) as { open(path: string): string };
  const lib = join(search.found.dir, "lib");
  for (const name of ["libc10.so", "libtorch_cpu.so", "libtorch_cuda.so"]) {
    const path = join(lib, name);
    if (!existsSync(path)) continue;
    const problem = loader.open(path);
    if (name === "libtorch_cuda.so") cudaLibraryProblem = problem;
    else if (problem !== "") {
      throw new Error(`fastai-ts: ${path} cannot be opened: ${problem}. Run: npx fastai-ts doctor`);
    }
  }
}

/**
 * NOTE [ waiting threads ] libgomp's idle threads spin for milliseconds after each parallel operation unless told otherwise
 * when it is loaded, and so take the cores from threads that decode images, and from other programs: measured on two cores
 * with a load of 5 to 7 (2026-11), an epoch of xresnet18 on 768 photos took 66 and 76 s with that, 15 and 24 s without any
 * spinning. But waking a sleeping thread costs more than an operation of microseconds. On two idle cores, by spin count:
 *   step of a 32-64-32-2 network   0: 2,770 us    2,000: 450 us    20,000: 341 us    libgomp's own 300,000: 420 us
 *   epoch of xresnet18, 800 photos 0: 14.4 s      5,000: 11.7 s    20,000: 9.6 s     300,000: 8.9 s
 * So threads spin for some tens of microseconds, then sleep. `OMP_WAIT_POLICY` or `GOMP_SPINCOUNT` in the environment have
 * the last word.
 */
const spinCount = "20000";

function withShortSpinning<T>(body: () => T): T {
  const { env } = process;
  if (env.OMP_WAIT_POLICY !== undefined || env.GOMP_SPINCOUNT !== undefined) return body();
  env.GOMP_SPINCOUNT = spinCount;
  try {
    return body();
  } finally {
    delete env.GOMP_SPINCOUNT; // child processes are none of its business
  }
}

/** The folder of the addon's files. */
export const addonFolder = findAddon();

function load(): Native {
  const folder = addonFolder;
  withShortSpinning(() => openLibtorch(folder));
  const addon = { exports: {} };
  process.dlopen(addon, join(folder, "fastai_torch.node"), constants.dlopen.RTLD_NOW);
  return addon.exports as Native; // the addon's interface is the table in binding/
}

/** The addon. */
export const native: Native = load();

/** The packed buffer. Its last element always holds the bytes in use after a call of an operator. */
export let packed = new Float64Array(8192);
native.useBuffer(packed);

/** Makes room for `count` numbers. Results that did not fit the buffer before are in it afterwards. */
export function growPacked(count: number): void {
  if (!(count + 1 > packed.length)) return; // NaN must not make an empty buffer
  packed = new Float64Array(Math.max(count + 1, packed.length * 2));
  native.useBuffer(packed);
}

/** The same for arguments that are half written: what the buffer holds stays. */
export function growPackedKeeping(count: number): void {
  if (count + 1 <= packed.length) return;
  const before = packed;
  growPacked(count);
  packed.set(before);
}
