/** Images to mean 0 and standard deviation 1. Source: DTR-14. */
import * as z from "zod";
import { checkOptions, keep, scope, type Tensor, tensor } from "../torch/index.js";
import { register } from "../torch/registry.js";
import { dispatch } from "./dispatch.js";
import { DataError } from "./errors.js";
import { disposeTensors, tensorsIn } from "./nested.js";
import { Transform } from "./transform.js";
import { TensorImage } from "./types.js";

/** Settings of Normalize. */
export interface NormalizeOptions {
  /** Mean, in a shape that broadcasts over a batch. Default: that of one training batch. */
  mean?: Tensor | null;
  /** Standard deviation, likewise. */
  std?: Tensor | null;
  /** Axes over which they are computed. Default [0, 2, 3]. */
  axes?: readonly number[];
}

/** Means and standard deviations per channel, as `imagenetStats` has them. */
export type Stats = readonly [mean: readonly number[], std: readonly number[]];

function isStats(x: readonly number[] | Stats): x is Stats {
  return Array.isArray(x[0]);
}

/**
 * Subtracts the mean of each channel from photos and divides by its standard deviation; decoding inverts that.
 * Without figures it computes them from one training batch (plus 1e-7), like fastai. Source: DTR-14.
 *
 * @example
 * const normalize = Normalize.fromStats(imagenetStats);   // or fromStats([0.131], [0.308])
 */
export class Normalize extends Transform<TensorImage, TensorImage> {
  override order = 99;
  mean: Tensor | null;
  std: Tensor | null;
  readonly axes: readonly number[];

  constructor(options: NormalizeOptions = {}) {
    super();
    checkOptions("Normalize", options, ["mean", "std", "axes"]);
    this.mean = options.mean ? keep(options.mean) : null;
    this.std = options.std ? keep(options.std) : null;
    this.axes = options.axes ?? [0, 2, 3];
  }

  /** Takes known figures, one a channel: `fromStats(mean, std)` or `fromStats([mean, std])`. Shapes: 1 x C x 1 x 1. */
  static fromStats(mean: readonly number[] | Stats, std?: readonly number[]): Normalize {
    const [m, s] = isStats(mean) ? mean : [mean, std];
    if (!s || s.length !== m.length || s.length === 0) {
      throw new TypeError(
        `Normalize.fromStats: expected as many standard deviations as means, got ${m.length} and ${s?.length ?? 0}.`,
      );
    }
    const broad = (values: readonly number[]): Tensor => tensor([values.map((v) => [[v]])]);
    return new Normalize({ mean: broad(m), std: broad(s) });
  }

  override async setups(loader: unknown): Promise<void> {
    const { oneBatch } = (loader ?? {}) as { oneBatch?: () => Promise<unknown> };
    if ((this.mean && this.std) || !oneBatch) return;
    const batch = await oneBatch.call(loader);
    const [x] = tensorsIn(batch);
    if (!x)
      throw new DataError(
        "Normalize: expected a batch that starts with a tensor of images, got none. Give mean and std.",
      );
    const dim = [...this.axes];
    if (dim.some((axis) => axis >= x.ndim)) {
      throw new DataError(
        `Normalize: expected a batch that starts with images [N, C, H, W], got [${x.shape.join(", ")}]. Give mean and std, or axes.`,
        { stage: "Normalize" },
      );
    }
    const [mean, std] = scope(() => [x.mean({ dim, keepdim: true }), x.std({ dim, keepdim: true }).add(1e-7)] as const);
    this.mean = keep(mean);
    this.std = keep(std);
    disposeTensors(batch);
  }

  private figures(x: Tensor): { mean: Tensor; std: Tensor } {
    const { mean, std } = this;
    if (!mean || !std)
      throw new DataError("Normalize: expected figures, got none. Use it in a loader, or give mean and std.");
    if (mean.device === x.device) return { mean, std };
    return { mean: mean.to(x.device), std: std.to(x.device) };
  }

  override encodes = dispatch([
    TensorImage,
    (x) => {
      const { mean, std } = this.figures(x);
      return scope(() => x.sub(mean).div_(std));
    },
  ]) as (x: TensorImage) => TensorImage;

  override decodes = dispatch([
    TensorImage,
    (x) => {
      const { mean, std } = this.figures(x);
      return scope(() => x.mul(std).add_(mean));
    },
  ]) as (x: TensorImage) => TensorImage;
}

type Nested = number | Nested[];
const nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(nested)]));
const normalizeConfig = z.object({ mean: nested.nullable(), std: nested.nullable(), axes: z.array(z.number()) });

register("data.Normalize", {
  cls: Normalize,
  config: normalizeConfig,
  toConfig: ({ mean, std, axes }) => ({
    mean: mean ? (mean.cpu().toArray() as Nested) : null,
    std: std ? (std.cpu().toArray() as Nested) : null,
    axes: [...axes],
  }),
  fromConfig: ({ mean, std, axes }) =>
    new Normalize({ mean: mean === null ? null : tensor(mean), std: std === null ? null : tensor(std), axes }),
});
