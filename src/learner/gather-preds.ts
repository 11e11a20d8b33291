import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findBs, mapTensors, tensorsIn } from "../data/index.js";
import { cat, keep, saveSafetensors, Tensor } from "../torch/index.js";
import { Callback } from "./callback.js";
import type { TrainingLoop } from "./loop.js";

/** What to collect. */
export interface GatherOptions {
  withInput: boolean;
  withLoss: boolean;
  withPreds: boolean;
  withTargs: boolean;
  concatDim: number;
  /** Folders that the batches are written to. */
  savePreds?: string | undefined;
  saveTargs?: string | undefined;
}

/** A tensor, or what a model with several outputs or a loader with several targets makes: a list of them. */
export type Gathered = Tensor | Gathered[];

/** Collects inputs, predictions, targets and losses of a validation on the CPU. Source: LRN-31. */
export class GatherPreds extends Callback {
  inputs: Gathered[] = [];
  preds: Gathered[] = [];
  targs: Gathered[] = [];
  losses: Tensor[] = [];

  constructor(readonly options: GatherOptions) {
    super();
  }

  override beforeValidate(): void {
    this.inputs = [];
    this.preds = [];
    this.targs = [];
    this.losses = [];
  }

  override beforeBatch(learn: TrainingLoop): void {
    if (this.options.withInput) this.inputs.push(toCpu(learn.xb));
  }

  override afterBatch(learn: TrainingLoop): Promise<void> | undefined {
    if (!learn.hasPred) return undefined;
    this.#gather(learn);
    const { savePreds, saveTargs } = this.options;
    return savePreds === undefined && saveTargs === undefined ? undefined : this.#write(learn);
  }

  #gather(learn: TrainingLoop): void {
    const { withPreds, withTargs, withLoss } = this.options;
    if (withPreds) this.preds.push(toCpu(learn.pred));
    if (withTargs && learn.yb.length > 0) this.targs.push(toCpu(learn.yb));
    if (withLoss && learn.yb.length > 0) {
      const size = findBs(learn.yb);
      const { loss } = learn;
      const perItem = loss.numel() === size ? loss.reshape([-1]) : loss.reshape([size, -1]).mean(1);
      this.losses.push(toCpu(perItem));
    }
  }

  async #write({ pred, yb, iter }: TrainingLoop): Promise<void> {
    const { savePreds, saveTargs } = this.options;
    if (savePreds !== undefined) await writeBatch(savePreds, iter, "preds", tensorsIn(pred));
    if (saveTargs !== undefined) await writeBatch(saveTargs, iter, "targs", yb);
  }
}

/** Writes the tensors of one batch: the tensor as `key`, several as `key.0` and so on. */
async function writeBatch(folder: string, batch: number, key: string, values: readonly Tensor[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const named = values.map((t, i): [string, Tensor] => [values.length === 1 ? key : `${key}.${i}`, t.contiguous()]);
  await saveSafetensors(join(folder, `${batch}.safetensors`), new Map(named));
}

/** The tensors on the CPU without gradients, kept over the end of the batch, whoever frees the batch itself. */
function toCpu<T>(value: T): T {
  return keep(mapTensors(value, (t) => (t.device === "cpu" ? t.detach() : t.detach().to("cpu"))));
}

/** One tensor for the tensors of all batches; lists are joined member by member, a list of one is its member. */
export function concatBatches(batches: readonly Gathered[], dim: number): Gathered | null {
  const first = batches[0];
  if (first === undefined) return null;
  if (first instanceof Tensor) {
    const tensors = batches as readonly Tensor[]; // a model gives the same structure for every batch
    return sameShapeBut(tensors, dim) ? cat([...tensors], dim) : tensors.flatMap((t) => itemsOf(t));
  }
  const members = first.map((_, i) =>
    concatBatches(
      (batches as readonly Gathered[][]).map((b) => b[i] as Gathered),
      dim,
    ),
  );
  const whole = members.filter((member) => member !== null);
  return whole.length === 1 && whole[0] ? whole[0] : whole;
}

function sameShapeBut(tensors: readonly Tensor[], dim: number): boolean {
  const key = (t: Tensor): string => t.shape.map((n, i) => (i === (dim < 0 ? dim + t.ndim : dim) ? "*" : n)).join();
  const first = tensors[0];
  return first !== undefined && tensors.every((t) => key(t) === key(first));
}

function itemsOf(batch: Tensor): Tensor[] {
  return Array.from({ length: batch.shape[0] ?? 0 }, (_, i) => batch.select(0, i));
}
