/** Modules as PyTorch prints them. */
import { Callable } from "./callable.js";
import { layoutOf, type Node } from "./layout.js";

interface Printable {
  extraRepr(): string;
}

/** The class name, the extra part and the children, indented; equal neighbours of a list are printed once with a count. */
export function printModule(node: Node): string {
  const name = node instanceof Callable ? node.constructor.name : Array.isArray(node) ? "ModuleList" : "ModuleDict";
  const extra = node instanceof Callable ? (node as Callable & Printable).extraRepr() : "";
  const layout = layoutOf(node);
  const bare =
    node instanceof Callable ? [] : layout.parameters.map(([key, p]) => `(${key}): Parameter[${p.shape.join("x")}]`);
  const children = layout.children.map(([key, child]): [string, string] => [key, printModule(child)]);
  const isList = Array.isArray(node) || name === "ModuleList";
  const lines = [
    ...bare,
    ...(isList ? collapse(children) : children.map(([key, text]) => `(${key}): ${indent(text)}`)),
  ];
  if (lines.length === 0) return `${name}(${extra.includes("\n") ? `\n  ${indent(extra)}\n` : extra})`;
  const head = extra === "" ? [] : extra.split("\n");
  return `${name}(\n  ${[...head, ...lines].join("\n  ")}\n)`;
}

function collapse(children: [string, string][]): string[] {
  const lines: string[] = [];
  for (let start = 0; start < children.length; ) {
    const [key, text] = children[start] as [string, string];
    let end = start + 1;
    while (end < children.length && children[end]?.[1] === text) end++;
    const count = end - start;
    lines.push(
      count === 1 ? `(${key}): ${indent(text)}` : `(${key}-${children[end - 1]?.[0]}): ${count} x ${indent(text)}`,
    );
    start = end;
  }
  return lines;
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n  ");
}
