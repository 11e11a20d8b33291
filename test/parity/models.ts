import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { arange, keep, manualSeed, nn, noGrad, rand, scope, type Tensor, zerosLike } from "../../src/torch/index.js";

/** What `models.py` wrote about one fresh model: the random number after it, and sums of its state. */
export interface InitialFixture {
  after: number;
  state: [sum: number, absSum: number, first: number][];
}

/** What `models.py` wrote about one run of a model filled by the rule. */
export interface RunFixture {
  shape: number[];
  output: number[];
  inputGrad: [norm: number, weighted: number];
  grads: [norm: number, weighted: number][];
  keys: string[] | null;
  keyHash: string;
  parameters: number;
}

/** `test/fixtures/models.json`. */
export interface ModelsFixture {
  layers: Record<string, RunFixture & { initial: InitialFixture }>;
  architectures: Record<string, { parameters: number; keyHash: string }>;
  models: Record<string, RunFixture & { dtype: "float32" | "float64"; eval: number[]; initial: InitialFixture }>;
  heads: Record<string, RunFixture & { repr: string[]; p: number[] }>;
  visionModels: Record<
    string,
    { after: number; parameters: number; groups: number[]; keyHash: string; head: [std: number, sum: number][] }
  >;
}

export const fixture: ModelsFixture = JSON.parse(
  readFileSync(new URL("../fixtures/models.json", import.meta.url), "utf8"),
);

/** The largest parameter compared here has 4,718,592 elements. */
const LONGEST = 4_800_000;

/** The part of the rule that depends on the index alone: made once, because models have millions of parameters. */
const mixed = scope(() => {
  const k = arange(LONGEST, { dtype: "int64" });
  return keep(k.mul(k).mul(31).add(k.mul(7919)).remainder(10007).to("int32"));
});

function patternOf(n: number, i: number): Tensor {
  const shifted = mixed
    .narrow(0, 0, n)
    .add((i * 104729) % 10007)
    .remainder(10007);
  return shifted.double().div(10007).sub(0.5).float();
}

/** The pattern that sums of gradients are weighted by. */
const weights = scope(() => keep(patternOf(LONGEST, 3)));

/** n numbers in [-0.5, 0.5) that depend on their index and on i: the rule of `models.py`. */
export function pattern(n: number, i: number): Tensor {
  return scope(() => patternOf(n, i));
}

/** Fills every parameter by the rule of `models.py`. */
export function fill(model: nn.AnyModule): void {
  noGrad(() =>
    model.namedParameters().forEach(([name, p], i) => {
      scope(() => {
        const values = pattern(p.numel(), i).view(p.shape);
        const fanIn = p.numel() / p.size(0);
        if (p.ndim > 1) p.copy_(values.mul(Math.sqrt(24 / fanIn)));
        else p.copy_(name.endsWith("weight") ? values.mul(0.2).add(1) : values.mul(0.2));
      });
    }),
  );
}

/** The input image of `models.py`. */
export function image(shape: number[]): Tensor {
  const n = shape.reduce((product, size) => product * size, 1);
  return pattern(n, 1).mul(4).view(shape);
}

/** Norm, and sum weighted by the rule. */
function summary(gradient: Tensor): [number, number] {
  return scope(() => {
    const norm = gradient.double().norm().item();
    const weighted = gradient
      .flatten()
      .mul(weights.narrow(0, 0, gradient.numel()))
      .double()
      .sum()
      .item();
    return [Number(norm), Number(weighted)];
  });
}

/** At most 64 of a tensor's elements, evenly spaced. */
function some(y: Tensor): number[] {
  const stride = Math.max(1, Math.floor(y.numel() / 64));
  const all = y.detach().reshape([-1]).toArray() as number[];
  return all.filter((_, i) => i % stride === 0).slice(0, 64);
}

/** What a model filled by the rule puts out in evaluation. */
export function evaluate(model: nn.Module<Tensor[], Tensor>, shape: number[]): number[] {
  fill(model);
  return noGrad(() => scope(() => some(model.eval()(image(shape)))));
}

/** How {@link run} runs a model. */
interface RunOptions {
  train?: boolean;
  dtype?: "float32" | "float64";
}

/** Output and gradients of a model filled by the rule, in training (unless told otherwise) but without dropout. */
export function run(model: nn.Module<Tensor[], Tensor>, shape: number[], options: RunOptions = {}) {
  const { train = true, dtype = "float32" } = options;
  fill(model);
  model.to(dtype);
  model.train(train);
  for (const m of model.modules()) if (m instanceof nn.Dropout) m.eval();
  const x = image(shape).to(dtype).requiresGrad_();
  const y = model(x);
  y.flatten().mul(pattern(y.numel(), 2)).sum().backward();
  return {
    shape: y.shape,
    output: some(y),
    inputGrad: summary(x.grad ?? zerosLike(x)),
    grads: model.parameters().map((p) => summary(p.grad ?? zerosLike(p))),
    keys: [...model.stateDict().keys()],
    parameters: countParameters(model),
  };
}

export function countParameters(model: nn.AnyModule): number {
  return model.parameters().reduce((sum, p) => sum + p.numel(), 0);
}

/** Sums of a fresh model's state, and the next random number. */
export function initial(make: () => nn.AnyModule, { seed = 42 } = {}): InitialFixture {
  manualSeed(seed);
  const model = make();
  const after = Number(rand([1]).item());
  const sums = (v: Tensor): [number, number, number] =>
    scope(() => {
      const flat = v.double().flatten();
      return [Number(flat.sum().item()), Number(flat.abs().sum().item()), Number(flat.narrow(0, 0, 1).item())];
    });
  return { after, state: [...model.stateDict().values()].map(sums) };
}

/** A hash of the names of everything in a model's state. */
export function keyHash(model: nn.AnyModule): string {
  return createHash("sha256")
    .update([...model.stateDict().keys()].join("\n"))
    .digest("hex");
}

/** Fails unless each gradient's norm and weighted sum are the expected ones, to `rtol` (1e-4) of its norm. */
export function expectGradients(got: [number, number][], expected: [number, number][] | undefined, rtol = 1e-4): void {
  if (!expected) throw new Error("the fixture has no gradients for this");
  expect(got.length).toBe(expected.length);
  const largest = Math.max(...expected.map(([norm]) => norm));
  expected.forEach((pair, i) => {
    // A bias before a batch norm has a gradient of zero but for rounding, which only the largest one can measure.
    expect(got[i], `parameter ${i}`).toBeClose(pair, { rtol, atol: rtol * pair[0] + 1e-6 * largest });
  });
}
