import { describe, expect, it } from "vitest";
import { Embedding, embedColumns } from "../../src/layers/index.js";
import {
  cat,
  grad,
  gradcheck,
  manualSeed,
  nn,
  noGrad,
  ops,
  randint,
  randn,
  scope,
  stack,
  type Tensor,
  tensor,
  vmap,
} from "../../src/torch/index.js";

const sizes = [
  [10, 6],
  [3, 1],
  [17, 8],
] as const;

/** Embeddings of three columns and 20 rows of them, as a part of a wider table. */
function setUp(make = (n: number, width: number): nn.Embedding => new Embedding(n, width)) {
  manualSeed(3);
  const embeds = sizes.map(([n, width]) => make(n, width));
  const x = stack([...sizes.map(([n]) => randint(0, n, [20])), randint(0, 2, [20])], 1).narrow(1, 0, 3);
  return { embeds, x };
}

function calledEach(embeds: readonly nn.Embedding[], x: Tensor): Tensor {
  return cat(
    embeds.map((embed, i) => embed(x.select(1, i))),
    1,
  );
}

describe("embedColumns", () => {
  it("gives the numbers and gradients of calling each embedding, bit by bit (TAB-11, LAY-9)", () => {
    scope(() => {
      const { embeds, x } = setUp();
      const weights = embeds.map(({ weight }) => weight);
      const given = randn([20, 15]);
      const [one, each] = [embedColumns(embeds, x), calledEach(embeds, x)];
      expect(one.equal(each)).toBe(true);
      const gradients = [one, each].map((out) => grad(out, weights, { gradOutputs: given }));
      gradients[0]?.forEach((gradient, i) => {
        expect(gradient?.equal(gradients[1]?.[i] as Tensor)).toBe(true);
      });
    });
  });

  it("goes through vmap", () => {
    scope(() => {
      const { embeds } = setUp();
      const rows = randint(0, 3, [4, 20, 3]);
      const out = vmap((x: Tensor) => embedColumns(embeds, x))(rows);
      expect(out.equal(stack(rows.unbind(0).map((x) => calledEach(embeds, x))))).toBe(true);
    });
  });

  it("leaves frozen tables without a gradient, and a pass without gradients without a graph", () => {
    scope(() => {
      const { embeds, x } = setUp();
      embeds[1]?.weight.requiresGrad_(false);
      const out = embedColumns(embeds, x);
      expect(out.gradFn).toContain("EmbedColumns");
      out.sum().backward();
      expect(embeds.map(({ weight }) => weight.grad !== null)).toEqual([true, false, true]);
      expect(noGrad(() => embedColumns(embeds, x)).requiresGrad).toBe(false);
    });
  });

  it("may be differentiated twice, and is checked against differences", () => {
    scope(() => {
      const tables = sizes.map(([n, width]) => randn([n, width], { dtype: "float64" }).requiresGrad_());
      const { x } = setUp();
      const embed = (...weights: Tensor[]) => ops.fastai?.embed_columns?.(weights, x) as Tensor;
      expect(gradcheck(embed, tables)).toBe(true);
      const squares = embed(...tables)
        .square()
        .sum();
      const [first] = grad(squares, [tables[0] as Tensor], { createGraph: true });
      const [second] = grad(first?.sum() as Tensor, [tables[0] as Tensor]);
      const counts = tensor(
        Array.from({ length: 10 }, (_, row) => 2 * (x.select(1, 0).eq(row).sum().item() as number)),
        { dtype: "float64" },
      );
      expect(second?.select(1, 0)).toBeClose(counts, { rtol: 0, atol: 0 });
    });
  });

  it("calls each embedding that is more than a table: hooks, a largest norm, a padding", () => {
    scope(() => {
      const { embeds, x } = setUp();
      let calls = 0;
      const remove = embeds[2]?.registerForwardHook(() => {
        calls += 1;
      });
      embedColumns(embeds, x);
      remove?.();
      expect(calls).toBe(1);
      const bound = setUp((n, width) => new nn.Embedding(n, width, { maxNorm: 0.5, paddingIdx: 0 }));
      const out = embedColumns(bound.embeds, bound.x);
      expect(out.gradFn).not.toContain("EmbedColumns");
      expect(out.narrow(1, 0, 6).norm(2, 1).max().item() as number).toBeLessThan(0.5001);
    });
  });

  it("names the column and the number that has no row", () => {
    scope(() => {
      const { embeds, x } = setUp();
      const wrong = x.clone();
      wrong.setAt_([4, 1], 3);
      expect(() => embedColumns(embeds, wrong)).toThrow(/class from 0 to 2 in column 1, got 3/);
      wrong.setAt_([4, 1], -1);
      expect(() => embedColumns(embeds, wrong)).toThrow(/column 1, got -1/);
    });
  });
});
