/** What in an input made a model say what it said: numbers of the input's shape, positive where it spoke for the class. */
import {
  arange,
  checkOptions,
  enableGrad,
  grad,
  noGrad,
  randn,
  ShapeError,
  scope,
  type Tensor,
  ValueError,
} from "../torch/index.js";

/** A model from a batch to a row of scores for each item. Shapes: [N, *] -> [N, classes]. */
export type Scores = (x: Tensor) => Tensor;

/** Options of `integratedGradients`. */
export interface IntegratedGradientsOptions {
  /** Where the path begins. Default: zeros. Shapes: as x. */
  baseline?: Tensor;
  /** Points on the path. Default 200. */
  steps?: number;
  /** How many of them go through the model at once. Default 32. */
  bs?: number;
}

/**
 * (x - baseline) times the mean gradient of the class's score on the way from the baseline to x. The numbers add up to the
 * difference of the scores at both ends.
 * Shapes: x [1, *] -> [1, *]. The model is to be in evaluation mode. Source: INT-5, Sundararajan et al. 2017.
 */
export function integratedGradients(
  model: Scores,
  x: Tensor,
  target: number,
  options: IntegratedGradientsOptions = {},
): Tensor {
  checkOptions("integratedGradients", options, ["baseline", "steps", "bs"]);
  const { steps = 200, bs = 32 } = options;
  if (!(Number.isInteger(steps) && steps > 0)) {
    throw new ValueError(`integratedGradients: expected a number of steps, got ${steps}. Pass a whole number above 0.`);
  }
  return scope(() => {
    const start = options.baseline ?? x.detach().zerosLike();
    const way = x.detach().sub(start); // [1, *]
    const total = way.zerosLike();
    for (let at = 0; at < steps; at += bs) {
      const n = Math.min(bs, steps - at);
      const places = arange(at, at + n, 1, { device: x.device, dtype: x.dtype })
        .add(0.5)
        .div(steps); // [n]
      const points = start.add(way.mul(places.view([n, ...way.shape.slice(1).map(() => 1)]))); // [n, *]
      total.add_(gradients(model, points, target).sum(0, { keepdim: true }), { alpha: 1 / steps });
    }
    return total.mul(way);
  });
}

function gradients(model: Scores, points: Tensor, target: number): Tensor {
  return enableGrad(() => {
    const inputs = points.detach().requiresGrad_();
    const [found] = grad(scoreOf(model, inputs, target).sum(), [inputs]);
    if (found) return found;
    throw new ValueError("integratedGradients: expected a score that depends on the input, got one that does not.");
  });
}

/** The scores of one class. Shapes: [N]. */
function scoreOf(model: Scores, x: Tensor, target: number): Tensor {
  const scores = model(x);
  if (scores.ndim === 2 && target >= 0 && target < scores.size(1)) return scores.select(1, target);
  throw new ShapeError(
    `attribution: expected scores [${x.size(0)}, classes] and a class among them, got [${scores.shape}] and ${target}.`,
  );
}

/** Options of `noiseTunnel`. */
export interface NoiseTunnelOptions {
  /** How many noisy inputs. Default 10. */
  samples?: number;
  /** The noise's standard deviation, in the input's units. Default 0.1. */
  std?: number;
}

/** The mean of an attribution over noisy inputs (SmoothGrad). Shapes: x [1, *] -> [1, *]. Source: INT-5, Smilkov et al. 2017. */
export function noiseTunnel(attribute: (x: Tensor) => Tensor, x: Tensor, options: NoiseTunnelOptions = {}): Tensor {
  checkOptions("noiseTunnel", options, ["samples", "std"]);
  const { samples = 10, std = 0.1 } = options;
  return scope(() => {
    const total = x.detach().zerosLike();
    for (let i = 0; i < samples; i++) {
      const noise = randn(x.shape, { device: x.device, dtype: x.dtype });
      total.add_(attribute(x.detach().add(noise, { alpha: std })), { alpha: 1 / samples });
    }
    return total;
  });
}

/** Options of `occlusion`. */
export interface OcclusionOptions {
  /** The window's size, by axis after the batch's. Default: everything for channels, 15 for the others. */
  window?: readonly number[];
  /** How far it moves, by axis. Default: as far as it is wide for channels, 4 for the others. */
  strides?: readonly number[];
  /** What is in the window instead. Default 0. */
  baseline?: number;
}

/**
 * How much the class's score falls when a window covers a part of the input: the mean over all windows that cover an element.
 * Shapes: x [1, C, H, W] (or any number of axes) -> the same. Source: INT-5, Zeiler and Fergus 2014.
 */
export function occlusion(model: Scores, x: Tensor, target: number, options: OcclusionOptions = {}): Tensor {
  checkOptions("occlusion", options, ["window", "strides", "baseline"]);
  const sizes = x.shape.slice(1);
  const { window = sizes.map((size, i) => (i === 0 ? size : Math.min(size, 15))), baseline = 0 } = options;
  const { strides = sizes.map((_, i) => (i === 0 ? (window[0] ?? 1) : 4)) } = options;
  if (window.length !== sizes.length || strides.length !== sizes.length) {
    throw new ShapeError(
      `occlusion: expected a size and a stride for each of [${sizes}], got window [${window}] and strides [${strides}].`,
    );
  }
  return noGrad(() =>
    scope(() => {
      const whole = scoreOf(model, x, target); // [1]
      const [total, counts] = [x.zerosLike(), x.zerosLike()];
      for (const corner of corners(sizes, window, strides)) {
        const inWindow = (t: Tensor): Tensor =>
          corner.reduce(
            (part, from, i) => part.narrow(i + 1, from, Math.min(window[i] ?? 1, (sizes[i] ?? 1) - from)),
            t,
          );
        const fall = scope(() => {
          const covered = x.clone();
          inWindow(covered).fill_(baseline);
          return whole.sub(scoreOf(model, covered, target)); // [1]
        });
        inWindow(total).add_(fall.view(total.shape.map(() => 1)));
        inWindow(counts).add_(1);
      }
      return total.div(counts.clampMin(1));
    }),
  );
}

/** The corners of all windows: as many as reach the end on every axis. */
function corners(sizes: readonly number[], window: readonly number[], strides: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (found, size, i) => {
      const stride = strides[i] ?? 1;
      const count = Math.max(0, Math.ceil((size - (window[i] ?? 1)) / stride)) + 1;
      return found.flatMap((corner) => Array.from({ length: count }, (_, at) => [...corner, at * stride]));
    },
    [[]],
  );
}
