import { DataLoader, disposeTensors, mapTensors, toDevice } from "../data/index.js";
import type { HyperValue } from "../optimizer/index.js";
import { checkOptions, type Device, keep, noGrad, OptionError, Scope, Tensor } from "../torch/index.js";
import { type Callbacks, callbackList, type Undo } from "./callback.js";
import { Cancel } from "./cancel.js";
import { type EventName, type Phase, phaseEvents } from "./events.js";
import {
  type FitOptions,
  fitOptionKeys,
  type LearnerOptions,
  lrFirst,
  type ValidateOptions,
} from "./learner-options.js";
import { LearnerState } from "./learner-state.js";
import { checkBatches, countBatches, iterate, knownLength, loaderAt } from "./loaders.js";
import { Recorder } from "./recorder.js";
import { SkipToEpoch } from "./skip-to-epoch.js";
import { drive, type Steps, settled, within } from "./steps.js";
import type { Batch, Batches, DataSource, Model } from "./types.js";

/**
 * The training loop, which never needs changing: it emits events, and callbacks do the rest. Every batch is a scope: what it
 * makes is freed when it ends, unless kept. The loop does not read the loss from the device. The public `Learner` extends
 * this class with the default callbacks and its one-line methods. Source: LRN-1 to LRN-15.
 */
export class TrainingLoop<D extends DataSource = DataSource> extends LearnerState<D> {
  constructor(dls: D, model: Model, options: LearnerOptions = {}) {
    super(dls, model, options);
    // Handlers of afterCreate run inside the constructor, which cannot wait.
    for (const _ of this.#emit("afterCreate")) {
      throw new OptionError("Learner: a handler of afterCreate returned a promise. Wait in beforeFit instead.");
    }
  }

  /**
   * Trains for `nEpoch` epochs, each with a validation at its end when there is validation data.
   * Throws `DataError` when there are no batches to train on (fewer items than `bs`, where the last batch is dropped),
   * `CallbackError` when a callback fails, and whatever the model or the loss throws. Source: LRN-13.
   */
  async fit(nEpoch: number, lrOrOptions?: HyperValue | FitOptions, more?: FitOptions): Promise<void> {
    const options = lrFirst("lr", lrOrOptions, more);
    checkOptions("fit", options, fitOptionKeys);
    const { lr = this.lr, wd = this.wd, cbs, resetOpt = false, startEpoch = 0 } = options;
    if (!Number.isInteger(nEpoch) || nEpoch < 0) {
      throw new OptionError(`fit: expected a number of epochs, got ${nEpoch}. Pass a whole number, 0 or more.`);
    }
    if (this.fitting) throw new OptionError("fit: this learner is in the middle of a fit. Await it first.");
    if (nEpoch > 0) checkBatches("fit", this.dls.train);
    const forThisFit = [...callbackList(cbs), ...(startEpoch > 0 ? [new SkipToEpoch(startEpoch)] : [])];
    this.fitting = true;
    try {
      await this.addedCbs(forThisFit, async () => {
        const opt = resetOpt || !this.opt ? this.createOpt() : this.opt;
        if (wd !== undefined) opt.setHyper("wd", wd);
        opt.setHyper("lr", lr);
        this.nEpoch = nEpoch;
        await this.#runFit(() => this.#epochs());
      });
    } finally {
      this.fitting = false;
    }
  }

  /** Losses and metrics on the validation data, or on another loader: `[valid_loss, …metrics]`. Source: LRN-15. */
  async validate(options: ValidateOptions = {}): Promise<(number | null)[]> {
    checkOptions("validate", options, ["dsIdx", "dl", "cbs"]);
    const { dsIdx = 1, dl = loaderAt(this.dls, dsIdx), cbs } = options;
    // In the middle of a fit its own recorder pauses.
    await this.runValidation(dl, { cbs: [...callbackList(cbs), ...(this.fitting ? [new Recorder()] : [])] });
    return this.finalRecord;
  }

  /**
   * Goes through a loader in evaluation mode without gradients, rows and bars. Outside a fit it is a fit of one epoch of
   * validation, with those events; in the middle of one (`inner`, by default whether this learner is) there are only the
   * validation events, and callbacks with `removeOnFetch` pause. Source: LRN-14.
   */
  async runValidation(dl: Batches, options: { cbs?: Callbacks; inner?: boolean } = {}): Promise<void> {
    const { cbs, inner = this.fitting } = options;
    const steps = () => this.#validate(dl);
    const run = () => (inner ? this.#aside(steps) : this.#runFit(() => this.#phase("epoch", steps)));
    const paused = inner ? this.cbs.filter((cb) => cb.removeOnFetch) : [];
    await this.noLogging(() => this.removedCbs(paused, () => this.addedCbs(cbs, run)));
  }

  /** The number of batches of a loader, going through it once if it does not say. */
  countBatches(dl: Batches): Promise<number> {
    return countBatches(dl);
  }

  async #runFit(body: () => Steps): Promise<void> {
    try {
      await drive(this.#phase("fit", body));
    } finally {
      for (const cb of this.cbs) if (cb.run === false) cb.run = true;
      this.#clearBatch();
      this.current.loss = null;
      this.dl = null;
    }
  }

  /** Validation in the middle of something: what the batch at hand has is put back afterwards. */
  async #aside(steps: () => Steps): Promise<void> {
    const { dl, xb, yb, iter, nIter, training } = this;
    const { pred, loss, lossGrad } = this.current;
    try {
      await drive(steps());
    } finally {
      Object.assign(this, { dl, xb, yb, iter, nIter, training });
      Object.assign(this.current, { pred, loss, lossGrad });
      this.model.train(training);
    }
  }

  *#epochs(): Steps {
    for (let epoch = 0; epoch < this.nEpoch; epoch++) {
      this.epoch = epoch;
      yield* this.#phase("epoch", () => this.#epoch());
    }
  }

  *#epoch(): Steps {
    this.#use(this.dls.train);
    yield* this.#phase("train", () => this.#batches(this.dls.train));
    if (this.dls.valid) yield* this.#validate(this.dls.valid);
  }

  *#validate(dl: Batches): Steps {
    this.#use(dl);
    yield* within(
      this.#phase("validate", () => this.#batches(dl)),
      noGrad,
    );
  }

  #use(dl: Batches): void {
    this.dl = dl;
    this.nIter = knownLength(dl) ?? Number.NaN;
  }

  *#batches(dl: Batches): Steps {
    const device = modelDevice(this.model);
    const fresh = dl instanceof DataLoader && dl.freshBatches;
    const iterator = iterate(dl);
    let finished = false;
    try {
      for (let i = 0; ; i++) {
        const next = yield* settled(iterator.next());
        if (next.done) break;
        this.iter = i;
        const scope = new Scope();
        try {
          yield* within(this.#oneBatch(next.value, device, fresh), (stretch) => scope.run(stretch));
        } finally {
          this.#clearBatch();
          scope.dispose();
        }
      }
      finished = true;
    } finally {
      if (!finished) yield* settled(iterator.return?.());
    }
  }

  *#oneBatch(given: Batch, device: Device | null, fresh: boolean): Steps {
    const batch = fresh ? takenOver(given) : given;
    [this.xb, this.yb] = this.split(device === null || isOn(batch, device) ? batch : toDevice(batch, device));
    try {
      yield* this.#phase("batch", () => this.#batch());
    } finally {
      // Also when an outer phase is cancelled: the loss is recorded, and may be read after the batch.
      if (this.current.loss) keep(this.current.loss);
    }
  }

  *#batch(): Steps {
    this.current.pred = this.model(...this.xb);
    if (this.table.listens("afterPred")) yield* this.#emit("afterPred");
    if (this.yb.length > 0) {
      // The model's output and the loader's targets are what the loss was chosen for.
      const lossGrad = (this.lossFunc as (...args: Tensor[]) => Tensor)(this.current.pred, ...this.yb);
      if (!(lossGrad instanceof Tensor)) {
        throw new OptionError(`Learner: expected the loss function to give a tensor, got ${typeof lossGrad}.`);
      }
      this.current.lossGrad = lossGrad;
      this.current.loss = lossGrad.requiresGrad ? lossGrad.detach().clone() : lossGrad;
    }
    if (this.table.listens("afterLoss")) yield* this.#emit("afterLoss");
    if (!this.training || this.yb.length === 0) return;
    yield* this.#phase("backward", () => this.lossGrad.backward());
    yield* this.#phase("step", () => this.opt?.step());
    this.opt?.zeroGrad();
  }

  #clearBatch(): void {
    this.xb = [];
    this.yb = [];
    this.current.pred = null;
    this.current.lossGrad = null;
  }

  #emit(event: EventName, onUndo: ((undo: Undo) => void) | null = null): Steps {
    return this.table.emit(event, this, onUndo);
  }

  /** One phase: its events around `body`, the cancel that ends it, and the undos of its `before` handlers. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a body that never waits is a plain function.
  *#phase(phase: Phase, body: () => Steps | void): Steps {
    const { before, cancelled, after } = phaseEvents[phase];
    const undos: Undo[] = [];
    try {
      try {
        if (this.table.listens(before)) yield* this.#emit(before, (undo) => undos.push(undo));
        const steps = body();
        if (steps) yield* steps;
      } catch (error) {
        if (!(error instanceof Cancel && error.phase === phase)) throw error;
        yield* this.#emit(cancelled);
      }
      if (this.table.listens(after)) yield* this.#emit(after);
    } finally {
      if (undos.length > 0) yield* undoAll(undos);
    }
  }
}
/** Runs undos last to first; one that fails does not keep the others from running. */
function* undoAll(undos: Undo[]): Steps {
  const undo = undos.pop();
  if (!undo) return;
  try {
    yield* settled(undo());
  } finally {
    yield* undoAll(undos);
  }
}

/** The batch as tensors of the current scope, in exchange for those given: they are freed with it unless kept. */
function takenOver(batch: Batch): Batch {
  const own = mapTensors(batch, (t) => t.detach());
  disposeTensors(batch);
  return own;
}

/** Whether a batch is made of tensors that are on the device; the usual case, which then costs no copy of the list. */
function isOn(batch: Batch, device: Device): boolean {
  return batch.every((member) => member instanceof Tensor && member.device === device);
}

/** Where a model computes: the device of its first parameter, or null for a model without parameters. */
function modelDevice(model: Model): Device | null {
  for (const parameter of model.parameters()) return parameter.device;
  return null;
}
