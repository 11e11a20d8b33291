import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/** One import or re-export of a source file by another one. */
export interface Edge {
  /** Paths relative to the folder that was read, such as "torch/tensor.ts". */
  from: string;
  to: string;
  /** Whether the import exists at run time and at load time: neither `import type` nor `import()`. */
  isValue: boolean;
  /** Whether it is `export * from`. */
  isStar: boolean;
  line: number;
}

/** Every import between the TypeScript files below `folder`. */
export function readEdges(folder: string): Edge[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).flatMap((name) => fileEdges(folder, name));
}

function fileEdges(folder: string, name: string): Edge[] {
  const source = ts.createSourceFile(name, readFileSync(join(folder, name), "utf8"), ts.ScriptTarget.Latest);
  const edges: Edge[] = [];
  const add = (node: ts.Node, specifier: ts.Node, isValue: boolean, isStar = false): void => {
    if (!ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return;
    const to = relative(folder, join(folder, dirname(name), specifier.text)).replace(/\.js$/, ".ts");
    if (to.startsWith("..")) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    edges.push({ from: name, to, isValue, isStar, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, !isTypeOnly(node));
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier, !node.isTypeOnly, node.exportClause === undefined);
    }
    const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    if (isDynamic && node.arguments[0]) add(node, node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edges;
}

// `import { type A }` still loads the file (verbatimModuleSyntax), so only `import type` counts.
function isTypeOnly(node: ts.ImportDeclaration): boolean {
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

/** The groups of files that reach each other through value imports (Tarjan's strongly connected components). */
export function valueCycles(edges: Edge[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to, isValue } of edges) if (isValue) targets.set(from, [...(targets.get(from) ?? []), to]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): number => {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    for (const target of targets.get(file) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file) ?? own, low.get(target) ?? own));
    }
    if (low.get(file) === own) {
      const group = stack.splice(stack.indexOf(file));
      if (group.length > 1 || targets.get(file)?.includes(file)) cycles.push(group);
    }
    return own;
  };
  for (const file of targets.keys()) if (!index.has(file)) visit(file);
  return cycles;
}
