import { describe, expect, it } from "vitest";
import { Learner, Progress } from "../../src/callback/index.js";
import { ProgressBar } from "../../src/callback/progress-bar.js";
import { MSELossFlat } from "../../src/layers/index.js";
import { CancelFit, type DataSource, Recorder } from "../../src/learner/index.js";
import { nn } from "../../src/torch/index.js";
import { failure, handlers, regression } from "../learner/setting.js";

function terminal(isTTY: boolean) {
  const texts: string[] = [];
  return { isTTY, columns: 100, texts, write: (text: string) => texts.push(text) };
}

function learner(progress: Progress): Learner<DataSource> {
  const learn = new Learner(regression(), new nn.Linear(2, 1), { lossFunc: MSELossFlat() });
  return learn.removeCbs(Progress).addCbs(progress);
}

describe("Progress", () => {
  it("CBK-1: writes a header and a plain line an epoch where there is no terminal", async () => {
    const out = terminal(false);
    await learner(new Progress({ out })).fit(2);
    expect(out.texts).toHaveLength(3);
    expect(out.texts[0]).toMatch(/^epoch {2}train_loss {2}valid_loss {2}time\n$/);
    expect(out.texts[1]).toMatch(/^0 {6}\d\.\d{6} {4}\d\.\d{6} {4}00:00\n$/);
    expect(out.texts.join("")).not.toContain("\r");
  });

  it("CBK-1: draws a bar for each phase in a terminal and takes it away", async () => {
    const out = terminal(true);
    await learner(new Progress({ out, bar: true })).fit(1);
    const bars = out.texts.filter((text) => text.includes("epoch 1/1"));
    expect(bars[0]).toContain("epoch 1/1 train ░░░░░░░░░░░░░░░░░░░░░░░░   0% [0/2 00:00]");
    expect(bars[1]).toContain("epoch 1/1 valid");
    expect(out.texts.at(-2)).toBe("\r\x1b[2K");
  });

  it("is silent while a search, a validation or noLogging runs, and under noBar leaves rows to the logger", async () => {
    const out = terminal(true);
    const learn = learner(new Progress({ out, bar: true }));
    await learn.noLogging(() => learn.fit(1));
    await learn.validate();
    await learn.getPreds();
    expect(out.texts).toEqual([]);
    const rows: unknown[] = [];
    learn.logger = (row) => void rows.push(row.length);
    await learn.noBar(() => learn.fit(1));
    expect(out.texts).toEqual([]);
    expect(rows).toEqual([4]);
    await learn.fit(1);
    expect(rows).toEqual([4]);
    expect(out.texts.length).toBeGreaterThan(1);
  });

  it("puts the logger back after a cancelled and a failed fit", async () => {
    const out = terminal(true);
    const learn = learner(new Progress({ out, bar: true }));
    const { logger } = learn;
    for (const error of [new CancelFit(), new Error("broken")]) {
      const throwing = handlers(["afterPred"], () => {
        throw error;
      });
      await Promise.allSettled([learn.fit(1, { cbs: throwing })]);
      expect(learn.logger).toBe(logger);
      expect(out.texts.at(-1)).toBe("\r\x1b[2K");
    }
  });

  it("needs a Recorder", async () => {
    const learn = learner(new Progress({ out: terminal(false) })).removeCbs(Recorder);
    expect(await failure(learn.fit(1))).toMatch(/expected a Recorder/);
  });
});

describe("ProgressBar", () => {
  it("redraws at most ten times a second and fits the terminal", async () => {
    const out = terminal(true);
    out.columns = 40;
    const bar = new ProgressBar(out, "train", 1000);
    await new Promise((resolve) => setTimeout(resolve, 110));
    for (let i = 1; i <= 500; i++) bar.update(i, () => "0.1234");
    expect(out.texts.length).toBeLessThan(5);
    expect(out.texts[1]).toContain("train");
    for (const text of out.texts) expect(text.replace("\r\x1b[2K", "").length).toBeLessThan(40);
  });

  it("counts without a share when the number of batches is unknown", () => {
    const out = terminal(true);
    new ProgressBar(out, "train", Number.NaN);
    expect(out.texts[0]).toContain("train [0 00:00]");
  });
});
