/** One step of a recurrent layer. */

import { checkTensor } from "../../checks.js";
import { isTensor } from "../../containers.js";
import { zeros } from "../../creation.js";
import { checkOptions, ShapeError } from "../../errors.js";
import { gruCell, lstmCell, rnnReluCell, rnnTanhCell } from "../../generated/functions.js";
import type { Tensor } from "../../tensor.js";
import { emptyParameter, type FactoryOptions, factoryKeys } from "../factory.js";
import { uniform_ } from "../init.js";
import { Module } from "../module.js";
import type { Parameter } from "../parameter.js";
import { checkNonlinearity } from "./recurrent.js";

/** Options of the cells. */
export interface CellOptions extends FactoryOptions {
  /** Whether to learn biases. Default true. */
  bias?: boolean;
}

/** The parameters of a cell as libtorch's operators take them. */
type Weights = [ih: Tensor, hh: Tensor, biasIh: Tensor | null, biasHh: Tensor | null];

/**
 * What the cells share: `cell(x, state?)` -> the next state (zeros stand for none).
 * Shapes: x [N, inputSize] or [inputSize], states [N, hiddenSize] or [hiddenSize].
 */
export abstract class RecurrentCell<State> extends Module<[x: Tensor, hx?: State | null], State> {
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;

  constructor(
    gates: number,
    readonly inputSize: number,
    readonly hiddenSize: number,
    options: CellOptions,
  ) {
    super();
    checkOptions(new.target.name, options, ["bias", ...factoryKeys]);
    const { bias = true } = options;
    const rows = gates * hiddenSize;
    this.weight_ih = emptyParameter([rows, inputSize], options);
    this.weight_hh = emptyParameter([rows, hiddenSize], options);
    this.bias_ih = bias ? emptyParameter([rows], options) : null;
    this.bias_hh = bias ? emptyParameter([rows], options) : null;
    this.resetParameters();
  }

  /** Draws new starting values, uniform in +-1/sqrt(hiddenSize). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** Number of states. */
  protected abstract readonly stateCount: number;

  /** Calls libtorch's operator on a batch. */
  protected abstract step(x: Tensor, states: Tensor[], weights: Weights): Tensor[];

  forward(x: Tensor, hx: State | null = null): State {
    checkTensor(`${this.constructor.name}.forward`, x);
    if ((x.ndim !== 1 && x.ndim !== 2) || x.shape.at(-1) !== this.inputSize) {
      throw new ShapeError(
        `${this.constructor.name}.forward: expected an input of [N, ${this.inputSize}] or [${this.inputSize}], ` +
          `got [${x.shape.join(", ")}] ${x.dtype} on ${x.device}.`,
      );
    }
    const single = x.ndim === 1;
    const batch = single ? x.unsqueeze(0) : x;
    const given = hx === null ? this.zeroStates(batch) : isTensor(hx) ? [hx] : (hx as unknown as Tensor[]); // a state is a tensor or a list of them
    const states = single && hx !== null ? given.map((state) => state.unsqueeze(0)) : given;
    const weights: Weights = [this.weight_ih, this.weight_hh, this.bias_ih, this.bias_hh];
    const next = this.step(batch, states, weights).map((state) => (single ? state.squeeze(0) : state));
    return (this.stateCount === 1 ? next[0] : next) as State; // see stateCount
  }

  private zeroStates(batch: Tensor): Tensor[] {
    const made = { dtype: batch.dtype, device: batch.device };
    return Array.from({ length: this.stateCount }, () => zeros([batch.shape[0] ?? 1, this.hiddenSize], made));
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias_ih ? "" : ", bias=False"}`;
  }
}

/** Options of `RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/** One step of `RNN`. */
export class RNNCell extends RecurrentCell<Tensor> {
  readonly nonlinearity: "tanh" | "relu";
  protected readonly stateCount = 1;

  constructor(inputSize: number, hiddenSize: number, { nonlinearity = "tanh", ...options }: RNNCellOptions = {}) {
    super(1, inputSize, hiddenSize, options);
    this.nonlinearity = checkNonlinearity("RNNCell", nonlinearity);
  }

  protected step(x: Tensor, states: Tensor[], weights: Weights): Tensor[] {
    const [hidden] = states as [Tensor]; // stateCount is 1
    return [(this.nonlinearity === "tanh" ? rnnTanhCell : rnnReluCell)(x, hidden, ...weights)];
  }

  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/** One step of `GRU`. */
export class GRUCell extends RecurrentCell<Tensor> {
  protected readonly stateCount = 1;

  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(3, inputSize, hiddenSize, options);
  }

  protected step(x: Tensor, states: Tensor[], weights: Weights): Tensor[] {
    const [hidden] = states as [Tensor]; // stateCount is 1
    return [gruCell(x, hidden, ...weights)];
  }
}

/** One step of `LSTM`; its state is `[hidden, cell]`. */
export class LSTMCell extends RecurrentCell<[hidden: Tensor, cell: Tensor]> {
  protected readonly stateCount = 2;

  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(4, inputSize, hiddenSize, options);
  }

  protected step(x: Tensor, states: Tensor[], weights: Weights): Tensor[] {
    return [...lstmCell(x, states, ...weights)];
  }
}
