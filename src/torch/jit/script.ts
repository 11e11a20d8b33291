/** TorchScript programs, for inference and for training on. */
import { native, packed } from "../../native.js";
import type { Device } from "../dtype.js";
import { checkOptions, FileFormatError, TorchError, ValueError } from "../errors.js";
import { failure } from "../native-call.js";
import { membersKey } from "../nn/layout.js";
import { Module } from "../nn/module.js";
import { Buffer, Parameter } from "../nn/parameter.js";
import type { OpResult } from "../op-call.js";
import { type OpCall, ops } from "../ops.js";
import type { Tensor } from "../tensor.js";

/** Options of {@link load}. */
export interface LoadScriptOptions {
  /** Where parameters and buffers go. Default: where they were saved. */
  device?: Device;
}

/** Tensors under dotted names, as the tree of Maps that a module is made of. */
type Tree = Map<string, Tree | Parameter | Buffer>;

const finished = new FinalizationRegistry<number>((id) => native.scriptRelease(id));

function plant(tree: Tree, path: string, value: Parameter | Buffer): void {
  const names = path.split(".");
  const last = names.pop() as string; // split gives at least one
  let node = tree;
  for (const name of names) {
    const next = node.get(name);
    const inner: Tree = next instanceof Map ? next : new Map();
    if (inner !== next) node.set(name, inner);
    node = inner;
  }
  node.set(last, value);
}

/**
 * A module whose program came from a file. Called like any module; its parameters and buffers have Python's keys and are
 * the program's own, so that `to`, `loadStateDict` and training change what it computes. Its code cannot be exported by
 * this library.
 */
export class ScriptModule<Out extends OpResult = Tensor> extends Module<OpResult[], Out> {
  readonly #id: number;
  readonly #tree: Tree = new Map();
  readonly #methods: Record<string, OpCall> = {};

  /** @internal */
  constructor(id: number) {
    super();
    this.#id = id;
    const { methods, parameters, buffers } = native.scriptState(id);
    for (const [name, handle] of parameters) plant(this.#tree, name, new Parameter(handle, { requiresGrad: false }));
    for (const [name, handle] of buffers) plant(this.#tree, name, new Buffer(handle));
    const space = ops[`fastai_script_${id}`] ?? {};
    for (const name of methods) this.#methods[name] = space[name] as OpCall; // registered by load
    finished.register(this, id);
  }

  /** @internal */
  [membersKey](): Iterable<[string, unknown]> {
    return this.#tree;
  }

  /** The methods that can be called. */
  get methodNames(): string[] {
    return Object.keys(this.#methods);
  }

  override forward(...args: OpResult[]): Out {
    return this.call("forward", ...args);
  }

  /** Calls a method of the program by its name. Throws `ValueError` for one that it does not have. */
  override call<R extends OpResult = Out>(name: string, ...args: OpResult[]): R {
    const method = this.#methods[name];
    if (method) return method<R>(...args);
    throw new ValueError(
      `ScriptModule.call: expected one of the methods ${this.methodNames.join(", ")}, got "${name}".`,
    );
  }

  override train(mode = true): this {
    this.training = mode;
    native.scriptTrain(this.#id, mode);
    return this;
  }
}

/**
 * Loads a file that `torch.jit.save` wrote (`torch.jit.script` or `torch.jit.trace`).
 *
 * Such a file is a program. It runs in libtorch's interpreter, which knows tensors and control flow and no Python; programs
 * that reach for files are refused. One from a stranger may still compute for ever: where that matters use safetensors.
 *
 * Throws `FileFormatError` for a file that is no TorchScript, `ValueError` for a program that reaches for files.
 *
 * @example
 * const model = jit.load("traced.pt").eval();
 * const scores = inferenceMode(() => model(x));
 */
export function load<Out extends OpResult = Tensor>(path: string, options: LoadScriptOptions = {}): ScriptModule<Out> {
  checkOptions("jit.load", options, ["device"]);
  packed[0] = 0;
  const id = native.scriptLoad(path, options.device ?? "");
  if (packed[0] !== -1) return new ScriptModule(id);
  const error = failure("jit.load", []);
  if (!(error instanceof TorchError) || error.message.includes("reaches for files")) throw error;
  throw new FileFormatError(
    `jit.load: expected a file that torch.jit.save wrote, got ${path}, which cannot be read: ${error.message.split("\n")[0]}. ` +
      "Weights alone are read by loadPth or loadSafetensors.",
    { cause: error },
  );
}
