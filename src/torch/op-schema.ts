/** Operators as libtorch describes them at run time. */
import { native } from "../native.js";

/** One argument or result of a schema. */
export interface SchemaArgument {
  readonly name: string;
  /** libtorch's spelling: `Tensor`, `int[]#2` (a list of two), `ScalarType?`. */
  readonly type: string;
  readonly hasDefault?: boolean;
  readonly keywordOnly?: boolean;
  readonly out?: boolean;
  readonly writes?: boolean;
}

/** One overload of an operator. */
export interface Overload {
  readonly id: number;
  readonly overload: string;
  readonly schema: string;
  readonly pointwise: boolean;
  readonly args: readonly SchemaArgument[];
  readonly returns: readonly SchemaArgument[];
}

const cache = new Map<string, readonly Overload[]>();

/** All overloads of a name such as `aten::add`, those with `out` arguments last; empty when there is no such operator. */
export function overloadsOf(name: string): readonly Overload[] {
  let found = cache.get(name);
  if (found === undefined) {
    const all = JSON.parse(native.describeOp(name)) as Overload[]; // written by cpp/core/op_registry.cc
    const isOut = (overload: Overload) => overload.args.some((argument) => argument.out);
    found = [...all.filter((overload) => !isOut(overload)), ...all.filter(isOut)];
    if (found.length > 0) cache.set(name, found);
  }
  return found;
}

/** `some_name` or `some_name_` in camelCase; leading and trailing underscores stay. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
