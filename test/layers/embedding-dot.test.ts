import { describe, expect, it } from "vitest";
import { Embedding, embeddingDot } from "../../src/layers/index.js";
import {
  enableGrad,
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
  vmap,
} from "../../src/torch/index.js";

const users = 7;
const items = 11;
const width = 5;

type Pair = [nn.Embedding, nn.Embedding];

/** Vectors and biases of two columns, and 20 rows of them, as a part of a wider table. */
function setUp(make = (n: number, size: number): nn.Embedding => new Embedding(n, size, { std: 1 })) {
  manualSeed(5);
  const vectors: Pair = [make(users, width), make(items, width)];
  const biases: Pair = [make(users, 1), make(items, 1)];
  const x = randint(0, users, [20, 3]).narrow(1, 1, 2);
  return { vectors, biases, x, weights: [...vectors, ...biases].map(({ weight }) => weight) };
}

/** The same with one operation after the other. */
function calledEach([u, v]: Pair, [uBias, vBias]: Pair, x: Tensor): Tensor {
  const [first, second] = x.unbind(1) as [Tensor, Tensor];
  const dot = u(first).mul(v(second)).sum(1);
  return dot.add(uBias(first).squeeze(1)).add(vBias(second).squeeze(1));
}

const close = { rtol: 1e-5, atol: 1e-6 };

describe("embeddingDot", () => {
  it("gives the numbers and gradients of the operations that it stands for (COL-2)", () => {
    scope(() => {
      const { vectors, biases, x, weights } = setUp();
      const given = randn([20]);
      const outs = [embeddingDot(vectors, biases, x), calledEach(vectors, biases, x)] as const;
      expect(outs[0].gradFn).toContain("EmbeddingDot");
      expect(outs[0]).toBeClose(outs[1], close);
      const [ours, each] = outs.map((out) => grad(out, weights, { gradOutputs: given }));
      ours?.forEach((gradient, i) => {
        expect(gradient).toBeClose(each?.[i] as Tensor, close);
      });
    });
  });

  it("leaves frozen tables without a gradient, and a pass without gradients without a graph", () => {
    scope(() => {
      const { vectors, biases, x, weights } = setUp();
      vectors[1].weight.requiresGrad_(false);
      embeddingDot(vectors, biases, x).sum().backward();
      expect(weights.map(({ grad: gradient }) => gradient !== null)).toEqual([true, false, true, true]);
      expect(noGrad(() => embeddingDot(vectors, biases, x)).requiresGrad).toBe(false);
    });
  });

  it("shares large tables among threads, and gives only those a gradient that want one", () => {
    scope(() => {
      manualSeed(9);
      const sizes = [300, 5000] as const;
      const make = (size: number): Pair => [new Embedding(sizes[0], size), new Embedding(sizes[1], size)];
      const [vectors, biases] = [make(40), make(1)];
      const x = stack([randint(0, sizes[0], [900]), randint(0, sizes[1], [900])], 1);
      for (const wanted of [[0], [1], [2], [3], [0, 1, 2, 3]]) {
        const weights = [...vectors, ...biases].map(({ weight }) => weight);
        weights.forEach((weight, i) => {
          weight.requiresGrad_(wanted.includes(i));
        });
        const asked = weights.filter((_, i) => wanted.includes(i));
        const [ours, each] = [embeddingDot, calledEach].map((dot) => grad(dot(vectors, biases, x).sin().sum(), asked));
        ours?.forEach((gradient, i) => {
          expect(gradient).toBeClose(each?.[i] as Tensor, close);
        });
      }
    });
  });

  it("may be differentiated twice, and is checked against differences", () => {
    scope(() => {
      const { x } = setUp();
      const sizes = [
        [users, width],
        [items, width],
        [users, 1],
        [items, 1],
      ];
      const tables = sizes.map((size) => randn(size, { dtype: "float64" }).requiresGrad_());
      const dot = (...weights: Tensor[]) => ops.fastai?.embedding_dot?.(...weights, x) as Tensor;
      expect(gradcheck(dot, tables)).toBe(true);
      const ofUsers = (...weights: Tensor[]) =>
        enableGrad(() => {
          const squares = dot(...weights).square();
          return grad(squares.sum(), [weights[0] as Tensor], { createGraph: true })[0] as Tensor;
        });
      expect(gradcheck(ofUsers, tables)).toBe(true);
    });
  });

  it("goes through vmap", () => {
    scope(() => {
      const { vectors, biases } = setUp();
      const rows = randint(0, users, [3, 20, 2]);
      const out = vmap((x: Tensor) => embeddingDot(vectors, biases, x))(rows);
      expect(out).toBeClose(stack(rows.unbind(0).map((x) => embeddingDot(vectors, biases, x))), close);
    });
  });

  it("takes the weights of the forward pass, whatever became of them since", () => {
    scope(() => {
      const { vectors, biases, x, weights } = setUp();
      const expected = grad(calledEach(vectors, biases, x).sum(), weights);
      const out = embeddingDot(vectors, biases, x);
      noGrad(() => vectors[0].weight.zero_());
      grad(out.sum(), weights).forEach((gradient, i) => {
        expect(gradient).toBeClose(expected[i] as Tensor, close);
      });
    });
  });

  it("calls each embedding that is more than a table", () => {
    scope(() => {
      const { vectors, biases, x } = setUp((n, size) => new nn.Embedding(n, size, { paddingIdx: 0 }));
      const out = embeddingDot(vectors, biases, x);
      expect(out.gradFn).not.toContain("EmbeddingDot");
      expect(out).toBeClose(calledEach(vectors, biases, x), { rtol: 0, atol: 0 });
    });
  });

  it("names the column and the number that has no row", () => {
    scope(() => {
      const { vectors, biases, x } = setUp();
      const wrong = x.clone();
      wrong.setAt_([4, 1], items);
      expect(() => embeddingDot(vectors, biases, wrong)).toThrow(/class from 0 to 10 in column 1, got 11/);
      wrong.setAt_([3, 0], -1);
      expect(() => embeddingDot(vectors, biases, wrong)).toThrow(/column 0, got -1/);
    });
  });
});
