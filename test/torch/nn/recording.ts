/** Recordings of PyTorch's modules, made by test/parity/nn_modules.py, and playing one sample of them with ours. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type DType, linspace, manualSeed, parseSafetensors, scope, Tensor } from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";
import { compare } from "../../close.js";

type Json = null | boolean | number | string | { [key: string]: Json | undefined } | Json[];

interface Arguments {
  args: Record<string, Json>;
  required: string[];
}

/** What Python did with one module. Tensors are names in the file. */
export interface Sample {
  name: string;
  training: boolean;
  construct: Arguments;
  state: Record<string, string>;
  call: Arguments;
  repr: string;
  out: Json;
  inputGrads?: (string | null)[];
  grads?: Record<string, string>;
  after: Record<string, string>;
}

/** The samples of a file and the tensors they speak of. */
export interface Recording {
  samples: Sample[];
  tensors: ReadonlyMap<string, Tensor>;
}

/** Reads a file. */
export function readRecording(path: string): Recording {
  const tensors = parseSafetensors(gunzipSync(readFileSync(path)));
  return { samples: JSON.parse(tensors.metadata.samples ?? "[]") as Sample[], tensors };
}

/** Arguments that stand by position although Python has a default for them; all others are options. */
const positional: Record<string, string[]> = {
  Dropout: ["p"],
  Dropout1d: ["p"],
  Dropout2d: ["p"],
  Dropout3d: ["p"],
  AlphaDropout: ["p"],
  FeatureAlphaDropout: ["p"],
  LeakyReLU: ["negative_slope"],
  ELU: ["alpha"],
  CELU: ["alpha"],
  Hardshrink: ["lambd"],
  Softshrink: ["lambd"],
  PReLU: ["num_parameters"],
  Softmax: ["dim"],
  LogSoftmax: ["dim"],
  Softmin: ["dim"],
  RNN: ["input_size", "hidden_size"],
  GRU: ["input_size", "hidden_size"],
  LSTM: ["input_size", "hidden_size"],
};

/** The same for calls. */
const operands = ["hx", "output_size", "offsets", "per_sample_weights"];

const functions: Record<string, (x: Tensor) => Tensor> = { relu: (x) => x.relu(), gelu: (x) => nn.functional.gelu(x) };

class Euclid extends nn.Module<[Tensor, Tensor], Tensor> {
  forward(a: Tensor, b: Tensor): Tensor {
    return a.sub(b).pow(2).sum(-1).sqrt();
  }
}

function camel(name: string): string {
  return name.replace(/^_/, "").replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function chunkSize(options: Json): number | null {
  const record = (options as { record?: { batch_chunk_size?: number | null } } | null)?.record;
  return record ? (record.batch_chunk_size ?? 2) : null;
}

/** Makes what a sample speaks of. */
export class Player {
  /** The tensors among the inputs that want a gradient, in the order they were met. */
  readonly leaves: Tensor[] = [];

  constructor(readonly tensors: ReadonlyMap<string, Tensor>) {}

  tensor(name: string): Tensor {
    const found = this.tensors.get(name);
    if (!found) throw new Error(`the recording lacks tensor ${name}`);
    return found;
  }

  value(json: Json | undefined): unknown {
    if (json === null || json === undefined || typeof json !== "object") return json ?? null;
    if (Array.isArray(json)) return json.map((item) => this.value(item));
    if (json.list) return this.value(json.list);
    if (typeof json.tensor === "string") return this.#input(json);
    if (json.packed) {
      const [data, sizes, sorted, unsorted] = this.value(json.packed) as [Tensor, Tensor, Tensor | null, Tensor | null];
      return new nn.utils.PackedSequence(data, sizes, sorted, unsorted);
    }
    if (typeof json.dtype === "string") return json.dtype as DType; // PyTorch's words are ours
    if (typeof json.float === "string") return Number(json.float.replace("inf", "Infinity"));
    if (json.function === "Euclid") return new Euclid();
    if (typeof json.function === "string") return functions[json.function] ?? json.function;
    if (typeof json.module === "string") return this.construct(json.module, json as unknown as Arguments);
    throw new Error(`the recording has a value of unknown kind: ${JSON.stringify(json)}`);
  }

  #input(json: { [key: string]: Json | undefined }): Tensor {
    const tensor = this.tensor(json.tensor as string).clone();
    if (json.grad) this.leaves.push(tensor.requiresGrad_());
    return tensor;
  }

  #options(args: Record<string, Json>): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(args).flatMap(([name, value]) => {
        // PyTorch's object of ways to save memory in linear cross entropy; ours is the size of a chunk alone.
        if (name === "options") return [["batchChunkSize", chunkSize(value)]];
        return [[camel(name), this.value(value)]];
      }),
    );
  }

  arguments({ args, required }: Arguments, alsoPositional: readonly string[]): unknown[] {
    const isPositional = (name: string) =>
      required.includes(name) || alsoPositional.includes(name) || /^args\d$/.test(name);
    const names = Object.keys(args);
    const first = names.filter(isPositional).map((name) => this.value(args[name]));
    const rest = Object.fromEntries(names.filter((name) => !isPositional(name)).map((name) => [name, args[name]]));
    return Object.keys(rest).length > 0 ? [...first, this.#options(rest as Record<string, Json>)] : first;
  }

  construct(name: string, given: Arguments): nn.AnyModule {
    const cls = (nn as unknown as Record<string, new (...args: unknown[]) => nn.AnyModule>)[name];
    if (!cls) throw new Error("there is no such module");
    return new cls(...this.arguments(given, positional[name] ?? []));
  }
}

/** The tensors in a value, in Python's order. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof nn.utils.PackedSequence) return [value.data];
  if (value instanceof Tensor) return [value];
  return value === null || typeof value !== "object" ? [] : Object.values(value).flatMap(tensorsIn);
}

/** The outputs as one number, each element with a weight of its own. */
function weighted(outputs: Tensor[]): Tensor | undefined {
  const parts = outputs
    .filter((out) => out.requiresGrad)
    .map((out) => out.mul(linspace(0.5, 1.5, out.numel()).reshape(out.shape)).sum());
  return parts.length === 0 ? undefined : parts.reduce((a, b) => a.add(b));
}

/** Compares named tensors with those of the recording, which may leave out what stayed the same. */
function differences(
  player: Player,
  what: string,
  got: Map<string, Tensor>,
  expected: Record<string, string>,
): string[] {
  return Object.entries(expected).flatMap(([key, name]) => {
    const tensor = got.get(key);
    if (!tensor) return [`${what} ${key}: there is none`];
    const wanted = player.tensor(name);
    const problem =
      tensor.dtype === wanted.dtype
        ? compare(tensor, wanted, 1e-4, 1e-5)
        : `${tensor.dtype} instead of ${wanted.dtype}`;
    return problem === undefined ? [] : [`${what} ${key}: ${problem.slice(0, 300)}`];
  });
}

function byNumber<T>(values: readonly T[]): [string, T][] {
  return values.map((value, i) => [String(i), value]);
}

function play(sample: Sample, player: Player): string | undefined {
  const module = player.construct(sample.name, sample.construct).train(sample.training);
  module.loadStateDict(mapped(sample.state, (name) => player.tensor(name).clone()));
  player.leaves.length = 0;
  const given = player.arguments(sample.call, operands);
  manualSeed(1);
  const out = (module as unknown as (...args: unknown[]) => unknown)(...given);
  const outputs = tensorsIn(out);
  const expected = tensorNames(sample.out);
  if (outputs.length !== expected.length) return `${outputs.length} tensors instead of ${expected.length}`;
  const problems = differences(player, "output", new Map(byNumber(outputs)), Object.fromEntries(byNumber(expected)));
  weighted(outputs)?.backward();
  const dense = (tensor: Tensor) => (tensor.layout !== "strided" ? tensor.toDense() : tensor);
  const gradients = (named: [string, Tensor][]) =>
    new Map(named.flatMap(([key, { grad }]) => (grad ? [[key, dense(grad)] as const] : [])));
  const inputGrads = byNumber(sample.inputGrads ?? []).filter((entry): entry is [string, string] => entry[1] !== null);
  problems.push(
    ...differences(player, "gradient of input", gradients(byNumber(player.leaves)), Object.fromEntries(inputGrads)),
    ...differences(player, "gradient of", gradients(module.namedParameters()), sample.grads ?? {}),
    ...differences(player, "state afterwards of", module.stateDict(), sample.after),
  );
  const [text, expectedText] = [comparable(String(module)), comparable(sample.repr)];
  if (text !== expectedText) problems.push(`printed ${text} instead of ${expectedText}`);
  return problems.length > 0 ? problems.join("\n") : undefined;
}

/** A printed form without what a caller's Python may differ in: 1 or 1.0, and the options that are ours alone. */
function comparable(text: string): string {
  return text.replace(/(\d)\.0\b/g, "$1").replace(/, options=\S+\(.*\)|, options=None/g, "");
}

function mapped<T, U>(record: Record<string, T>, fn: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value)]));
}

/** The tensors of an encoded output; of a packed sequence the data alone. */
function tensorNames(json: Json | undefined): string[] {
  if (json === null || json === undefined || typeof json !== "object") return [];
  if (Array.isArray(json)) return json.flatMap(tensorNames);
  if (Array.isArray(json.packed)) return tensorNames(json.packed[0]);
  return typeof json.tensor === "string" ? [json.tensor] : tensorNames(json.list);
}

/** Plays a sample; what differs from Python, or undefined when nothing does. */
export function problemOf(sample: Sample, tensors: ReadonlyMap<string, Tensor>): string | undefined {
  return scope(() => {
    try {
      return play(sample, new Player(tensors));
    } catch (error) {
      return String(error);
    }
  });
}
