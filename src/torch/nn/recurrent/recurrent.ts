/** Recurrent layers over whole sequences. */

import { checkTensor } from "../../checks.js";
import { isTensor } from "../../containers.js";
import { zeros } from "../../creation.js";
import { checkOptions, OptionError, ShapeError } from "../../errors.js";
import { opFunction } from "../../op-callable.js";
import type { Tensor } from "../../tensor.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { uniform_ } from "../init.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { pythonText } from "../python-text.js";
import { PackedSequence } from "./packed-sequence.js";

/** Options of the recurrent layers. */
export interface RecurrentOptions extends FactoryOptions {
  /** How many layers stand on one another. Default 1. */
  numLayers?: number;
  /** Whether to learn biases. Default true. */
  bias?: boolean;
  /** Whether the input is [N, T, *] instead of [T, N, *]; states stay [layers, N, *]. Default false. */
  batchFirst?: boolean;
  /** Share of zeros between the layers while training. Default 0. */
  dropout?: number;
  /** Whether each layer reads the sequence in both directions. Default false. */
  bidirectional?: boolean;
}

/** The option keys of the recurrent layers. */
const keys = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional", ...factoryKeys];

/** A batch of sequences, padded or packed. */
export type Sequences = Tensor | PackedSequence;

/** The states between steps: of LSTM the hidden one and the cell's. */
type States = readonly Tensor[];

/**
 * What the recurrent layers share: `layer(x, state?)` -> `[output, state]`.
 * Shapes: x [T, N, inputSize], [N, T, inputSize] with `batchFirst`, [T, inputSize], or packed; output with the same front
 * and directions * (projSize or hiddenSize) at the end; states [numLayers * directions, N, *].
 * Parameters have PyTorch's names: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, ..._reverse.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: as in Module, the instances are functions.
export abstract class RecurrentLayer<State> extends Module<[x: Sequences, hx?: State | null], [Sequences, State]> {
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;

  constructor(
    /** Rows of each weight for one hidden unit: 4 for LSTM, 3 for GRU, 1 for RNN. */
    gates: number,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: RecurrentOptions,
    readonly projSize = 0,
  ) {
    super();
    const where = new.target.name;
    checkOptions(where, options, keys);
    this.numLayers = options.numLayers ?? 1;
    this.bias = options.bias ?? true;
    this.batchFirst = options.batchFirst ?? false;
    this.dropout = options.dropout ?? 0;
    this.bidirectional = options.bidirectional ?? false;
    if (!(this.dropout >= 0 && this.dropout <= 1) || hiddenSize < 1 || this.numLayers < 1) {
      throw new OptionError(
        `${where}: expected dropout from 0 to 1, at least one layer and one hidden unit, got dropout ${this.dropout}, ` +
          `${this.numLayers} layers and ${hiddenSize} hidden units.`,
      );
    }
    if (projSize < 0 || projSize >= hiddenSize) {
      throw new OptionError(`${where}: expected a projSize below ${hiddenSize}, the hidden size, got ${projSize}.`);
    }
    const rows = gates * hiddenSize;
    for (const [layer, suffix] of this.places()) {
      const width = layer === 0 ? inputSize : this.outputSize * this.directions;
      const shapes: Record<string, number[]> = {
        weight_ih: [rows, width],
        weight_hh: [rows, this.outputSize],
        ...(this.bias ? { bias_ih: [rows], bias_hh: [rows] } : {}),
        ...(projSize > 0 ? { weight_hr: [projSize, hiddenSize] } : {}),
      };
      for (const [name, shape] of Object.entries(shapes)) {
        Reflect.set(this, name + suffix, emptyParameter(shape, options));
      }
    }
    this.resetParameters();
  }

  /** Calls libtorch's operator. */
  protected abstract run(x: Tensor, batchSizes: Tensor | null, states: States): [output: Tensor, ...states: Tensor[]];

  /** The state as the caller sees it, of the operator's, and back. */
  protected abstract readonly stateNames: readonly string[];

  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  private get outputSize(): number {
    return this.projSize || this.hiddenSize;
  }

  /** The layers and directions with the ends of their parameters' names. */
  private places(): [layer: number, suffix: string][] {
    return Array.from({ length: this.numLayers }, (_, layer): [number, string][] => [
      [layer, `_l${layer}`],
      ...(this.bidirectional ? [[layer, `_l${layer}_reverse`] as [number, string]] : []),
    ]).flat();
  }

  /** The parameters in the operator's order, which is that of the fields. */
  protected get flatWeights(): Parameter[] {
    const names = ["weight_ih", "weight_hh", ...(this.bias ? ["bias_ih", "bias_hh"] : [])];
    if (this.projSize > 0) names.push("weight_hr");
    return this.places().flatMap(([, suffix]) => names.map((name) => Reflect.get(this, name + suffix) as Parameter)); // set in the constructor
  }

  /** Draws new starting values, uniform in +-1/sqrt(hiddenSize). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const weight of this.flatWeights) uniform_(weight, -bound, bound);
  }

  forward(x: Sequences, hx: State | null = null): [Sequences, State] {
    if (x instanceof PackedSequence) return this.onPacked(x, hx);
    checkTensor(`${this.constructor.name}.forward`, x);
    if (x.ndim !== 2 && x.ndim !== 3) throw this.wrongInput(x);
    const batchDim = this.batchFirst ? 0 : 1;
    const batch = x.ndim === 2 ? x.unsqueeze(batchDim) : x;
    this.checkWidth(batch);
    const given = hx === null ? null : this.statesOf(hx);
    const states = given && x.ndim === 2 ? given.map((state) => state.unsqueeze(1)) : given;
    const [out, ...ends] = this.run(batch, null, this.startingStates(batch, batch.shape[batchDim] ?? 1, states));
    if (x.ndim === 3) return [out, this.stateFrom(ends)];
    return [out.squeeze(batchDim), this.stateFrom(ends.map((state) => state.squeeze(1)))];
  }

  private onPacked(x: PackedSequence, hx: State | null): [PackedSequence, State] {
    const { data, batchSizes, sortedIndices, unsortedIndices } = x;
    this.checkWidth(data);
    const given = hx === null ? null : this.statesOf(hx).map((state) => inOrder(state, sortedIndices));
    const states = this.startingStates(data, batchSizes.at(0).item() as number, given);
    const [out, ...ends] = this.run(data, batchSizes, states);
    return [x.withData(out), this.stateFrom(ends.map((state) => inOrder(state, unsortedIndices)))];
  }

  /** The given states, or zeros. Throws `ShapeError` when one has another shape than it must. */
  private startingStates(x: Tensor, batch: number, given: States | null): States {
    const sizes = [this.outputSize, this.hiddenSize].slice(0, this.stateNames.length);
    const shapes = sizes.map((size) => [this.numLayers * this.directions, batch, size]);
    if (given === null) return shapes.map((shape) => zeros(shape, { dtype: x.dtype, device: x.device }));
    for (const [i, shape] of shapes.entries()) {
      const got = given[i]?.shape ?? [];
      if (got.join() === shape.join()) continue;
      throw new ShapeError(
        `${this.constructor.name}.forward: expected the ${this.stateNames[i]} state to be [${shape.join(", ")}], ` +
          `got [${got.join(", ")}].`,
      );
    }
    return given;
  }

  private statesOf(hx: State): States {
    return isTensor(hx) ? [hx] : (hx as unknown as States); // a state is a tensor or a list of them
  }

  private stateFrom(states: Tensor[]): State {
    return (this.stateNames.length === 1 ? states[0] : states) as State; // see stateNames
  }

  private checkWidth(x: Tensor): void {
    if (x.shape.at(-1) !== this.inputSize) throw this.wrongInput(x);
  }

  private wrongInput(x: Tensor): ShapeError {
    const front = this.batchFirst ? "[N, T" : "[T, N";
    return new ShapeError(
      `${this.constructor.name}.forward: expected an input of ${front}, ${this.inputSize}] or [T, ${this.inputSize}], ` +
        `got [${x.shape.join(", ")}] ${x.dtype} on ${x.device}.`,
    );
  }

  override extraRepr(): string {
    const parts = [`${this.inputSize}, ${this.hiddenSize}`];
    if (this.projSize !== 0) parts.push(`proj_size=${this.projSize}`);
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push("bias=False");
    if (this.batchFirst) parts.push("batch_first=True");
    if (this.dropout !== 0) parts.push(`dropout=${pythonText(this.dropout)}`);
    if (this.bidirectional) parts.push("bidirectional=True");
    return parts.join(", ");
  }
}

/** Calling the layer gives back the kind of sequences it gets. */
export interface RecurrentLayer<State> {
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class, whose instances are functions.
  <Input extends Sequences>(x: Input, hx?: State | null): [output: Input, state: State];
}

function inOrder(state: Tensor, indices: Tensor | null): Tensor {
  return indices === null ? state : state.indexSelect(1, indices);
}

/** The two forms of an operator: of padded and of packed sequences. */
function operator(name: string) {
  return {
    padded: opFunction(`aten::${name}`, "schema", "input"),
    packed: opFunction(`aten::${name}`, "schema", "data"),
  };
}

const operators = {
  tanh: operator("rnn_tanh"),
  relu: operator("rnn_relu"),
  GRU: operator("gru"),
  LSTM: operator("lstm"),
};

function call(
  layer: RecurrentLayer<Tensor> | RecurrentLayer<[Tensor, Tensor]>,
  kind: keyof typeof operators,
  weights: Parameter[],
  x: Tensor,
  batchSizes: Tensor | null,
  states: States,
): [Tensor, ...Tensor[]] {
  const { bias, numLayers, dropout, training, bidirectional, batchFirst } = layer;
  const start = kind === "LSTM" ? states : states[0];
  const settings = [start, weights, bias, numLayers, dropout, training, bidirectional];
  const { padded, packed } = operators[kind];
  const out = batchSizes === null ? padded(x, ...settings, batchFirst) : packed(x, batchSizes, ...settings);
  return out as [Tensor, ...Tensor[]]; // the schemas return two or three tensors
}

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/** h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh). Source: Elman 1990. */
export class RNN extends RecurrentLayer<Tensor> {
  readonly nonlinearity: "tanh" | "relu";
  protected readonly stateNames = ["hidden"];

  constructor(inputSize: number, hiddenSize: number, { nonlinearity = "tanh", ...options }: RNNOptions = {}) {
    super(1, inputSize, hiddenSize, options);
    this.nonlinearity = checkNonlinearity("RNN", nonlinearity);
  }

  protected run(x: Tensor, batchSizes: Tensor | null, states: States): [Tensor, ...Tensor[]] {
    return call(this, this.nonlinearity, this.flatWeights, x, batchSizes, states);
  }
}

/** The word itself. Throws `OptionError` unless it is "tanh" or "relu". */
export function checkNonlinearity(where: string, nonlinearity: "tanh" | "relu"): "tanh" | "relu" {
  if (nonlinearity === "tanh" || nonlinearity === "relu") return nonlinearity;
  throw new OptionError(`${where}: expected nonlinearity "tanh" or "relu", got "${nonlinearity}".`);
}

/** Gated recurrent unit: reset, update and new gate. Source: Cho et al. 2014. */
export class GRU extends RecurrentLayer<Tensor> {
  protected readonly stateNames = ["hidden"];

  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(3, inputSize, hiddenSize, options);
  }

  protected run(x: Tensor, batchSizes: Tensor | null, states: States): [Tensor, ...Tensor[]] {
    return call(this, "GRU", this.flatWeights, x, batchSizes, states);
  }
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions {
  /** Size that the hidden state is projected to; 0: none. Default 0. */
  projSize?: number;
}

/** Long short-term memory; its state is `[hidden, cell]`. Source: Hochreiter and Schmidhuber 1997. */
export class LSTM extends RecurrentLayer<[hidden: Tensor, cell: Tensor]> {
  protected readonly stateNames = ["hidden", "cell"];

  constructor(inputSize: number, hiddenSize: number, { projSize = 0, ...options }: LSTMOptions = {}) {
    super(4, inputSize, hiddenSize, options, projSize);
  }

  protected run(x: Tensor, batchSizes: Tensor | null, states: States): [Tensor, ...Tensor[]] {
    return call(this, "LSTM", this.flatWeights, x, batchSizes, states);
  }
}
