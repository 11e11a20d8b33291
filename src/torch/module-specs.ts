/** How modules are described in exported learners: the layers of `nn` by a table, other classes by their fields. */
import { z } from "zod";
import { tensor, zeros } from "./creation.js";
import type { DType } from "./dtype.js";
import * as nn from "./nn/index.js";
import { fromSpec, RegistryError, register, registerConstant, type Spec, toSpec } from "./registry.js";
import { Tensor } from "./tensor.js";

type ModuleClass = abstract new (...args: never[]) => nn.AnyModule;

const specSchema = z.object({ type: z.string(), config: z.unknown().optional() });
const argumentsSchema = z.object({ args: z.array(z.json()), options: z.record(z.string(), z.json()).optional() });

/**
 * Describes a class by constructor arguments, which it keeps in fields of the same names: `args` are the positional ones,
 * `options` those in a trailing object, both separated by spaces. "affine=weight" reads the option `affine` off the field
 * `weight`; a parameter or buffer stands for "there is one".
 *
 * @example
 * registerLayer("nn.Linear", nn.Linear, "inFeatures outFeatures", "bias");
 */
export function registerLayer(name: string, cls: ModuleClass, args = "", options = ""): void {
  const read = (module: nn.AnyModule, field: string): z.core.util.JSONType =>
    jsonOf(name, field, Reflect.get(module, field));
  const positional = words(args);
  const named = words(options).map((word) => word.split("=") as [string, string?]);
  register(name, {
    cls,
    config: argumentsSchema,
    toConfig: (module) => ({
      args: positional.map((field) => read(module, field)),
      ...(named.length > 0 ? { options: optionsOf(module) } : {}),
    }),
    fromConfig: (config) => construct(cls, config),
  });
  function optionsOf(module: nn.AnyModule): Record<string, z.core.util.JSONType> {
    return Object.fromEntries(
      named.map(([option, field]) => {
        const value: unknown = Reflect.get(module, field ?? option);
        const isState = value instanceof Tensor || (value === null && (field !== undefined || option === "bias"));
        return [option, isState ? value !== null : read(module, option)];
      }),
    );
  }
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

function construct(cls: ModuleClass, { args, options }: z.output<typeof argumentsSchema>): nn.AnyModule {
  // Whatever does not suit the constructor, it refuses itself.
  return Reflect.construct(cls as new (...all: unknown[]) => nn.AnyModule, [...args, ...(options ? [options] : [])]);
}

function jsonOf(where: string, field: string, value: unknown): z.core.util.JSONType {
  const parsed = z.json().safeParse(value);
  if (parsed.success) return parsed.data;
  const what = typeof value === "object" && value !== null ? `an instance of ${value.constructor?.name}` : typeof value;
  throw new RegistryError(
    `toSpec: expected numbers, texts, modules, parameters or registered functions in the fields of ${where}, got ${what} ` +
      `in "${field}". Put it into a form that JSON has, or register the class with its own toConfig and fromConfig.`,
  );
}

/** A field of a module, as JSON. */
type Field =
  | { value: z.core.util.JSONType }
  | { object: Spec }
  | { list: Field[] }
  | { parameter: number[]; dtype: string }
  | { buffer: number[]; dtype: string; persistent: boolean };

const shapeSchema = z.array(z.int().nonnegative());
const fieldSchema: z.ZodType<Field> = z.lazy(() =>
  z.union([
    z.object({ value: z.json() }),
    z.object({ object: specSchema }),
    z.object({ list: z.array(fieldSchema) }),
    z.object({ parameter: shapeSchema, dtype: z.string() }),
    z.object({ buffer: shapeSchema, dtype: z.string(), persistent: z.boolean() }),
  ]),
);
const fieldsSchema = z.object({ fields: z.array(z.tuple([z.string(), fieldSchema])) });

/**
 * Makes instances of a class of one's own exportable: they are described by their public fields (modules, parameters,
 * buffers, arrays of these, plain values, registered functions) and made again without running the constructor. So the
 * class must keep what `forward` uses in public fields; one with `#private` state needs `register` with its own config.
 * Call it next to the class, in a module that both the exporting and the loading program import.
 *
 * @example
 * class Net extends nn.Module<[Tensor], Tensor> { fc = new nn.Linear(4, 2); forward(x: Tensor) { return this.fc(x); } }
 * registerModule("myapp.Net", Net);
 */
export function registerModule(name: string, cls: ModuleClass): void {
  const base = cls.prototype instanceof nn.Sequential ? nn.Sequential : nn.Module;
  register(name, {
    cls,
    config: fieldsSchema,
    toConfig: (module) => ({ fields: fieldsOf(name, module) }),
    fromConfig: ({ fields }) => {
      const module = Reflect.construct(base, [], cls) as nn.AnyModule; // an instance of cls, made by its base alone
      for (const [key, field] of fields) {
        Object.defineProperty(module, key, {
          value: made(field),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return module;
    },
  });
}

function fieldsOf(name: string, module: nn.AnyModule): [string, Field][] {
  return Object.entries(module)
    .filter(([key, value]) => key !== "training" && value !== undefined)
    .map(([key, value]) => [key, fieldOf(name, key, value)]);
}

function fieldOf(name: string, key: string, value: unknown): Field {
  if (value instanceof nn.Parameter) return { parameter: value.shape, dtype: value.dtype };
  if (value instanceof nn.Buffer) return { buffer: value.shape, dtype: value.dtype, persistent: value.persistent };
  if (value instanceof nn.Module || typeof value === "function") return { object: toSpec(value) };
  if (Array.isArray(value) && value.some((item) => item instanceof Tensor || item instanceof nn.Module)) {
    return { list: value.map((item) => fieldOf(name, key, item)) };
  }
  return { value: jsonOf(name, key, value) };
}

function made(field: Field): unknown {
  if ("value" in field) return field.value;
  if ("object" in field) return fromSpec(field.object);
  if ("list" in field) return field.list.map(made);
  const dtype = field.dtype as DType; // zeros refuses other words
  if ("parameter" in field) return new nn.Parameter(zeros(field.parameter, { dtype }));
  return nn.buffer(zeros(field.buffer, { dtype }), { persistent: field.persistent });
}

const convolution = ["inChannels outChannels kernelSize", "stride padding dilation groups bias paddingMode"];
const transposed = ["inChannels outChannels kernelSize", "stride padding outputPadding dilation groups bias"];
const runningNorm = ["numFeatures", "eps momentum affine bias trackRunningStats"];
const maxPool = ["kernelSize", "stride padding dilation ceilMode returnIndices"];
const avgPool = ["kernelSize", "stride padding ceilMode countIncludePad divisorOverride"];
const inplace = ["", "inplace"];
const dropout = ["p", "inplace"];

/** Positional arguments and options of each layer. */
const layers = {
  ...rows(convolution, "Conv1d Conv2d Conv3d"),
  ...rows(transposed, "ConvTranspose1d ConvTranspose2d ConvTranspose3d"),
  ...rows(runningNorm, "BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d"),
  ...rows(maxPool, "MaxPool1d MaxPool2d MaxPool3d"),
  ...rows(avgPool, "AvgPool1d AvgPool2d AvgPool3d"),
  ...rows(["outputSize"], "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d"),
  ...rows(["outputSize"], "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d"),
  ...rows(dropout, "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout"),
  ...rows(inplace, "ReLU ReLU6 SiLU Mish SELU Hardswish Hardsigmoid"),
  ...rows([], "Sigmoid Tanh LogSigmoid Softsign Tanhshrink Softmax2d Identity"),
  ...rows(["dim"], "Softmax LogSoftmax Softmin"),
  ...rows(["padding value"], "ConstantPad1d ConstantPad2d ConstantPad3d"),
  ...rows(["padding"], "ZeroPad1d ZeroPad2d ZeroPad3d ReflectionPad1d ReflectionPad2d CircularPad2d"),
  ...rows(["padding"], "ReplicationPad1d ReplicationPad2d ReplicationPad3d"),
  ...rows(["lambd"], "Hardshrink Softshrink"),
  ...rows(["alpha", "inplace"], "ELU CELU"),
  Linear: ["inFeatures outFeatures", "bias"],
  Bilinear: ["in1Features in2Features outFeatures", "bias"],
  Embedding: ["numEmbeddings embeddingDim", "paddingIdx maxNorm normType scaleGradByFreq sparse"],
  LayerNorm: ["normalizedShape", "eps elementwiseAffine=weight bias"],
  RMSNorm: ["normalizedShape", "eps elementwiseAffine=weight"],
  GroupNorm: ["numGroups numChannels", "eps affine=weight bias"],
  GELU: ["", "approximate"],
  GLU: ["", "dim"],
  LeakyReLU: ["negativeSlope", "inplace"],
  Hardtanh: ["", "minVal maxVal inplace"],
  Softplus: ["", "beta threshold"],
  Threshold: ["threshold value", "inplace"],
  RReLU: ["", "lower upper inplace"],
  PReLU: ["numParameters"],
  Flatten: ["", "startDim endDim"],
  Unflatten: ["dim unflattenedSize"],
  PixelShuffle: ["upscaleFactor"],
  PixelUnshuffle: ["downscaleFactor"],
  ChannelShuffle: ["groups"],
} satisfies Partial<Record<keyof typeof nn, readonly string[]>>;

function rows<Name extends string>(row: readonly string[], names: string): Record<Name, readonly string[]> {
  return Object.fromEntries(names.split(" ").map((name) => [name, row])) as Record<Name, readonly string[]>;
}

for (const [name, [args, options]] of Object.entries(layers)) {
  // Every name in the table is that of a module class: a test makes one of each.
  registerLayer(`nn.${name}`, Reflect.get(nn, name) as ModuleClass, args, options);
}

register("nn.Sequential", {
  cls: nn.Sequential,
  config: z.object({ layers: z.array(z.tuple([z.string(), specSchema])) }),
  toConfig: (module) => ({ layers: namedSpecs(Object.entries(module)) }),
  fromConfig: ({ layers: named }) => new nn.Sequential(new Map(named.map(([name, spec]) => [name, moduleOf(spec)]))),
});
register("nn.ModuleList", {
  cls: nn.ModuleList,
  config: z.object({ modules: z.array(specSchema) }),
  toConfig: (module: nn.ModuleList) => ({ modules: [...module].map(toSpec) }),
  fromConfig: ({ modules }) => new nn.ModuleList(modules.map(moduleOf)),
});
register("nn.ModuleDict", {
  cls: nn.ModuleDict,
  config: z.object({ modules: z.array(z.tuple([z.string(), specSchema])) }),
  toConfig: (module: nn.ModuleDict) => ({ modules: namedSpecs([...module]) }),
  fromConfig: ({ modules }) => new nn.ModuleDict(modules.map(([name, spec]) => [name, moduleOf(spec)] as const)),
});

function namedSpecs(entries: readonly [string, unknown][]): [string, Spec][] {
  return entries.flatMap(([name, value]) => (value instanceof nn.Module ? [[name, toSpec(value)]] : []));
}

function moduleOf(spec: Spec): nn.AnyModule {
  const module = fromSpec(spec);
  if (module instanceof nn.Module) return module as nn.AnyModule;
  throw new RegistryError(`fromSpec: expected "${spec.type}" to be a module, got something else. The file is damaged.`);
}

/** Layers and losses whose constructor takes nothing but options, which they keep as such; `weight` and `posWeight` are tensors. */
const configured = [
  ...([nn.Upsample, nn.UpsamplingNearest2d, nn.UpsamplingBilinear2d] as const),
  ...([nn.CrossEntropyLoss, nn.NLLLoss, nn.BCELoss, nn.BCEWithLogitsLoss] as const),
  ...([nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.KLDivLoss] as const),
];
const tensorOptions = ["weight", "posWeight"];

for (const cls of configured) {
  register(`nn.${cls.name}`, {
    cls: cls as ModuleClass,
    config: z.record(z.string(), z.json()),
    toConfig: (module) => {
      const options = (module as InstanceType<(typeof configured)[number]>).options;
      const given = Object.entries(options).filter(([, value]) => value !== undefined);
      return Object.fromEntries(
        given.map(([key, value]) => [key, value instanceof Tensor ? numbersOf(value) : jsonOf(cls.name, key, value)]),
      );
    },
    fromConfig: (config) => {
      const options = Object.entries(config).map(([key, value]) => {
        const isTensor = tensorOptions.includes(key) && value !== null;
        return [key, isTensor ? tensor(value as number[]) : value]; // tensor refuses what are no numbers
      });
      return Reflect.construct(cls, [Object.fromEntries(options)]);
    },
  });
}

function numbersOf(values: Tensor): z.core.util.JSONType {
  return values.toArray() as number[];
}

const { crossEntropy, nllLoss, mseLoss, l1Loss, smoothL1Loss, huberLoss, klDiv } = nn.functional;
const { binaryCrossEntropy, binaryCrossEntropyWithLogits } = nn.functional;
const losses = { crossEntropy, nllLoss, mseLoss, l1Loss, smoothL1Loss, huberLoss, klDiv };
for (const [name, loss] of Object.entries({ ...losses, binaryCrossEntropy, binaryCrossEntropyWithLogits })) {
  registerConstant(`nn.functional.${name}`, loss);
}
