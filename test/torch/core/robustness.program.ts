/**
 * Calls random operators with random arguments for some seconds. Only a TorchError may come out of a call; the call that
 * is being made stands in the last line of the log, for when the process dies in it.
 *
 * usage: tsx robustness.program.ts LOG SEED MILLISECONDS
 */
import { openSync, writeSync } from "node:fs";
import fc from "fast-check";
import * as operators from "../../../src/torch/generated/functions.js";
import { methodNames } from "../../../src/torch/generated/names.js";
import * as torch from "../../../src/torch/index.js";
import { type Parameter, parameterOf } from "../../../src/torch/op-arguments.js";
import { camelCase, overloadsOf } from "../../../src/torch/op-schema.js";

const { empty, randn, scope, TorchError } = torch;
type Tensor = torch.Tensor;

const [log = "robustness.log", seed = "1", milliseconds = "5000"] = process.argv.slice(2);
const file = openSync(log, "w");

/** A value and how it is written, so that a failing call can be read. */
interface Arg {
  readonly text: string;
  make(): unknown;
}

const plain = (value: unknown, text = JSON.stringify(value) ?? "undefined"): Arg => ({ text, make: () => value });

const shapes = [
  [],
  [0],
  [1],
  [5],
  [2, 3],
  [3, 3],
  [0, 3],
  [2, 0, 4],
  [1, 1, 1, 1],
  [2, 3, 4, 5],
  [1, 2, 3, 2, 2],
  [64],
];
const dtypes: torch.DType[] = [
  ...(["float32", "float64", "float16", "bfloat16", "complex64", "int64", "int32", "int16"] as const),
  ...(["int8", "uint8", "bool", "float8_e4m3fn", "uint16"] as const),
];

/** Kinds of tensors: as made, transposed, expanded, recorded by autograd, without memory, sparse, freed. */
const kinds: Record<string, (x: Tensor) => unknown> = {
  made: (x) => x,
  transposed: (x) => x.permute(x.shape.map((_, i) => x.ndim - 1 - i)),
  expanded: (x) => x.unsqueeze(0).expand([3, ...x.shape]),
  recorded: (x) => x.clone().requiresGrad_(),
  meta: (x) => empty(x.shape, { dtype: x.dtype, device: "meta" }),
  sparse: (x) => x.toSparse(),
  freed: (x) => {
    const gone = x.clone();
    gone.dispose();
    return gone;
  },
};

const anyTensor = fc
  .record({
    shape: fc.constantFrom(...shapes),
    dtype: fc.oneof({ weight: 4, arbitrary: fc.constant("float32" as const) }, fc.constantFrom(...dtypes)),
    kind: fc.oneof({ weight: 8, arbitrary: fc.constant("made") }, fc.constantFrom(...Object.keys(kinds))),
    scale: fc.constantFrom(1, 0, 100, Number.NaN),
  })
  .map(
    ({ shape, dtype, kind, scale }): Arg => ({
      text: `${kind} [${shape}] ${dtype} * ${scale}`,
      make: () => kinds[kind]?.(randn(shape).mul(scale).to(dtype)),
    }),
  );

const small = fc.constantFrom(0, 1, 2, 3, 5, -1, -2, 64);
const number = fc.oneof(
  { weight: 6, arbitrary: small },
  fc.constantFrom(0.5, -0, 1e-30, 1e300, Number.NaN, Infinity, -Infinity, -100, 2 ** 31, 2 ** 40, -(2 ** 53), 2 ** 62),
);
const words = fc.constantFrom(
  ...[
    "",
    "mean",
    "float32",
    "cpu",
    "cuda",
    "cuda:99",
    "meta",
    "channels_last",
    "sparse_coo",
    "linear",
    "ij,jk->ik",
    "nonsense\0",
  ],
);
const value: fc.Arbitrary<Arg> = fc.oneof(
  { weight: 8, arbitrary: anyTensor },
  { weight: 5, arbitrary: number.map((n) => plain(n, String(n))) },
  { weight: 3, arbitrary: fc.array(number, { maxLength: 4 }).map((list) => plain(list, `[${list}]`)) },
  { weight: 2, arbitrary: fc.constantFrom(true, false, null, undefined).map((v) => plain(v)) },
  { weight: 1, arbitrary: words.map((word) => plain(word)) },
  { weight: 1, arbitrary: fc.array(anyTensor, { maxLength: 3 }).map(listOf) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<[unknown, string]>([2n ** 70n, "2n ** 70n"], [{ re: 1, im: 2 }, "1+2i"], [{}, "{}"])
      .map(([v, text]) => plain(v, text)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ dim: number, keepdim: fc.boolean(), dtype: words }, { requiredKeys: [] })
      .map((options) => plain(options)),
  },
);

function listOf(items: Arg[]): Arg {
  return { text: `[${items.map(({ text }) => text)}]`, make: () => items.map((item) => item.make()) };
}

/** A value that the schema allows. */
function fitting({ base, list, optional, elementOptional }: Parameter): fc.Arbitrary<Arg> {
  const element = (): fc.Arbitrary<Arg> => {
    if (base === "Tensor") return anyTensor;
    if (base === "bool") return fc.boolean().map((v) => plain(v));
    if (base === "str") return words.map((word) => plain(word));
    if (base === "ScalarType") return fc.constantFrom(...dtypes).map((dtype) => plain(dtype));
    if (base === "MemoryFormat") return fc.constantFrom("channels_last", "contiguous_format").map((v) => plain(v));
    if (base === "float" || base === "Scalar") return number.map((n) => plain(n, String(n)));
    return (base === "int" ? number.filter(Number.isInteger) : number).map((n) => plain(n, String(n)));
  };
  const nothing = fc.constant(plain(null));
  const item = elementOptional ? fc.oneof({ weight: 3, arbitrary: element() }, nothing) : element();
  const one = list ? fc.array(item, { maxLength: 4 }).map(listOf) : item;
  return optional ? fc.oneof({ weight: 3, arbitrary: one }, nothing) : one;
}

/** Mostly values that the schema allows, so that the kernels are reached; now and then anything. */
function argumentsOf(name: string): fc.Arbitrary<Arg[]> {
  const fits = overloadsOf(`aten::${name}`)
    .filter(({ args }) => !args.some(({ out }) => out))
    .map(({ args }) => args.map(parameterOf).filter(({ base }) => base !== "Generator"))
    .map((parameters) => {
      const each = parameters.map((parameter) =>
        fc.oneof({ weight: 12, arbitrary: fitting(parameter) }, { weight: 1, arbitrary: value }),
      );
      return fc.tuple(...each).chain((all) => fc.nat({ max: 3 }).map((left) => all.slice(0, all.length - left)));
    });
  const anything = fc.tuple(anyTensor, fc.array(value, { maxLength: 4 })).map(([first, rest]) => [first, ...rest]);
  return fits.length === 0 ? anything : fc.oneof({ weight: 6, arbitrary: fc.oneof(...fits) }, anything);
}

type Callable = (...args: unknown[]) => unknown;
const functions = new Map(Object.entries(operators).map(([name, f]) => [name, f as Callable]));
const names = [...new Set([...methodNames, ...torch.ops.names().map((full) => full.slice(6).split(".")[0] ?? "")])];
const targets = names
  .flatMap((name) => [
    { name, label: camelCase(name), run: functions.get(camelCase(name)) },
    {
      name,
      label: `.${camelCase(name)}`,
      run: methodNames.includes(name) ? (...args: unknown[]) => callMethod(camelCase(name), args) : undefined,
    },
  ])
  .flatMap(({ run, ...rest }) => (run ? [{ ...rest, run, args: argumentsOf(rest.name) }] : []));

const call = fc.constantFrom(...targets).chain(({ args, ...target }) => args.map((given) => ({ target, args: given })));

function callMethod(name: string, [self, ...args]: unknown[]): unknown {
  return (self instanceof torch.Tensor ? (self as unknown as Record<string, Callable>) : {})[name]?.(...args);
}

/** Looks at everything that a call returned. */
function look(result: unknown): void {
  for (const tensor of torch.collectTensors(result)) {
    void [tensor.shape, tensor.dtype, tensor.device, tensor.requiresGrad];
    if (tensor.numel() < 200) String(tensor);
  }
}

let calls = 0;
let returned = 0;
fc.assert(
  fc.property(call, ({ target, args }) => {
    const text = `${target.label}(${args.map((arg) => arg.text).join("; ")})`;
    writeSync(file, `${text}\n`);
    calls++;
    scope(() => {
      const made = scope(() => args.map((arg) => made1(arg)));
      try {
        look(target.run(...made));
        returned++;
      } catch (error) {
        if (!(error instanceof TorchError)) throw new Error(`${text}: ${(error as Error)?.stack}`);
      }
    });
  }),
  {
    seed: Number(seed),
    numRuns: 1e6,
    interruptAfterTimeLimit: Number(milliseconds),
    endOnFailure: true,
  },
);
console.log(JSON.stringify({ calls, returned }));

/** Not every dtype can be every kind of tensor; then a plain one will do. */
function made1(arg: Arg): unknown {
  try {
    return arg.make();
  } catch {
    return randn([2]);
  }
}
