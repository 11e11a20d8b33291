import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type Block, readBlocks } from "./blocks.js";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "build", "docs");
const blocks = readBlocks(root);
const pages = [...new Set(blocks.filter(({ runs }) => runs).map(({ page }) => page))];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const block of blocks) writeFileSync(fileOf(block), `${block.code}\nexport {};\n`);

/** The file a block is written to: its page and line. */
function fileOf({ page, line }: Block): string {
  return join(folder, `${page.replace(/\W/g, "-")}-${line}.ts`);
}

/** Type errors of all blocks, each with the line of its page. */
function typeErrors(): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.check.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(blocks.map(fileOf), options);
  return blocks.flatMap((block) => {
    const source = program.getSourceFile(fileOf(block));
    return [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)].map((problem) => {
      const line = source?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0;
      return `${block.page}:${block.line + line} ${ts.flattenDiagnosticMessageText(problem.messageText, " ")}`;
    });
  });
}

describe("the code in the documentation", () => {
  it("fits the types", () => {
    expect(typeErrors()).toEqual([]);
  });

  it.each(pages)("of %s runs from top to bottom", (page) => {
    const imports = blocks
      .filter((block) => block.page === page && block.runs)
      .map((block) => `console.log("${page}:${block.line}"); await import(${JSON.stringify(fileOf(block))});`);
    const program = join(folder, `${page.replace(/\W/g, "-")}.mts`);
    writeFileSync(program, imports.join("\n"));
    const cwd = mkdtempSync(join(tmpdir(), "fastai-ts-docs-"));
    const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [tsx, "--tsconfig", join(root, "tsconfig.check.json"), program],
      { encoding: "utf8", cwd },
    );
    rmSync(cwd, { recursive: true, force: true });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  });
});
