import { describe, expect, it } from "vitest";
import {
  AccumMetric,
  AvgLoss,
  AvgSmoothLoss,
  accuracyMulti,
  averageMetric,
  corpusBleu,
  foregroundAcc,
  LossMetric,
  LossMetrics,
  type Metric,
  optimMetric,
  PrecisionMulti,
  perplexity,
  skmToFastai,
  ValueMetric,
} from "../../../src/learner/index.js";
import { minimizeBounded } from "../../../src/learner/metrics/optim-metric.js";
import { nn, randn, type Tensor, tensor } from "../../../src/torch/index.js";
import { failure, QuietLoop } from "../setting.js";
import { lossFunc, passing } from "./setting.js";

const pred = () => tensor([0.1, 0.4, 0.35, 0.8]);
const targ = () => tensor([0, 0, 1, 1], { dtype: "int64" });

async function columns(metrics: Metric[], loss: (p: Tensor, t: Tensor) => Tensor = lossFunc) {
  const valid: [Tensor, Tensor][] = [
    [pred(), targ()],
    [pred().narrow(0, 0, 2), targ().narrow(0, 0, 2)],
  ];
  const learn = new QuietLoop({ train: [], valid }, passing(), { lossFunc: loss, metrics });
  learn.logger = () => {};
  return (await learn.validate()).slice(1);
}

describe("metrics of one's own", () => {
  it("LRN-27: averages weigh batches by their sizes, values come from elsewhere", async () => {
    const mean = averageMetric((p) => p.mean(), { name: "mean" });
    const fixed = new ValueMetric(() => 7, "seven");
    const got = await columns([mean, fixed, new AvgLoss()], (p) => p.mean());
    expect(got).toBeClose([0.3583333, 7, 0.3583333], { rtol: 1e-5, atol: 0 });
  });

  it("LRN-27: AvgSmoothLoss is corrected for its start", async () => {
    const seen: number[] = [];
    const smooth = new AvgSmoothLoss();
    const watching = {
      name: "watching",
      order: 99,
      afterBatch: () => void seen.push(smooth.value as number),
    };
    const train = [1, 2, 3, 4].map((loss): [Tensor, Tensor] => [tensor([[loss]]), tensor([[0]])]);
    const learn = new QuietLoop({ train: [], valid: train }, passing(), {
      lossFunc: nn.functional.l1Loss,
      metrics: [smooth],
      cbs: watching,
    });
    learn.logger = () => {};
    await learn.validate();
    expect(seen).toBeClose([1, 1.505049, 2.013466, 2.525248], { rtol: 1e-6, atol: 0 });
  });

  it("MET-1: AccumMetric and skmToFastai compute on everything at once", async () => {
    const spread = new AccumMetric((p, t) => p.sub(t).abs().max(), { name: "spread" });
    const hits = skmToFastai((t, p) => t.eq(p).float().sum(), { thresh: 0.5, activation: "no", name: "hits" });
    expect(await columns([spread, hits])).toBeClose([0.65, 5], { rtol: 1e-6, atol: 0 });
    const guess = skmToFastai((t, p) => p.sub(t).abs().sum(), { name: "guess" });
    expect(
      guess.score(
        tensor([
          [1, 3],
          [2, 0],
        ]),
        tensor([1, 1], { dtype: "int64" }),
      ),
    ).toBe(1);
  });

  it("MET-1: optimMetric finds the best threshold", () => {
    const best = optimMetric((p, t, o) => accuracyMulti(p, t, { ...o, sigmoid: false }), "thresh", [0, 1]);
    expect(best.score(pred(), targ())).toBe(0.75);
    expect(best.best).toBeGreaterThan(0);
    expect(best.name).toMatch(/^opt_/);
    // scipy.optimize.minimize_scalar(bounded) of (x - 0.3)² gives 0.3 at once, of cos x over 0..5 pi
    expect(minimizeBounded((x) => (x - 0.3) ** 2, [0, 1], 1e-5).x).toBeClose(0.3, { rtol: 1e-6, atol: 0 });
    expect(minimizeBounded(Math.cos, [0, 5], 1e-6)).toMatchObject({ value: expect.closeTo(-1, 9) });
    expect(minimizeBounded((x) => -x, [0, 2], 1e-3).x).toBeGreaterThan(1.99);
  });

  it("MET-5: perplexity is e to the mean loss, and BLEU of the published pair is 0.48549", async () => {
    const [value] = await columns([perplexity()], (p) => p.mean());
    expect(value).toBeClose(Math.exp(0.3583333), { rtol: 1e-6, atol: 0 });
    const bleu = corpusBleu([[1, 9, 3, 4, 5, 6, 1, 10, 8]], [[1, 2, 3, 4, 5, 6, 1, 7, 8]]);
    expect(bleu).toBeClose(0.48549, { rtol: 0, atol: 5e-6 });
    expect(corpusBleu([[1, 2, 3, 4]], [[1, 2, 3, 4, 5]])).toBeCloseTo(Math.exp(1 - 5 / 4), 6);
  });

  it("MET-6: LossMetric and LossMetrics read fields of the loss", async () => {
    class TwoParts extends nn.Module<[Tensor, Tensor], Tensor> {
      near = 0;
      far: Tensor | null = null;
      override forward(p: Tensor): Tensor {
        this.near = p.shape[0] as number;
        return p.mean();
      }
    }
    const loss = new TwoParts();
    expect(await columns([...LossMetrics("near"), LossMetric("near", "close")], loss)).toBeClose([20 / 6, 20 / 6]);
    expect(LossMetrics(["near", "far"], "n,f").map(({ name }) => name)).toEqual(["n", "f"]);
    expect(await failure(columns([LossMetric("other")], loss))).toMatch(/lossFunc\.other/);
  });

  it("MET-4: foregroundAcc takes masks with a channel, and NaN says that there is no foreground", () => {
    const image = randn([2, 3, 4, 4]);
    const mask = image.argmax(1, { keepdim: true });
    expect(foregroundAcc(image, mask).item()).toBe(1);
    expect(foregroundAcc(image, mask.mul(0)).item()).toBeNaN();
  });

  it("MET-2: one label an item must have its own axis", () => {
    expect(() => PrecisionMulti().score(pred(), targ())).toThrow(/\[items, labels\]/);
  });
});
