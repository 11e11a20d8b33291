/** The data, models and callbacks that test/parity/learner.py trains with. */
import { readFileSync } from "node:fs";
import { TrainEval } from "../../src/callback/train-eval.js";
import { CrossEntropyLossFlat, MSELossFlat } from "../../src/layers/index.js";
import {
  type Callback,
  type Callbacks,
  type DataSource,
  type EventName,
  eventNames,
  type HandlerResult,
  type LearnerOptions,
  Recorder,
  TrainingLoop,
} from "../../src/learner/index.js";
import { nn, noGrad, type Tensor, tensor } from "../../src/torch/index.js";
import { failure as errorOf } from "../failure.js";

/** A fixture file, parsed. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Numbers in -1..1 by the formula of learner.py. */
export function wave(...shape: number[]): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + i * i * 0.0078));
  return tensor(values).view(shape);
}

function batches(x: Tensor, y: Tensor, from: number, to: number, bs: number): [Tensor, Tensor][] {
  const starts = Array.from({ length: Math.ceil((to - from) / bs) }, (_, i) => from + i * bs);
  return starts.map((start) => {
    const size = Math.min(bs, to - start);
    return [x.narrow(0, start, size).clone(), y.narrow(0, start, size).clone()];
  });
}

export interface Sizes {
  nTrain?: number;
  nValid?: number;
  bs?: number;
}

/** Batches of y = x0 + x1. */
export function regression({ nTrain = 8, nValid = 4, bs = 4 }: Sizes = {}): DataSource {
  const x = wave(nTrain + nValid, 2);
  const y = x.sum(1, { keepdim: true });
  return { train: batches(x, y, 0, nTrain, bs), valid: batches(x, y, nTrain, nTrain + nValid, bs) };
}

/** Batches of three classes. */
export function classification({ nTrain = 36, nValid = 14, bs = 8 }: Sizes = {}): DataSource {
  const x = wave(nTrain + nValid, 6);
  const y = x
    .narrow(1, 0, 3)
    .add(x.narrow(1, 3, 3), { alpha: 0.3 })
    .argmax(1);
  return { train: batches(x, y, 0, nTrain, bs), valid: batches(x, y, nTrain, nTrain + nValid, bs) };
}

/** The classifier of learner.py with its weights. */
export function mlp(): nn.Sequential {
  return byFormula(new nn.Sequential(new nn.Linear(6, 8), new nn.ReLU(), new nn.BatchNorm1d(8), new nn.Linear(8, 3)));
}

/** The model with weights by the formula of learner.py and biases 0. */
export function byFormula(model: nn.Sequential): nn.Sequential {
  noGrad(() => {
    for (const [k, [name, p]] of model.namedParameters().entries()) {
      if (p.ndim > 1)
        p.copy_(
          wave(...p.shape)
            .mul(0.4)
            .add(0.01 * k),
        );
      else if (name.endsWith("bias")) p.zero_();
    }
  });
  return model;
}

/** A loop with the callbacks that count and record, and no display. */
export class QuietLoop extends TrainingLoop {
  protected override defaultCallbacks(): (new () => Callback)[] {
    return [TrainEval, Recorder];
  }
}

/** A linear regression; tests of the loop itself use it. */
export function regressor(cbs: Callbacks = [], sizes: Sizes = {}, options: LearnerOptions = {}): QuietLoop {
  const learn = new QuietLoop(regression(sizes), new nn.Linear(2, 1), {
    lossFunc: MSELossFlat(),
    lr: 1e-3,
    cbs,
    ...options,
  });
  learn.logger = () => {};
  return learn;
}

/** The classifier of learner.py. */
export function classifier(options: LearnerOptions = {}): QuietLoop {
  const learn = new QuietLoop(classification(), mlp(), { lossFunc: new CrossEntropyLossFlat(), ...options });
  learn.logger = () => {};
  return learn;
}

/** An object with the same handler for every event named. */
export function handlers(
  events: readonly EventName[],
  handler: (event: EventName, learn: TrainingLoop) => HandlerResult,
  extra: Partial<Callback> = {},
): Callback {
  const entries = events.map((event) => [event, (learn: TrainingLoop) => handler(event, learn)]);
  return { name: "handlers", ...Object.fromEntries(entries), ...extra };
}

/** Notes every event, before any other callback. */
export function tracer(): Callback & { readonly seen: string[] } {
  const seen: string[] = [];
  const noted = handlers(eventNames, (event) => void seen.push(event), { order: -100 });
  return Object.assign(noted, { seen });
}

/** A name in Python's spelling as ours. */
export function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** What a promise fails with, in words: an error that somebody holds also holds what its frames refer to. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  return String(await errorOf(promise));
}
