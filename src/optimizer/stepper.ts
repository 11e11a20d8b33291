/** The contract of a stepper: one line of an update rule, for a whole list of parameters. */
import type { TensorList } from "../torch/optim/index.js";

/** Statistics by name (a list with one tensor for each parameter) and counters that the parameters share. */
export type StepState = Record<string, TensorList | number>;

/** Hyper-parameters by name. */
export type StepHypers = Record<string, number>;

/** The names the built-in steppers use, for steppers that declare none of their own. */
export type CommonHypers = { lr: number; mom: number; sqrMom: number; eps: number; wd: number } & StepHypers;

/** The statistics the built-in steppers keep, for steppers that declare none of their own. */
export type CommonState = { gradAvg: TensorList; sqrAvg: TensorList; step: number } & StepState;

/** What a stepper works on: parameters that share hyper-parameters, flags and counters. */
export interface StepContext<H, S> {
  readonly params: TensorList;
  /** This step's gradients, in the order of `params`. */
  readonly grads: TensorList;
  /** Read, change in place, or set counters anew. A list set here lasts for this step only, unless `init` names it. */
  readonly state: S;
  readonly hyper: Readonly<H>;
  /** Whether weight decay applies to these parameters. Source: OPT-7. */
  readonly doWd: boolean;
}

/**
 * One stage of an optimizer's step. `H` are the hyper-parameters it reads, `S` the state it reads or keeps.
 * Runs without gradient recording and in a scope of its own, so it may make as many tensors as it likes.
 * Source: OPT-1.
 *
 * @example
 * const signStep: Stepper<{ lr: number }, { gradAvg: TensorList }> = {
 *   name: "signStep",
 *   needs: ["gradAvg"],
 *   step({ params, state, hyper }) {
 *     params.add_(state.gradAvg.each((avg) => avg.sign()), { alpha: -hyper.lr });
 *   },
 * };
 */
export interface Stepper<H = CommonHypers, S = CommonState> {
  readonly name: string;
  /** Hyper-parameters' values where the user gives none. */
  readonly defaults?: Readonly<Partial<H>>;
  /** State that steppers before this one must keep; an optimizer without them is refused. */
  readonly needs?: readonly string[];
  /** Values before a parameter's first step. Called with an empty list to learn the names. */
  init?(params: TensorList): Partial<S>;
  step(context: StepContext<H, S>): void;
}

/** A stepper of any hyper-parameters and state, as an optimizer holds it. */
export interface AnyStepper {
  readonly name: string;
  readonly defaults?: Readonly<Record<string, number | undefined>>;
  readonly needs?: readonly string[];
  init?(params: TensorList): Partial<StepState>;
  step(context: StepContext<never, never>): void;
}
