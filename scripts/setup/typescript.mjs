import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";
import { listFiles, Stamp } from "./stamp.mjs";

/**
 * src/ compiled to dist/: declarations file by file, code in one bundle for each entry of the package, which share chunks.
 * Loading a few bundles takes a third of the time of loading hundreds of modules.
 * @param {string} root
 * @returns {import("../setup.mjs").Step}
 */
export function typescriptStep(root) {
  const packages = ["typescript", "esbuild", ...BUNDLED].map((name) => `node_modules/${name}/package.json`);
  const inputs = ["src", "tsconfig.json", "package.json", "scripts/find-libtorch.mjs", ...packages];
  const stamp = new Stamp(
    join(root, "build", "typescript.stamp.json"),
    inputs.map((name) => join(root, name)),
  );
  return {
    name: "TypeScript",
    isDone: () => existsSync(join(root, "dist", "index.js")) && stamp.isFresh(),
    async run(say) {
      say("compiling TypeScript to dist/");
      await declare(root);
      const bundles = await bundle(root);
      removeOrphans(root, bundles);
      stamp.save();
    },
  };
}

/** Checks the types and writes the declarations. @param {string} root */
async function declare(root) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const record = join(root, "build", "tsc.tsbuildinfo");
  // The record of an incremental build is only true of the dist/ it was made with.
  if (!existsSync(join(root, "dist"))) rmSync(record, { force: true });
  const args = [tsc, "-p", root, "--emitDeclarationOnly", "--incremental", "--tsBuildInfoFile", record];
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code === 0) return;
  const first = output.trim().split("\n").slice(0, 5).join("\n");
  throw new SetupError(`the TypeScript sources do not compile:\n${first}`, "npx tsc --noEmit");
}

/**
 * Dependencies that are part of the bundles. Of zod's hundred files half are messages in languages that nobody asks for, and
 * to find and read them all took a tenth of the time that `import "fastai-ts/torch"` takes.
 */
const BUNDLED = ["zod"];

/**
 * Writes the bundles and returns their paths.
 * @param {string} root
 * @returns {Promise<Set<string>>}
 */
async function bundle(root) {
  const { build } = await import("esbuild"); // installed by a step before this one
  const { exports, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap((entry) => (entry.default === undefined ? [] : [entry.default]));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries, "./dist/cli/quickstart.js"].map((path) =>
      path.replace("./dist/", "src/").replace(/\.js$/, ".ts"),
    ),
    outdir: "dist",
    outbase: "src",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
    plugins: [keepExportedNames],
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: "error",
  });
  const licences = BUNDLED.map((name) => {
    const licence = join(root, "dist", `LICENSE-${name}`);
    copyFileSync(join(root, "node_modules", name, "LICENSE"), licence);
    return licence;
  });
  return new Set([...Object.keys(metafile.outputs).map((path) => join(root, path)), ...licences]);
}

/**
 * Classes and functions are shown and saved by name, and a bundle renames one of two that share it. What a file exports
 * gets its name back once, when the file is loaded. (esbuild's own `keepNames` does that for every inner function, each
 * time it is made, which costs hot paths several hundred nanoseconds.)
 * @type {import("esbuild").Plugin}
 */
const keepExportedNames = {
  name: "keep-exported-names",
  setup(build) {
    const literal =
      /^export (?:(?:abstract )?class|(?:async )?function\*?|const (?=\w+\b[^=]* = (?:async )?(?:\(|function|class|<|\w+\([^\n]*function ))) ?(\w+)/gm;
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const names = new Set([...source.matchAll(literal)].map(([, name]) => name));
      const renamed = [...names].map(
        (name) =>
          `if (typeof ${name} === "function" && ${name}.name !== "${name}")` +
          ` Object.defineProperty(${name}, "name", { value: "${name}", configurable: true });\n`,
      );
      return { contents: `${source}\n${renamed.join("")}`, loader: "ts" };
    });
  },
};

/**
 * Removes from dist/ what is no bundle and no declaration of a source.
 * @param {string} root
 * @param {Set<string>} bundles
 */
function removeOrphans(root, bundles) {
  for (const file of listFiles([join(root, "dist")])) {
    const source = join(root, "src", relative(join(root, "dist"), file)).replace(/\.d\.ts$/, ".ts");
    if (!bundles.has(file) && !(file.endsWith(".d.ts") && existsSync(source))) rmSync(file);
  }
}
