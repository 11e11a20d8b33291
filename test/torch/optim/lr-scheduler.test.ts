import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { optim, parsePth, pthBytes, tensor, ValueError, zeros } from "../../../src/torch/index.js";

const { lrScheduler, swaUtils } = optim;
const schedules = { ...lrScheduler, SWALR: swaUtils.SWALR };

interface Trajectory {
  /** Rates and momenta of the groups, before the first step and after each. */
  seen: [number[], number[]][];
  state: Record<string, unknown>;
}
interface Case extends Trajectory {
  name: string;
  args: unknown[];
  options: Record<string, unknown>;
}

const fixture: {
  cases: Record<string, Case>;
  combined: Record<"sequential" | "chained" | "nested", Trajectory>;
  metrics: number[];
  plateau: Record<string, Trajectory & { options: Record<string, unknown> }>;
} = JSON.parse(readFileSync(new URL("../../fixtures/torch-lr.json", import.meta.url), "utf8"));

const functions: Record<string, (x: number) => number> = {
  "half life": (epoch) => 0.95 ** epoch,
  sine: (epoch) => 1 + Math.sin(epoch) / 2,
  shrink: (x) => 0.9 ** x,
};

function given(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(given);
  return typeof value === "string" ? (functions[value] ?? value) : value;
}

function camel(options: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key.replace(/_(.)/g, (_, c) => c.toUpperCase()), given(value)]),
  );
}

function optimizer(name = "SGD"): optim.SGD | optim.Adam {
  const groups = [{ params: [zeros([1]).requiresGrad_()] }, { params: [zeros([1]).requiresGrad_()], lr: 0.03 }];
  return name === "Adam" ? new optim.Adam(groups, { lr: 0.1 }) : new optim.SGD(groups, { lr: 0.1, momentum: 0.9 });
}

type Scheduler = optim.lrScheduler.Schedule;

function build(label: string, opt: optim.SGD | optim.Adam): Scheduler {
  const { name, args, options } = fixture.cases[label] as Case;
  const Class = schedules[name as keyof typeof schedules] as unknown as new (...args: unknown[]) => Scheduler;
  return new Class(opt, ...args.map(given), camel(options));
}

function look(opt: optim.SGD | optim.Adam): [number[], number[]] {
  const momentum = (group: object) =>
    "betas" in group ? (group as optim.AdamHypers).betas[0] : (group as optim.SGDHypers).momentum;
  return [opt.paramGroups.map(({ lr }) => lr), opt.paramGroups.map(momentum)];
}

/** All rates and momenta, as in the fixture. */
function run(
  opt: optim.SGD | optim.Adam,
  scheduler: Scheduler,
  steps: number,
  metrics?: number[],
): [number[], number[]][] {
  const seen = [look(opt)];
  for (let i = 0; i < steps; i++) {
    opt.step();
    scheduler.step(metrics?.[i]);
    expect(scheduler.getLastLr()).toEqual(look(opt)[0]);
    seen.push(look(opt));
  }
  return seen;
}

const exact = { rtol: 1e-12, atol: 1e-15 };
const of = (label: string) => fixture.cases[label] as Case;
const optimizerOf = (label: string) => optimizer(label.endsWith("Adam") ? "Adam" : "SGD");

function expectState(own: Record<string, unknown>, expected: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(expected)) {
    const mine = own[name] instanceof Map ? Object.fromEntries(own[name]) : own[name];
    if (typeof value === "number" || Array.isArray(value)) {
      if (name !== "_schedulers" && name !== "_schedule_phases" && name !== "lr_lambdas") {
        expect(mine, name).toBeClose(value, exact);
      }
    } else expect(typeof mine === "number" ? String(mine).replace("Infinity", "inf") : mine, name).toEqual(value);
  }
}

describe("optim.lrScheduler", () => {
  const names = new Set(Object.values(fixture.cases).map(({ name }) => name));
  it.each([...names])("%s gives PyTorch's rates and momenta for 50 steps, and its state", (name) => {
    for (const [label, one] of Object.entries(fixture.cases).filter(([, one]) => one.name === name)) {
      const opt = optimizerOf(label);
      const scheduler = build(label, opt);
      expect(run(opt, scheduler, 50), label).toBeClose(one.seen, exact);
      expectState(scheduler.stateDict(), one.state);
    }
  });

  it("ReduceLROnPlateau gives PyTorch's rates for 50 metrics in every mode, and its state", () => {
    for (const [label, { options, seen, state }] of Object.entries(fixture.plateau)) {
      const opt = optimizer();
      const scheduler = new lrScheduler.ReduceLROnPlateau(opt, camel(options));
      expect(run(opt, scheduler, 50, fixture.metrics), label).toBeClose(seen, exact);
      expectState(scheduler.stateDict(), state);
    }
  });

  const combined = {
    sequential: (opt: optim.SGD) => {
      const { LinearLR, CosineAnnealingLR, ExponentialLR, CosineAnnealingWarmRestarts, SequentialLR } = lrScheduler;
      const first = new LinearLR(opt, { startFactor: 0.1, totalIters: 5 });
      const rest = [
        new CosineAnnealingLR(opt, 10),
        new ExponentialLR(opt, 0.9),
        new CosineAnnealingWarmRestarts(opt, 5),
      ];
      return new SequentialLR(opt, [first, ...rest], [5, 15, 30]);
    },
    chained: (opt: optim.SGD) =>
      new lrScheduler.ChainedScheduler([
        new lrScheduler.ConstantLR(opt, { factor: 0.1, totalIters: 4 }),
        new lrScheduler.ExponentialLR(opt, 0.95),
        new lrScheduler.StepLR(opt, 10, { gamma: 0.5 }),
      ]),
    nested: (opt: optim.SGD) => {
      const { ConstantLR, ExponentialLR, PolynomialLR, SequentialLR } = lrScheduler;
      const parts = [new ConstantLR(opt, { factor: 0.5, totalIters: 3 }), new ExponentialLR(opt, 0.9)];
      const inner = new SequentialLR(opt, parts, [3]);
      return new SequentialLR(opt, [inner, new PolynomialLR(opt, { totalIters: 20 })], [12]);
    },
  };
  it.each(Object.keys(combined) as (keyof typeof combined)[])(
    "SequentialLR and ChainedScheduler: %s as PyTorch",
    (kind) => {
      const opt = optimizer() as optim.SGD;
      const scheduler = combined[kind](opt);
      expect(run(opt, scheduler, 50)).toBeClose(fixture.combined[kind].seen, exact);
      expectState(scheduler.stateDict(), fixture.combined[kind].state);
    },
  );

  it("go on after a .pth file as if they had not stopped", () => {
    const resumable = Object.keys(fixture.cases).map((label) => [label, (o: optim.SGD) => build(label, o)] as const);
    for (const [label, make] of [...resumable, ...Object.entries(combined)]) {
      const opt = optimizerOf(label) as optim.SGD;
      const scheduler = make(opt);
      run(opt, scheduler, 17);
      const saved = parsePth(pthBytes({ opt: opt.stateDict(), scheduler: scheduler.stateDict() })) as Map<
        string,
        object
      >;
      const other = optimizerOf(label) as optim.SGD;
      const resumed = make(other);
      resumed.loadStateDict(saved.get("scheduler") as object);
      other.loadStateDict(saved.get("opt") as object);
      expect(run(other, resumed, 20), label).toBeClose(run(opt, scheduler, 20), exact);
    }
  });

  it("take the state of Python's class, text keys included", () => {
    const opt = optimizer();
    const scheduler = build("MultiStepLR", opt);
    scheduler.loadStateDict({ ...of("MultiStepLR").state, last_epoch: 19 });
    for (const group of opt.paramGroups) group.lr = 1;
    scheduler.step();
    expect(scheduler.getLastLr()).toBeClose([0.09, 0.09], exact);
  });

  it("go on from the epoch they are told, with groups that were scheduled before", () => {
    const opt = optimizer();
    expect(() => new lrScheduler.StepLR(opt, 3, { lastEpoch: 4 })).toThrow(/initialLr/);
    run(opt, new lrScheduler.StepLR(opt, 3, { gamma: 0.5 }), 5);
    const scheduler = new lrScheduler.StepLR(opt, 3, { gamma: 0.5, lastEpoch: 5 });
    expect(scheduler.lastEpoch).toBe(6);
    expect(scheduler.getLastLr()).toBeClose([0.025, 0.0075], exact);
  });

  it("warm restarts take fractions of an epoch", () => {
    const opt = optimizer();
    const scheduler = new lrScheduler.CosineAnnealingWarmRestarts(opt, 2, { TMult: 2 });
    scheduler.step(4);
    expect(scheduler.getLastLr()).toBeClose([0.05, 0.015], exact);
    scheduler.step(0.5);
    expect(scheduler.getLastLr()[0]).toBeClose(0.05 * (1 + Math.cos(Math.PI / 4)), exact);
    expect(() => scheduler.step(-1)).toThrow(/an epoch from 0/);
  });

  it("ReduceLROnPlateau takes a tensor, and lets what is not a number pass as bad", () => {
    const opt = optimizer();
    const scheduler = new lrScheduler.ReduceLROnPlateau(opt, { patience: 0 });
    scheduler.step(tensor(1));
    scheduler.step(Number.NaN);
    expect(scheduler.getLastLr()).toBeClose([0.01, 0.003], exact);
    expect(scheduler.best).toBe(1);
  });

  it("refuse what cannot work", () => {
    const opt = optimizer();
    const { ChainedScheduler, OneCycleLR, SequentialLR, StepLR } = lrScheduler;
    expect(() => new OneCycleLR(opt, 0.1)).toThrow(/totalSteps, or epochs/);
    expect(() => new OneCycleLR(opt, [0.1], { totalSteps: 3 })).toThrow(/2 values of maxLr/);
    expect(() => new OneCycleLR(new optim.Adagrad([zeros([1])]), 1, { totalSteps: 3 })).toThrow(/momentum or betas/);
    const cycle = new OneCycleLR(opt, 0.1, { totalSteps: 1 });
    cycle.step();
    expect(() => cycle.step()).toThrow(/at most 1 steps/);
    expect(() => new lrScheduler.LinearLR(opt, { startFactor: 0 })).toThrow(ValueError);
    expect(() => new lrScheduler.ReduceLROnPlateau(opt, { factor: 1 })).toThrow(/below 1/);
    expect(() => new lrScheduler.LambdaLR(opt, [() => 1])).toThrow(/2 values of lrLambda/);
    expect(() => new SequentialLR(opt, [new StepLR(opt, 2)], [1])).toThrow(/expected 0 milestones/);
    expect(() => new ChainedScheduler([new StepLR(opt, 2), new StepLR(optimizer(), 2)])).toThrow(/one optimizer/);
    // @ts-expect-error: Python's spelling
    expect(() => new lrScheduler.CyclicLR(opt, 0.1, 1, { step_size_up: 3 })).toThrow(/stepSizeUp/);
    expect(() => new StepLR(opt, 2).loadStateDict({})).toThrow(/last_epoch/);
  });
});
