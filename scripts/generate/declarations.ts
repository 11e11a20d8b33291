/** TypeScript declarations from operator schemas. */
import { native } from "../../src/native.js";
import { type Parameter, parameterOf } from "../../src/torch/op-arguments.js";
import { camelCase, type Overload, overloadsOf, type SchemaArgument } from "../../src/torch/op-schema.js";
import { keepsClass } from "../../src/torch/shape-preserving.js";
import { type Declaration, declarationLines } from "./merge.js";

/** One operator with the overloads that get a declaration. */
export interface Operator {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

// What Python keeps in namespaces of their own, kernels that belong to one back end, and what this layer writes by hand.
const hidden =
  /^_|backward|^(cudnn|miopen|mkldnn|fbgemm|mps|slow|thnn|quantized|sym|linalg|fft|special|sparse|segment|rrelu_with_noise|prims?)_|_copy$|^(conv_tbc|data|set_data|output_nr|is_leaf|retains_grad|requires_grad_|to|item|dim|size|stride|numel|mT|mH|numpy_T|matrix_H|T|H|len|Delete|get_gradients|wait|fork|append|insert|extend|pop|sort|keys|values|items|update|clear|add_t|format|lower|upper|percentFormat|str|ord|chr|hex|oct|bin|mathremainder|degrees|radians|set_|storage_offset|to_here|confirmed_by_owner|owner_name|dict|list|splitlines|count|isspace|strip|Float|Int|Bool|Complex|String|Scalar|as_tensor|tensor|warn|save|device|index_put|backward|grad|hash|remove|reverse|copy|find|join|replace|startswith|endswith|modf|frexp|ldexp|factorial|gcd|cpu|cuda|__.*__)$/;
const words = (text: string) => text.trim().split(/\s+/);
const rescued = new Set(
  words(`sort count_nonzero gcd ldexp frexp index_put index_copy copy_ set_ hash_tensor segment_reduce values sparse_dim
    sparse_mask sparse_resize_ sparse_resize_and_clear_`),
);
// They make something of numbers or names alone; the others without a tensor are the interpreter's own.
const withoutTensor = new Set(
  words(`bartlett_window blackman_window hamming_window hann_window kaiser_window tril_indices triu_indices empty_strided
    promote_types can_cast`),
);
const handMadeMethods = new Set(["at", "float", "double", "half", "long", "int", "short", "byte", "bool", "bfloat16"]);
const handMadeFunctions = new Set(
  words(`zeros ones empty full rand randn randint randperm eye linspace logspace arange zeros_like ones_like empty_like
    rand_like randn_like full_like tensor scalar_tensor`),
);

const types: Record<string, string> = {
  Tensor: "Tensor",
  Scalar: "Scalar",
  complex: "Scalar",
  int: "number",
  float: "number",
  bool: "boolean",
  str: "string",
  ScalarType: "DType",
  Device: "Device",
  Layout: "Layout",
  MemoryFormat: "MemoryFormat",
  Generator: "Generator",
};

function isDeclarable(overload: Overload): boolean {
  return overload.args.every((argument) => {
    return !argument.out && parameterOf(argument).base in types;
  });
}

function isPublic(name: string): boolean {
  return rescued.has(name) || !hidden.test(name);
}

function startsWithNumber({ args: [first] }: Overload): boolean {
  return first !== undefined && parameterOf(first).base === "Scalar";
}

function atenNames(): string[] {
  const qualified = native.opNames().filter((name) => name.startsWith("aten::"));
  return [...new Set(qualified.map((name) => name.slice(6).split(".")[0] ?? ""))].sort();
}

const declarable = (name: string): Operator => ({ name, overloads: overloadsOf(`aten::${name}`).filter(isDeclarable) });

/** The operators of a namespace such as `linalg`, whose names begin with it: `linalg_svd`. */
export function operatorsOf(namespace: string): Operator[] {
  const hiddenThere = /backward|__/;
  const names = atenNames().filter((name) => name.startsWith(`${namespace}_`) && !hiddenThere.test(name));
  return names.map(declarable).filter(({ overloads }) => overloads.length > 0);
}

/** All operators of the aten namespace that users call, those of {@link operatorsOf} left out. */
export function publicOperators(): Operator[] {
  const takesTensor = ({ args }: Overload) => args.some(({ type }) => type.includes("Tensor"));
  return atenNames()
    .filter(isPublic)
    .map(declarable)
    .map(({ name, overloads }) => ({
      name,
      // Those with a number first come last, so that the second operand is what overloads are merged by.
      overloads: overloads
        .filter((overload) => withoutTensor.has(name) || takesTensor(overload))
        .sort((a, b) => Number(startsWithNumber(a)) - Number(startsWithNumber(b))),
    }))
    .filter(({ overloads }) => overloads.length > 0);
}

function typeOf(parameter: Parameter): string {
  const element = types[parameter.base] ?? "never";
  if (!parameter.list) return parameter.optional ? `${element} | null` : element;
  const inner = parameter.elementOptional ? `(${element} | null)` : element;
  const array = `readonly ${inner}[]`;
  const single = parameter.base === "Tensor" || parameter.base === "str" ? array : `${element} | ${array}`;
  return parameter.optional ? `${single} | null` : single;
}

function isMethod({ args }: Overload): boolean {
  return args[0]?.name === "self" && args[0].type === "Tensor";
}

const reserved = new Set(["var", "in", "default", "new", "delete", "function", "with", "else", "this", "null"]);

function safe(name: string): string {
  return reserved.has(name) ? `${name}_` : name;
}

function option(parameter: Parameter): string {
  const needed = parameter.hasDefault || parameter.optional ? "?" : "";
  return `${camelCase(parameter.name)}${needed}: ${typeOf(parameter)}`;
}

/** The parameter lists of one overload: some leading arguments by position, the others in an options object. */
function parameterLists(parameters: readonly Parameter[]): string[] {
  const positional = parameters.filter((parameter) => !parameter.keywordOnly);
  const lists: string[] = [];
  const required = positional.findLastIndex((parameter) => !parameter.hasDefault && !parameter.optional) + 1;
  const counts = new Set([positional.length, ...(positional.length > 0 ? [0] : [])]);
  for (let count = required; count < positional.length; count++) counts.add(count);
  for (const count of [...counts].sort((a, b) => b - a)) {
    const given = positional
      .slice(0, count)
      .map((parameter) => `${safe(camelCase(parameter.name))}: ${typeOf(parameter)}`);
    const rest = [...positional.slice(count), ...parameters.filter((parameter) => parameter.keywordOnly)];
    const optional = rest.every((parameter) => parameter.hasDefault || parameter.optional);
    if (rest.length > 0) given.push(`options${optional ? "?" : ""}: { ${rest.map(option).join("; ")} }`);
    lists.push(given.join(", "));
  }
  const sizes = positional[0];
  const variadic = positional.length === 1 && sizes?.list && sizes.base === "int" && sizes.fixedSize === 0;
  if (variadic) lists.push(`...${safe(camelCase(sizes.name))}: number[]`);
  return [...new Set(lists)];
}

function resultOf(overload: Overload, single: string): string {
  const { returns } = overload;
  const one = (argument: SchemaArgument) => {
    const parameter = parameterOf(argument);
    const element = parameter.base === "Scalar" ? "number" : (types[parameter.base] ?? "unknown");
    return parameter.list ? `${element}[]` : element;
  };
  const [first] = returns;
  if (first === undefined) return "void";
  if (returns.length === 1) return first.type === "Tensor" ? single : one(first);
  const tuple = `[${returns.map(one).join(", ")}]`;
  if (returns.some((argument) => argument.name === "")) return tuple;
  return `${tuple} & { ${returns.map((argument) => `${camelCase(argument.name)}: ${one(argument)}`).join("; ")} }`;
}

const header = (imports: string) => `// Generated by scripts/generate/ops.ts from libtorch's own schemas. Do not edit.
${imports}
`;

/** The names of all methods, in schema spelling. */
export function generateNames(operators: readonly Operator[]): string {
  const names = operators.filter((operator) => methodsOf(operator).length > 0).map(({ name }) => name);
  const text = names.reduce(
    (lines, name) => {
      const last = lines[lines.length - 1] ?? "";
      if (last.length + name.length < 110) lines[lines.length - 1] = last === "" ? name : `${last} ${name}`;
      else lines.push(name);
      return lines;
    },
    [""],
  );
  return `${header("")}/** Operators that are methods of Tensor. */
export const methodNames: readonly string[] = \`
${text.join("\n")}
\`
  .trim()
  .split(/\\s+/);
`;
}

function methodsOf({ name, overloads }: Operator): readonly Overload[] {
  return handMadeMethods.has(name) ? [] : overloads.filter(isMethod);
}

function methodLines({ name, overloads }: Operator): string[] {
  const declarations = overloads.flatMap((overload): Declaration[] => {
    const inPlace = name.endsWith("_") && overload.returns.some((result) => result.writes);
    const pointwise = overloads.some((other) => other.pointwise);
    const single = inPlace || keepsClass(`aten::${name}`, pointwise) ? "this" : "Tensor";
    const result = resultOf(overload, single);
    const lists = parameterLists(overload.args.slice(1).map(parameterOf));
    return lists.map((list) => ({ schemas: [overload.schema], list, result }));
  });
  return declarationLines(camelCase(name), declarations);
}

const imports = `import type { DType, Device, Layout, MemoryFormat } from "../dtype.js";
import type { Generator } from "../generator.js";
import type { Scalar } from "../scalar.js";
import type { Tensor } from "../tensor.js";`;

/** The interface of all methods. */
export function generateMethods(operators: readonly Operator[]): string {
  const lines = operators.flatMap((operator) => {
    const overloads = methodsOf(operator);
    return overloads.length === 0 ? [] : methodLines({ name: operator.name, overloads });
  });
  return `${header(imports)}
/** Every operator that takes a tensor first, as a method. */
export interface TensorMethods {
${lines.join("\n")}
}
`;
}

function functionText({ name, overloads }: Operator, prefix = ""): string {
  const declarations = overloads.flatMap((overload): Declaration[] => {
    const lists = parameterLists(overload.args.map(parameterOf));
    const named = lists.map((list) => list.replace(/^self: /, "input: "));
    return named.map((list) => ({ schemas: [overload.schema], list, result: resultOf(overload, "Tensor") }));
  });
  const lines = declarationLines("", declarations);
  const bare = camelCase(name.slice(prefix.length));
  const local = reserved.has(bare) ? `${bare}_` : bare;
  const text = `const ${local} = opFunction("aten::${name}") as {\n${lines.join("\n")}\n};`;
  return local === bare ? `export ${text}` : `${text}\nexport { ${local} as ${bare} };`;
}

/** One exported function for each operator. */
export function generateFunctions(operators: readonly Operator[]): string {
  const functions = operators
    .filter(({ name, overloads }) => overloads.length > 0 && !name.endsWith("_") && !handMadeFunctions.has(name))
    .map((operator) => functionText(operator));
  return functionFile(functions);
}

function functionFile(functions: readonly string[]): string {
  return `${header(`${imports}\nimport { opFunction } from "../op-callable.js";`)}
${functions.join("\n\n")}
`;
}

/** The functions of a namespace, without its name: `linalg_svd` is `svd`. */
export function generateNamespace(namespace: string): string {
  return functionFile(operatorsOf(namespace).map((operator) => functionText(operator, `${namespace}_`)));
}

/** The type of `ops.aten`: all operators with their overloads. */
export function generateAten(): string {
  const overloads = new Map<string, string[]>();
  for (const full of native
    .opNames()
    .filter((name) => name.startsWith("aten::"))
    .sort()) {
    const [name = "", overload = "default"] = full.slice(6).split(".");
    overloads.set(name, [...(overloads.get(name) ?? []), `"${overload || "default"}"`]);
  }
  const lines = [...overloads].map(([name, names]) => `  readonly ${name}: Op<${names.join(" | ")}>;`);
  return `${header('import type { Op } from "../ops.js";')}
/** Every operator of libtorch by its own name, with its overloads. */
export interface AtenOps {
${lines.join("\n")}
}
`;
}
