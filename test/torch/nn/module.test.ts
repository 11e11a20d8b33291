import { inspect } from "node:util";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  DisposedError,
  keep,
  manualSeed,
  memory,
  noGrad,
  OptionError,
  ones,
  randn,
  ShapeError,
  scope,
  Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../../src/torch/index.js";
import * as nn from "../../../src/torch/nn/index.js";

class Net extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 8, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(8);
  blocks = [new nn.Linear(8, 8), new nn.Linear(8, 10)];
  scale = new nn.Parameter(ones([1]));
  counter = nn.buffer(zeros([1]));

  forward(x: Tensor): Tensor {
    x = this.bn(this.conv1(x))
      .relu()
      .mean({ dim: [2, 3] });
    for (const block of this.blocks) x = block(x);
    return x.mul(this.scale);
  }
}

describe("TOR-7: a module", () => {
  it("is called like a function, in the types and at run time", () => {
    const net = new Net();
    const out = scope(() => net(randn([2, 1, 6, 6])));
    expectTypeOf(net).parameters.toEqualTypeOf<[Tensor]>();
    expectTypeOf(net).returns.toEqualTypeOf<Tensor>();
    expect(out.shape).toEqual([2, 10]);
    expect(net).toBeInstanceOf(Net);
    expect(net).toBeInstanceOf(nn.Module);
    expect(typeof net).toBe("function");
  });

  it("frees what forward made and did not return, and keeps the result", () => {
    let inner: Tensor | undefined;
    class Leaky extends nn.Module<[Tensor], Tensor> {
      forward(x: Tensor): Tensor {
        inner = x.add(1);
        return inner.mul(2);
      }
    }
    const x = zeros([2]);
    const before = memory().tensors;
    const out = new Leaky()(x);
    expect(memory().tensors).toBe(before + 1);
    expect(out.toArray()).toEqual([2, 2]);
    expect(() => inner?.sum()).toThrow(DisposedError);
    expect(() => inner?.sum()).toThrow(/Leaky/);
  });

  it("frees what was made before an error", () => {
    class Failing extends nn.Module<[Tensor], Tensor> {
      forward(x: Tensor): Tensor {
        x.add(1);
        throw new RangeError("no");
      }
    }
    const x = zeros([2]);
    const failing = new Failing();
    const before = memory().tensors;
    expect(() => failing(x)).toThrow(RangeError);
    expect(memory().tensors).toBe(before);
  });

  it("returns an input as it is", () => {
    class Same extends nn.Module<[Tensor], Tensor> {
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    scope(() => {
      const x = zeros([2]);
      expect(new Same()(x)).toBe(x);
      expect(new nn.Identity()(x)).toBe(x);
      expect(x.isAlive).toBe(true);
    });
  });

  it("lets fields have any name a function has", () => {
    class Named extends nn.Module<[Tensor], Tensor> {
      override name = new nn.Parameter(ones([1]));
      override length = new nn.Parameter(ones([2]));
      override prototype = new nn.Linear(1, 1);
      override arguments = 3;
      override caller = "me";
      forward(x: Tensor): Tensor {
        return x.mul(this.name);
      }
    }
    const named = new Named();
    expect([...named.stateDict().keys()]).toEqual(["name", "length", "prototype.weight", "prototype.bias"]);
    expect([named.arguments, named.caller]).toEqual([3, "me"]);
    expect(named(tensor([2])).item()).toBe(2);
    const plain = new nn.ReLU() as object;
    expect("name" in plain || "length" in plain || "caller" in plain || "arguments" in plain).toBe(false);
    expect(Object.keys(plain)).toEqual(["training", "inplace"]);
  });

  it("keeps private fields and what is no tensor out of its parts", () => {
    class Quiet extends nn.Module<[Tensor], Tensor> {
      #parent: nn.AnyModule;
      plain = zeros([1]);
      list = [1, "a", null];
      constructor(parent: nn.AnyModule) {
        super();
        this.#parent = parent;
      }
      forward(x: Tensor): Tensor {
        return this.#parent.training ? x : x.neg();
      }
    }
    const quiet = new Quiet(new nn.Linear(1, 1));
    expect(quiet.namedParameters()).toEqual([]);
    expect(quiet.namedBuffers()).toEqual([]);
    expect(quiet.modules()).toEqual([quiet]);
  });

  it("refuses to contain itself", () => {
    class Loop extends nn.Module<[Tensor], Tensor> {
      child = new nn.Linear(1, 1);
      again: nn.AnyModule | null = null;
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const loop = new Loop();
    loop.again = loop;
    expect(() => loop.stateDict()).toThrow(/"again", which leads back/);
  });
});

describe("keys", () => {
  it("are PyTorch's: parameters, buffers, then children, arrays and Maps by position and name", () => {
    class Deep extends nn.Module<[Tensor], Tensor> {
      nested = [[new nn.Linear(1, 1, { bias: false })], [new nn.Linear(1, 1, { bias: false })]];
      byName = new Map<string, nn.AnyModule>([["a", new nn.BatchNorm1d(2)]]);
      scales = [new nn.Parameter(ones([1])), new nn.Parameter(ones([1]))];
      unsaved = nn.buffer(zeros([1]), { persistent: false });
      saved = nn.buffer(zeros([1]));
      own = new nn.Parameter(ones([1]));
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const deep = new Deep();
    expect([...deep.stateDict().keys()]).toEqual([
      "own",
      "saved",
      "nested.0.0.weight",
      "nested.1.0.weight",
      "byName.a.weight",
      "byName.a.bias",
      "byName.a.running_mean",
      "byName.a.running_var",
      "byName.a.num_batches_tracked",
      "scales.0",
      "scales.1",
    ]);
    expect(deep.namedBuffers().map(([key]) => key)).toContain("unsaved");
    expect(deep.namedChildren().map(([key]) => key)).toEqual(["nested.0.0", "nested.1.0", "byName.a"]);
    expect(deep.getSubmodule("byName.a")).toBe(deep.byName.get("a"));
    expect(() => deep.getSubmodule("byName.b")).toThrow(/byName\.a/);
  });

  it("refuse Map keys with dots", () => {
    const list = new nn.ModuleDict([["a.b", new nn.ReLU()]]);
    class Bad extends nn.Module<[Tensor], Tensor> {
      parts = new Map([["a.b", new nn.ReLU()]]);
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(() => new Bad().stateDict()).toThrow(ValueError);
    expect(list.size).toBe(1);
  });

  it("list a shared parameter under each key, parameters() only once", () => {
    class Tied extends nn.Module<[Tensor], Tensor> {
      encoder = new nn.Linear(2, 2, { bias: false });
      decoder = new nn.Linear(2, 2, { bias: false });
      constructor() {
        super();
        this.decoder.weight = this.encoder.weight;
      }
      forward(x: Tensor): Tensor {
        return this.decoder(this.encoder(x));
      }
    }
    const tied = new Tied();
    expect([...tied.stateDict().keys()]).toEqual(["encoder.weight", "decoder.weight"]);
    expect(tied.namedParameters().map(([key]) => key)).toEqual(["encoder.weight"]);
    tied.to("float64");
    expect(tied.decoder.weight).toBe(tied.encoder.weight);
    expect(tied.decoder.weight.dtype).toBe("float64");
  });
});

describe("loadStateDict", () => {
  it("copies values, converting dtypes, and reports nothing when all fits", () => {
    const [a, b] = [new Net(), new Net()];
    const state = a.stateDict();
    const report = b.loadStateDict(new Map([...state].map(([key, t]) => [key, t.double()])));
    expect(report).toEqual({ missingKeys: [], unexpectedKeys: [] });
    for (const [key, t] of b.stateDict()) expect(t).toBeClose(state.get(key));
    expect(b.scale.requiresGrad).toBe(true);
  });

  it("names all missing, unexpected and mismatched keys, and copies nothing", () => {
    const net = new nn.Sequential(new nn.Linear(2, 2));
    const before = (net.stateDict().get("0.weight") as Tensor).toArray();
    const state = { "0.weight": zeros([3, 2]), other: zeros([1]) };
    let error: nn.StateDictError | undefined;
    try {
      net.loadStateDict(state);
    } catch (caught) {
      error = caught as nn.StateDictError;
    }
    expect(error).toBeInstanceOf(nn.StateDictError);
    expect(error?.missingKeys).toEqual(["0.bias"]);
    expect(error?.unexpectedKeys).toEqual(["other"]);
    expect(error?.mismatched).toEqual([{ key: "0.weight", expected: [2, 2], got: [3, 2] }]);
    expect(error?.message).toMatch(
      /missing "0.bias".*unexpected "other".*"0.weight" expected shape \[2, 2\], got \[3, 2\]/,
    );
    expect((net.stateDict().get("0.weight") as Tensor).toArray()).toEqual(before);
  });

  it("accepts missing and unexpected keys unless strict, but never another shape", () => {
    const net = new nn.Sequential(new nn.Linear(2, 2));
    const report = net.loadStateDict({ "0.weight": ones([2, 2]), other: zeros([1]) }, { strict: false });
    expect(report).toEqual({ missingKeys: ["0.bias"], unexpectedKeys: ["other"] });
    expect((net.stateDict().get("0.weight") as Tensor).toArray()).toEqual([[1, 1], [1, 1]]); // biome-ignore format: a matrix
    expect(() => net.loadStateDict({ "0.weight": ones([3]) }, { strict: false })).toThrow(nn.StateDictError);
    expect(() => net.loadStateDict({}, { strickt: false } as object)).toThrow(OptionError);
  });

  it("accepts old files without num_batches_tracked", () => {
    const bn = new nn.BatchNorm1d(2);
    const state = bn.stateDict();
    state.delete("num_batches_tracked");
    expect(bn.loadStateDict(state).missingKeys).toEqual([]);
  });
});

describe("batch norm's count", () => {
  it("is right whenever somebody looks", () => {
    scope(() => {
      const bn = new nn.BatchNorm1d(2);
      for (let i = 0; i < 3; i++) bn(randn([4, 2]));
      expect(bn.num_batches_tracked?.item()).toBe(3);
      bn(randn([4, 2]));
      expect((bn.stateDict().get("num_batches_tracked") as Tensor).item()).toBe(4);
      bn.eval();
      bn(randn([4, 2]));
      expect(bn.num_batches_tracked?.dtype).toBe("int64");
      expect(bn.num_batches_tracked?.item()).toBe(4);
      bn.resetRunningStats();
      expect(bn.num_batches_tracked?.item()).toBe(0);
    });
  });

  it("names the class and the shape when the rank is wrong", () => {
    const bn = new nn.BatchNorm2d(3);
    expect(() => bn(zeros([2, 3]))).toThrow(ShapeError);
    expect(() => bn(zeros([2, 3]))).toThrow(
      /BatchNorm2d.forward: expected an input of 4 dimensions, got \[2, 3\] float32/,
    );
  });
});

describe("modes and conversions", () => {
  it("train and eval reach every module", () => {
    const net = new Net();
    expect(net.eval()).toBe(net);
    expect(net.modules().map((m) => m.training)).toEqual([false, false, false, false, false]);
    net.train();
    expect(net.blocks[1]?.training).toBe(true);
  });

  it("to() keeps the parameter objects, converts gradients and leaves integer buffers alone", () => {
    scope(() => {
      const net = new Net();
      const { weight } = net.conv1;
      net(randn([2, 1, 6, 6]))
        .sum()
        .backward();
      net.to("float64");
      expect(net.conv1.weight).toBe(weight);
      expect(weight.dtype).toBe("float64");
      expect(weight.grad?.dtype).toBe("float64");
      expect(weight.requiresGrad && weight.isLeaf).toBe(true);
      expect(net.bn.running_mean?.dtype).toBe("float64");
      expect(net.bn.num_batches_tracked?.dtype).toBe("int64");
      expect(net.float().conv1.weight.dtype).toBe("float32");
      expect(() => net.to("flaot32" as "float32")).toThrow(/flaot32/);
    });
  });

  it("freezes, unfreezes and drops gradients", () => {
    scope(() => {
      const net = new nn.Linear(2, 2);
      net.requiresGrad_(false);
      expect(net.parameters().some((p) => p.requiresGrad)).toBe(false);
      net.requiresGrad_();
      net(randn([1, 2]))
        .sum()
        .backward();
      expect(net.weight.grad?.shape).toEqual([2, 2]);
      net.zeroGrad();
      expect(net.weight.grad).toBeNull();
    });
  });

  it("apply visits children first", () => {
    const seen: string[] = [];
    new nn.Sequential(new nn.Linear(1, 1), new nn.ReLU()).apply((m) => seen.push(m.constructor.name));
    expect(seen).toEqual(["Linear", "ReLU", "Sequential"]);
  });
});

describe("hooks", () => {
  it("see and replace arguments and outputs until they are removed", () => {
    scope(() => {
      const layer = new nn.ReLU();
      const undoBefore = layer.registerForwardPreHook((_module, [x]) => x.neg());
      const undoAfter = layer.registerForwardHook((module, args, output) => {
        expect(module).toBe(layer);
        expect(args[0].item()).toBe(3);
        return output.mul(10);
      });
      expect(layer(tensor(-3)).item()).toBe(30);
      undoBefore();
      undoAfter();
      undoAfter();
      expect(layer(tensor(-3)).item()).toBe(0);
    });
  });

  it("free what a hook stores, unless it is kept", () => {
    const layer = new nn.ReLU();
    const stored: Tensor[] = [];
    layer.registerForwardHook((_m, _args, output) => {
      stored.push(output.add(1), keep(output.add(2)));
    });
    layer(ones([1]));
    expect(stored[0]?.isAlive).toBe(false);
    expect(stored[1]?.item()).toBe(3);
  });
});

describe("parameters", () => {
  it("are leaves that share memory with their source, survive scopes, and make plain tensors", () => {
    const [p, source] = scope(() => {
      const data = ones([2]);
      return [new nn.Parameter(data), data];
    });
    const lone = { p: scope(() => void new nn.Parameter(ones([1]))) };
    expect(lone.p).toBeUndefined();
    expect(p.requiresGrad && p.isLeaf && p instanceof Tensor).toBe(true);
    noGrad(() => p.add_(1));
    expect(source.toArray()).toEqual([2, 2]);
    expect(p.mul(2)).not.toBeInstanceOf(nn.Parameter);
    expect(p.detach()).not.toBeInstanceOf(nn.Parameter);
    const kept: nn.Parameter[] = [];
    scope(() => {
      kept.push(new nn.Linear(1, 1).weight);
    });
    expect(kept[0]?.isAlive).toBe(true);
  });
});

describe("containers", () => {
  it("Sequential has numbered layers that can be replaced, sliced, inserted and appended", () => {
    const seq = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
    expect([...seq.stateDict().keys()]).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
    expect(seq.length).toBe(3);
    seq[2] = new nn.Linear(8, 5);
    seq.append(new nn.Tanh()).insert(0, new nn.Identity());
    expect([...seq].map((m) => m.constructor.name)).toEqual(["Identity", "Linear", "ReLU", "Linear", "Tanh"]);
    expect(seq.at(-1)).toBe(seq[4]);
    expect(seq.slice(0, 2).at(1)).toBe(seq[1]);
    expect(scope(() => (seq(randn([3, 4])) as Tensor).shape)).toEqual([3, 5]);
    expect(() => new nn.Sequential(nn.ReLU as unknown as nn.AnyModule)).toThrow(/Make an instance with new/);
  });

  it("Sequential from a Map has named layers", () => {
    const seq = new nn.Sequential(new Map<string, nn.AnyModule>([["fc", new nn.Linear(2, 2)], ["act", new nn.ReLU()]])); // biome-ignore format: pairs
    expect([...seq.stateDict().keys()]).toEqual(["fc.weight", "fc.bias"]);
    expect(scope(() => (seq(randn([1, 2])) as Tensor).shape)).toEqual([1, 2]);
    expect(() => new nn.Sequential(new Map([["forward", new nn.ReLU()]]))).toThrow(ValueError);
  });

  it("ModuleList and ModuleDict register, iterate and cannot be called", () => {
    const list = new nn.ModuleList([new nn.Linear(1, 1)]);
    const dict = new nn.ModuleDict({ to: new nn.Linear(1, 1) });
    expect([...list.stateDict().keys()]).toEqual(["0.weight", "0.bias"]);
    expect([...dict.stateDict().keys()]).toEqual(["to.weight", "to.bias"]);
    expect([...list].length + dict.size).toBe(2);
    expect(() => (list as unknown as () => void)()).toThrow(/Loop over the list/);
    expect(() => (dict as unknown as () => void)()).toThrow(/Get one by its name/);
  });
});

describe("printing", () => {
  it("nests, indents and counts equal neighbours of lists as PyTorch does", () => {
    class Printed extends nn.Module<[Tensor], Tensor> {
      act = new nn.ReLU({ inplace: true });
      blocks = [new nn.Linear(2, 2), new nn.Linear(2, 2), new nn.Linear(2, 3)];
      forward(x: Tensor): Tensor {
        return this.act(x);
      }
    }
    const text = [
      "Printed(",
      "  (act): ReLU(inplace=True)",
      "  (blocks): ModuleList(",
      "    (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)",
      "    (2): Linear(in_features=2, out_features=3, bias=True)",
      "  )",
      ")",
    ].join("\n");
    expect(String(new Printed())).toBe(text);
    expect(inspect(new Printed())).toBe(text);
  });
});

describe("mistakes", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["an unknown option", () => new nn.Conv2d(1, 1, 3, { strid: 2 } as object), /strid.*Did you mean "stride"/s],
    ["groups that do not divide", () => new nn.Conv2d(3, 4, 3, { groups: 2 }), /got 2 for 3 and 4/],
    ["sizes of the wrong length", () => new nn.Conv2d(1, 1, [3, 3, 3]), /one number or 2 of them/],
    ["padding same with a stride", () => new nn.Conv2d(1, 1, 3, { padding: "same", stride: 2 }), /stride 1/],
    ["an impossible probability", () => new nn.Dropout(1.5), /from 0 to 1, got 1.5/],
    ["a mode that does not fit", () => new nn.Upsample({ size: 2, mode: "linear" })(zeros([1, 1, 2, 2])), /bilinear/],
    ["no size at all", () => new nn.Upsample({})(zeros([1, 1, 2, 2])), /exactly one/],
    [
      "a reduction of another word",
      () => new nn.MSELoss({ reduction: "avg" as "mean" })(zeros([1]), zeros([1])),
      /avg/,
    ],
    ["an argument that is no tensor", () => new nn.Linear(1, 1)([1] as unknown as Tensor), /expected a Tensor/],
    ["shapes that do not fit", () => new nn.Linear(3, 1)(zeros([2, 4])), /\[2, 4\] float32/],
    ["a vector for a matrix", () => nn.init.kaimingNormal_(zeros([3])), /at least 2 dimensions/],
  ])("%s is refused with the reason", (_what, make, message) => {
    expect(() => scope(make)).toThrow(message);
  });
});

describe("vectors of parameters", () => {
  it("go back and forth", () => {
    scope(() => {
      manualSeed(1);
      const [a, b] = [new nn.Linear(2, 3), new nn.Linear(2, 3)];
      const vector = nn.utils.parametersToVector(a.parameters());
      expect(vector.shape).toEqual([9]);
      nn.utils.vectorToParameters(vector, b.parameters());
      expect(b.weight).toBeClose(a.weight);
      expect(b.bias).toBeClose(a.bias);
      expect(() => nn.utils.vectorToParameters(zeros([8]), b.parameters())).toThrow(ShapeError);
    });
  });
});

describe("weight normalisations", () => {
  it("come off again and leave the weight they computed", () => {
    scope(() => {
      const layer = nn.utils.spectralNorm(new nn.Linear(3, 3));
      expect([...layer.stateDict().keys()]).toEqual(["bias", "weight_orig", "weight_u", "weight_v"]);
      const x = randn([2, 3]);
      for (let i = 0; i < 30; i++) layer(x);
      const normed = noGrad(() => layer.eval()(x));
      nn.utils.removeWeightNorm(layer);
      expect(
        layer
          .namedParameters()
          .map(([key]) => key)
          .sort(),
      ).toEqual(["bias", "weight"]);
      expect(layer(x)).toBeClose(normed, { atol: 1e-5 });
      expect(() => nn.utils.removeWeightNorm(layer)).toThrow(ValueError);
      expect(() => nn.utils.weightNorm(nn.utils.weightNorm(new nn.Linear(1, 1)))).toThrow(/normalised already/);
    });
  });
});
