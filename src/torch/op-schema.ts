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

/**
 * All overloads of a name such as `aten::add`; empty when there is no such operator. Those with `out` arguments come last,
 * those with few arguments first: what is given decides there, not what is left to defaults.
 */
export function overloadsOf(name: string): readonly Overload[] {
  let found = cache.get(name);
  if (found === undefined) {
    const all = JSON.parse(native.describeOp(name)) as Overload[]; // written by cpp/core/op_registry.cc
    const isOut = (overload: Overload) => overload.args.some((argument) => argument.out);
    const rank = (overload: Overload) => (isOut(overload) ? overload.args.length : 0);
    found = all.sort((a, b) => rank(a) - rank(b));
    if (found.length > 0) cache.set(name, found);
  }
  return found;
}

/** `some_name` or `some_name_` in camelCase; leading and trailing underscores stay. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
