/** Random values for the arguments of a call: what a schema allows, and what nobody should give. */
import fc from "fast-check";
import * as torch from "../../../src/torch/index.js";
import type { parameterOf } from "../../../src/torch/op-arguments.js";

const { empty, randn, Tensor } = torch;
type Tensor = torch.Tensor;
type Parameter = ReturnType<typeof parameterOf>;

/** A value and how it is written, so that a failing call can be read. */
export interface Arg {
  readonly text: string;
  make(): unknown;
}

/** What hostile objects throw: it may come out of a call as it is. */
export class HostileError extends Error {}

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

function freed(x: Tensor): Tensor {
  const gone = x.clone();
  gone.dispose();
  return gone;
}

/** A tensor whose handle is something else, or whose class is. */
function forged(x: Tensor, handle: unknown): unknown {
  return Object.assign(Object.create(Object.getPrototypeOf(x) as object), { _h: handle, _flags: 0 });
}

/** Kinds of tensors: as made, transposed, expanded, recorded by autograd, without memory, sparse, freed, forged. */
const kinds: Record<string, (x: Tensor) => unknown> = {
  made: (x) => x,
  transposed: (x) => x.permute(x.shape.map((_, i) => x.ndim - 1 - i)),
  expanded: (x) => x.unsqueeze(0).expand([3, ...x.shape]),
  recorded: (x) => x.clone().requiresGrad_(),
  meta: (x) => empty(x.shape, { dtype: x.dtype, device: "meta" }),
  sparse: (x) => x.toSparse(),
  freed,
  "handle of nobody": (x) => forged(x, 12345),
  "handle in the middle": (x) => forged(x, x._h + 0.5),
  "handle NaN": (x) => forged(x, Number.NaN),
  "handle text": (x) => forged(x, "1"),
  "handle undefined": (x) => forged(x, undefined),
  "handle object": (x) => forged(x, { valueOf: () => 1 }),
  "handle huge": (x) => forged(x, 2 ** 60),
  "handle of another": (x) => forged(x, x._h),
  "bare prototype": () => Object.create(Tensor.prototype),
};

/** A tensor of any kind; most are plain ones. */
export const anyTensor: fc.Arbitrary<Arg> = fc
  .record({
    shape: fc.constantFrom(...shapes),
    dtype: fc.oneof({ weight: 4, arbitrary: fc.constant("float32" as const) }, fc.constantFrom(...dtypes)),
    kind: fc.oneof({ weight: 8, arbitrary: fc.constant("made") }, fc.constantFrom(...Object.keys(kinds))),
    scale: fc.constantFrom(1, 0, 100, Number.NaN),
  })
  .map(
    ({ shape, dtype, kind, scale }): Arg => ({
      text: `${kind} [${shape}] ${dtype} * ${scale}`,
      make: () => tensorOf(shape, dtype, kind, scale),
    }),
  );

/** Not every dtype can be every kind of tensor; then a plain one will do. */
function tensorOf(shape: number[], dtype: torch.DType, kind: string, scale: number): unknown {
  try {
    return kinds[kind]?.(randn(shape).mul(scale).to(dtype));
  } catch {
    return randn([2]);
  }
}

const small = fc.constantFrom(0, 1, 2, 3, 5, -1, -2, 64);
const number = fc.oneof(
  { weight: 6, arbitrary: small },
  fc.constantFrom(0.5, -0, 1e-30, 1e300, Number.NaN, Infinity, -Infinity, -100, 2 ** 31, 2 ** 40, -(2 ** 53), 2 ** 62),
);
const words = fc.constantFrom(
  ...["", "mean", "float32", "cpu", "cuda", "cuda:99", "meta", "channels_last", "sparse_coo", "linear"],
  ...["ij,jk->ik", "...i,...j", "nonsense\0", "\ud800", "🙂".repeat(2000), "__proto__", "none", "sum", "constructor"],
);

function throws(): never {
  throw new HostileError("thrown by an argument");
}

/** Values that no parameter takes: objects that throw, call back, refer to themselves or are not what they look like. */
const hostile: Record<string, () => unknown> = {
  symbol: () => Symbol("s"),
  function: () => throws,
  date: () => new Date(0),
  map: () => new Map([["dim", 1]]),
  regexp: () => /x/,
  "typed array": () => new Float32Array([1, 2, 3]),
  "bigint array": () => new BigInt64Array([2n ** 62n]),
  "data view": () => new DataView(new ArrayBuffer(8)),
  "detached array": () => {
    const array = new Float32Array(4);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  },
  "array with holes": () => new Array(3),
  "array of arrays": () => [[1, [2]], [[3]]],
  "array of 20,000": () => new Array(20_000).fill(1),
  "array of itself": () => {
    const array: unknown[] = [1];
    array.push(array);
    return array;
  },
  "array that throws": () => Object.defineProperty([1, 2], 1, { get: throws }),
  "array of another class": () => Object.setPrototypeOf([1, 2], null) as unknown,
  "object of itself": () => {
    const object: Record<string, unknown> = {};
    object.dim = object;
    return object;
  },
  "options without prototype": () => Object.assign(Object.create(null) as object, { dim: 0 }),
  "options that throw": () => Object.defineProperty({}, "dim", { get: throws, enumerable: true }),
  "inherited options": () => Object.create({ dim: 0 }) as unknown,
  "__proto__ option": () => JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as unknown,
  proxy: () => new Proxy({}, { get: throws, ownKeys: throws, getPrototypeOf: throws, has: throws }),
  "proxy of an array": () => new Proxy([1, 2], { get: throws }),
  "proxy of a tensor": () => new Proxy(randn([2]), {}),
  "revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "number object": () => Object(1) as unknown,
  // biome-ignore lint/suspicious/noThenProperty: hostile on purpose
  thenable: () => ({ then: throws }),
  "valueOf that throws": () => ({ valueOf: throws, toString: throws, toJSON: throws }),
  "the class": () => Tensor,
  "its prototype": () => Tensor.prototype,
};

function listOf(items: Arg[]): Arg {
  return { text: `[${items.map(({ text }) => text)}]`, make: () => items.map((item) => item.make()) };
}

const special: [unknown, string][] = [
  [2n ** 70n, "2n ** 70n"],
  [{ re: 1, im: 2 }, "1+2i"],
  [{ re: "1", im: {} }, "complex of nothing"],
  [{}, "{}"],
  [torch.slice(0, 2), "slice(0, 2)"],
  [torch.slice({ step: -1 }), "slice({ step: -1 })"],
];

/** Any value at all. */
export const anyValue: fc.Arbitrary<Arg> = fc.oneof(
  { weight: 8, arbitrary: anyTensor },
  { weight: 5, arbitrary: number.map((n) => plain(n, String(n))) },
  { weight: 3, arbitrary: fc.array(number, { maxLength: 4 }).map((list) => plain(list, `[${list}]`)) },
  { weight: 2, arbitrary: fc.constantFrom(true, false, null, undefined).map((v) => plain(v)) },
  { weight: 1, arbitrary: words.map((word) => plain(word)) },
  { weight: 1, arbitrary: fc.array(anyTensor, { maxLength: 3 }).map(listOf) },
  { weight: 1, arbitrary: fc.constantFrom(...special).map(([v, text]) => plain(v, text)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...Object.entries(hostile)).map(([text, make]): Arg => ({ text, make })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ dim: number, keepdim: fc.boolean(), dtype: words }, { requiredKeys: [] })
      .map((options) => plain(options)),
  },
);

/** A value that the schema allows. */
export function fitting({ base, list, optional, elementOptional }: Parameter): fc.Arbitrary<Arg> {
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
