/** What is called at random: operators as functions, methods and under their own names, and everything written by hand. */
import fc from "fast-check";
import * as operators from "../../../src/torch/generated/functions.js";
import { methodNames } from "../../../src/torch/generated/names.js";
import * as torch from "../../../src/torch/index.js";
import { parameterOf } from "../../../src/torch/op-arguments.js";
import { camelCase, overloadsOf } from "../../../src/torch/op-schema.js";
import { type Arg, anyTensor, anyValue, fitting } from "./values.js";

type Callable = (...args: unknown[]) => unknown;

/** Something to call, and arguments to call it with. */
export interface Target {
  readonly label: string;
  readonly run: Callable;
  readonly args: fc.Arbitrary<Arg[]>;
}

/** Mostly values that the schema allows, so that the kernels are reached; now and then anything. */
function argumentsOf(name: string): fc.Arbitrary<Arg[]> {
  const fits = overloadsOf(`aten::${name}`)
    .filter(({ args }) => !args.some(({ out }) => out))
    .map(({ args }) => args.map(parameterOf).filter(({ base }) => base !== "Generator"))
    .map((parameters) => {
      const each = parameters.map((parameter) =>
        fc.oneof({ weight: 12, arbitrary: fitting(parameter) }, { weight: 1, arbitrary: anyValue }),
      );
      return fc.tuple(...each).chain((all) => fc.nat({ max: 3 }).map((left) => all.slice(0, all.length - left)));
    });
  return fits.length === 0 ? anything : fc.oneof({ weight: 6, arbitrary: fc.oneof(...fits) }, anything);
}

const anything = fc.tuple(anyTensor, fc.array(anyValue, { maxLength: 4 })).map(([first, rest]) => [first, ...rest]);

function property(self: unknown, name: string): unknown {
  return (self as Record<string, unknown> | null | undefined)?.[name];
}

function callMethod(name: string, [self, ...args]: unknown[]): unknown {
  if (!(self instanceof torch.Tensor)) return undefined;
  return (self as unknown as Record<string, Callable>)[name]?.(...args);
}

const functions = new Map(Object.entries(operators).map(([name, run]) => [name, run as Callable]));

/**
 * What libtorch's own kernels do not survive, in Python neither: they read statistics of another size than the channels, never
 * end without bins, or take as many steps as the number that they are given. They are not called here.
 */
const unchecked = /fused_moving_avg_obs|choose_qparams_optimized|_polynomial_|^polygamma/;

function operatorTargets(): Target[] {
  const aten = torch.ops.aten as unknown as torch.OpNamespace; // its names are declared one by one
  const registered = torch.ops.names().flatMap((full) => (full.startsWith("aten::") ? [full.slice(6)] : []));
  const names = [...new Set([...methodNames, ...registered.map((name) => name.split(".")[0] ?? "")])];
  return names.flatMap((name) => {
    if (unchecked.test(name)) return [];
    const args = argumentsOf(name);
    const label = camelCase(name);
    const run = functions.get(label);
    const method: Callable = (...given) => callMethod(label, given);
    return [
      ...(run ? [{ label, run, args }] : []),
      ...(methodNames.includes(name) ? [{ label: `.${label}`, run: method, args }] : []),
      // Under its own name an operator is called that nobody calls by hand: only where there is a function as well.
      ...(run ? [{ label: `ops.aten.${name}`, run: ((...given) => aten[name]?.(...given)) as Callable, args }] : []),
    ];
  });
}

/** Files, settings of the process and registries are tested by themselves; what checks arguments is called with constants. */
const elsewhere =
  /^(load|save|readSafetensors|setNumThreads|setGradEnabled|register|remember|hasSpec|(to|from)(Spec|Transfer)|checkOptions|nearestName)/;
const internal = ["constructor", "aliasHandle", "describe"];

function moduleTargets(prefix: string, exported: object): Target[] {
  return Object.entries(exported).flatMap(([name, run]) => {
    if (typeof run !== "function" || functions.has(name) || /^[A-Z]|Polynomial/.test(name) || elsewhere.test(name))
      return [];
    return [
      {
        label: `${prefix}${name}`,
        run: run as Callable,
        args: fc.oneof(anything, fc.array(anyValue, { maxLength: 4 })),
      },
    ];
  });
}

/** The methods and properties of a tensor that are no operators; properties are read, or set with the first value. */
function handWrittenMethods(): Target[] {
  const known = new Set(methodNames.map(camelCase));
  return Object.entries(Object.getOwnPropertyDescriptors(torch.Tensor.prototype)).flatMap(([name, { get, set }]) => {
    if (known.has(name) || name.startsWith("_") || internal.includes(name)) return [];
    if (get === undefined)
      return [{ label: `.${name}`, run: (...given: unknown[]) => callMethod(name, given), args: anything }];
    const read: Callable = (self) => (self instanceof torch.Tensor ? property(self, name) : undefined);
    const write: Callable = (self, value) =>
      self instanceof torch.Tensor ? Reflect.set(self, name, value) : undefined;
    return [
      { label: `get .${name}`, run: read, args: anything },
      ...(set ? [{ label: `set .${name}`, run: write, args: anything }] : []),
    ];
  });
}

const byHand = [
  ...moduleTargets("", torch),
  ...handWrittenMethods(),
  { label: "new Tensor", run: (handle: unknown) => new torch.Tensor(handle as number), args: fc.tuple(anyValue) },
];
const libraries = [
  ...moduleTargets("linalg.", torch.linalg),
  ...moduleTargets("fft.", torch.fft),
  ...moduleTargets("special.", torch.special),
  ...moduleTargets("sparse.", torch.sparse),
  ...moduleTargets("nn.functional.", torch.nn.functional),
];

/** One of all; what is written by hand is called more often than an operator is. */
export const anyTarget: fc.Arbitrary<Target> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...operatorTargets()) },
  { weight: 1, arbitrary: fc.constantFrom(...byHand) },
  { weight: 1, arbitrary: fc.constantFrom(...libraries) },
);
