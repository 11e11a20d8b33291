/** One signature where overloads differ only in taking a tensor or a number. */

/** One call signature of an operator, and the schemas it stands for. */
export interface Declaration {
  readonly schemas: readonly string[];
  /** The parameters as text. */
  readonly list: string;
  readonly result: string;
}

const separators = /(, |; |\{ | \})/;
const either = /^(\w+\??): (Tensor|Scalar|Tensor \| Scalar)$/;

/** `a` and `b` as one, when one parameter is a tensor here and a number there and all else is equal. */
function merged(a: Declaration, b: Declaration): Declaration | undefined {
  if (a.result !== b.result) return undefined;
  const [left, right] = [a.list.split(separators), b.list.split(separators)];
  const different = left.flatMap((part, i) => (part === right[i] ? [] : [i]));
  const [at = -1] = different;
  const [, name, one] = either.exec(left[at] ?? "") ?? [];
  const [, otherName, other] = either.exec(right[at] ?? "") ?? [];
  if (left.length !== right.length || different.length > 1 || name !== otherName || one === other) {
    return a.list === b.list ? { ...a, schemas: [...new Set([...a.schemas, ...b.schemas])] } : undefined;
  }
  left[at] = `${name}: Tensor | Scalar`;
  return { schemas: [...new Set([...a.schemas, ...b.schemas])], list: left.join(""), result: a.result };
}

/** The declarations with every mergeable pair merged, so that a value of type `Tensor | number` can be given. */
function mergeAll(declarations: readonly Declaration[]): Declaration[] {
  const done: Declaration[] = [];
  for (const declaration of declarations) {
    const at = done.findIndex((earlier) => merged(earlier, declaration) !== undefined);
    const union = at < 0 ? undefined : merged(done[at] as Declaration, declaration); // at is a place of done
    if (union === undefined) done.push(declaration);
    else done[at] = union;
  }
  return done.length < declarations.length ? mergeAll(done) : done;
}

function comment(schemas: readonly string[]): string[] {
  const quoted = schemas.map((schema) => `\`${schema.replaceAll("*/", "*\\/")}\``);
  if (quoted.length === 1) return [`  /** ${quoted[0]} */`];
  return [
    "  /**",
    ...quoted
      .map((schema) => `   * ${schema}`)
      .join("\n   *\n")
      .split("\n"),
    "   */",
  ];
}

/** The lines of an operator's signatures, each group under the schemas it stands for. */
export function declarationLines(name: string, declarations: readonly Declaration[]): string[] {
  let last = "";
  return mergeAll(declarations).flatMap(({ schemas, list, result }) => {
    const above = comment(schemas);
    const isNew = above.join("\n") !== last;
    last = above.join("\n");
    return [...(isNew ? above : []), `  ${name}(${list}): ${result};`];
  });
}
