import { inChannels } from "../../layers/index.js";
import { type nn, ShapeError, type Tensor } from "../../torch/index.js";

/**
 * What `run` gives for photos `x`; when it fails on photos of other channels than `body` reads, the error says so. A run
 * that succeeds costs no check.
 */
export function explainChannels(where: string, body: nn.AnyModule, x: Tensor, run: () => Tensor): Tensor {
  try {
    return run();
  } catch (cause) {
    const nIn = cause instanceof ShapeError && x.ndim === 4 ? inChannels(body) : x.size(1);
    if (x.size(1) === nIn) throw cause;
    throw new ShapeError(
      `${where}: expected photos of ${nIn} channels, got [${x.shape}]. ` +
        `Open them as RgbImage (3 channels) or GrayImage (1), or make the model with { nIn: ${x.size(1)} }.`,
      { cause },
    );
  }
}
