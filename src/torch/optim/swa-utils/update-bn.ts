/** Statistics of batch norm for weights that no batch was seen with. */
import { noGrad } from "../../autograd.js";
import type { Device } from "../../dtype.js";
import { checkOptions } from "../../errors.js";
import type { AnyModule } from "../../nn/module.js";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../../nn/normalization/batch-norm.js";
import { scope } from "../../scope.js";
import { Tensor } from "../../tensor.js";

/** Options of `updateBn`. */
export interface UpdateBnOptions {
  /** Where batches go before the model sees them. Default: where they are. */
  device?: Device;
}

/**
 * Sets the running statistics of all batch norm layers to the mean over the loader's batches, by running the model on each:
 * on the batch, or on the first item of one that is an array. Nothing happens in a model without such layers.
 *
 * @example
 * await optim.swaUtils.updateBn(trainLoader, averaged);
 */
export async function updateBn(
  loader: Iterable<unknown> | AsyncIterable<unknown>,
  model: AnyModule,
  options: UpdateBnOptions = {},
): Promise<void> {
  checkOptions("updateBn", options, ["device"]);
  const norms = model.modules().filter(isBatchNorm);
  if (norms.length === 0) return;
  const { training } = model;
  const momenta = norms.map(({ momentum }) => momentum);
  model.train();
  for (const norm of norms) {
    norm.resetRunningStats();
    norm.momentum = null; // a plain mean
  }
  try {
    for await (const batch of loader) {
      const x: unknown = Array.isArray(batch) ? batch[0] : batch;
      const input = x instanceof Tensor && options.device ? x.to(options.device) : x;
      noGrad(() => scope(() => void (model as unknown as (x: unknown) => unknown)(input))); // any module is called with its input
    }
  } finally {
    norms.forEach((norm, at) => {
      norm.momentum = momenta[at] as number | null;
    });
    model.train(training);
  }
}

function isBatchNorm(module: unknown): module is BatchNorm1d | BatchNorm2d | BatchNorm3d {
  return module instanceof BatchNorm1d || module instanceof BatchNorm2d || module instanceof BatchNorm3d;
}
