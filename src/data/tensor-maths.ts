/** Small sums over tensors that fastai patches onto them. Source: TOR-11. */
import { mm, noGrad, scope, svd, type Tensor, ValueError } from "../torch/index.js";

/**
 * The values at `x` of the line through the points (xp, fp); beyond the first and last point its ends go on straight.
 * Shapes: x [n], xp and fp [m] ascending, m >= 2 -> [n]. Source: TOR-11, fastai `interp_1d`.
 */
export function interp1d(x: Tensor, xp: Tensor, fp: Tensor): Tensor {
  const m = xp.shape[0] ?? 0;
  if (xp.ndim !== 1 || m < 2 || fp.shape.join() !== xp.shape.join()) {
    throw new ValueError(
      `interp1d: expected xp and fp of one length, at least 2, got [${xp.shape}] and [${fp.shape}].`,
    );
  }
  return scope(() => {
    const [x0, f0] = [xp.narrow(0, 0, m - 1), fp.narrow(0, 0, m - 1)];
    const slopes = fp
      .narrow(0, 1, m - 1)
      .sub(f0)
      .div(xp.narrow(0, 1, m - 1).sub(x0));
    const at = x
      .unsqueeze(1)
      .ge(xp.unsqueeze(0))
      .sum(1)
      .sub(1)
      .clamp(0, m - 2);
    return slopes
      .indexSelect(0, at)
      .mul(x.sub(x0.indexSelect(0, at)))
      .add(f0.indexSelect(0, at));
  });
}

/**
 * The rows of `x` on their `k` main axes. Shapes: [n, d] -> [n, k]. The sign of an axis is the decomposition's.
 * Source: TOR-11, fastai `pca`.
 */
export function pca(x: Tensor, k = 2): Tensor {
  return noGrad(() =>
    scope(() => {
      const centred = x.sub(x.mean(0, { keepdim: true }));
      const [axes] = svd(centred.t());
      return mm(centred, axes.narrow(1, 0, k));
    }),
  );
}
