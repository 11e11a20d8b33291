import { parseArgs } from "node:util";
import * as z from "zod";
import { OptionError } from "../../torch/errors.js";

/** Architectures that the quickstart trains. */
export const archNames = ["xresnet18", "xresnet34", "xresnet50", "resnet18", "resnet34", "resnet50"] as const;

const positiveInt = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const schema = z.object({
  arch: z.enum(archNames).optional(),
  size: positiveInt(32, 1024).optional(),
  epochs: positiveInt(1, 1000).optional(),
  bs: positiveInt(2, 4096).optional(),
  lr: z.coerce.number().gt(0).max(10).optional(),
  tabular: z.string().optional(),
  target: z.string().optional(),
  ratings: z.string().optional(),
});

/** What the command line says; what it leaves open depends on the pictures. */
export type QuickstartOptions = z.infer<typeof schema> & {
  /** Folder of photos. Default: pictures are drawn. */
  path?: string;
};

/** How the quickstart is called. */
export const usage = `npm start [-- PATH] [options]
npm start -- --tabular FILE --target COLUMN [options]
npm start -- --ratings FILE [options]

Trains an image classifier, shows what it learned, and saves the model. Without PATH it draws its own pictures.
PATH is a folder of photos with one subfolder a class, or with train/ and valid/ (or val/) that hold such subfolders.
With --tabular it predicts one column of a table (CSV, Parquet or Arrow) from the others; with --ratings, how users rate
items, from a table whose first three columns are users, items and ratings.

  --arch NAME    ${archNames.join(", ")}  (default xresnet18)
  --size N       pixels of a side that the model sees, 32 to 1024
  --epochs N     passes over the training data, 1 to 1000
  --bs N         photos or rows in a batch, 2 to 4096
  --lr X         largest learning rate, above 0 up to 10
  --help         this text`;

const names = Object.keys(schema.shape);

/**
 * Reads the command line: at most one folder, and options as `--size 64` or `--size=64`.
 * @throws OptionError for an unknown option, a value out of range or a second folder, listing what is known.
 */
export function parseOptions(argv: string[]): QuickstartOptions | "help" {
  if (argv.includes("--help") || argv.includes("-h")) return "help";
  const { values, positionals } = readArguments(argv);
  if (positionals.length > 1) {
    throw new OptionError(`npm start: expected at most one folder, got ${positionals.join(", ")}.\n\n${usage}`);
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0] ?? "");
    throw new OptionError(
      `npm start: --${name} got "${String(Reflect.get(values, name))}": ${issue?.message}.\n\n${usage}`,
    );
  }
  checkTask(parsed.data, positionals);
  return { ...parsed.data, path: positionals[0] };
}

/** One task at a time, and a target for tables. */
function checkTask({ tabular, target, ratings, arch, size }: z.infer<typeof schema>, positionals: string[]): void {
  const tasks = [...positionals, ...(tabular === undefined ? [] : ["--tabular"]), ...(ratings ? ["--ratings"] : [])];
  const problem =
    tasks.length > 1
      ? `expected one of a folder, --tabular and --ratings, got ${tasks.join(" and ")}`
      : (tabular === undefined) !== (target === undefined)
        ? `expected --tabular FILE and --target COLUMN together, got only --${tabular === undefined ? "target" : "tabular"}`
        : (tabular ?? ratings) !== undefined && (arch ?? size) !== undefined
          ? "expected --arch and --size with photos only, got them with a table"
          : null;
  if (problem) throw new OptionError(`npm start: ${problem}.\n\n${usage}`);
}

function readArguments(argv: string[]): { values: object; positionals: string[] } {
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    return parseArgs({ args: argv, options, allowPositionals: true, strict: true });
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : String(cause);
    const list = names.map((name) => `--${name}`).join(" ");
    throw new OptionError(`npm start: ${said.replace(/\.$/, "")}. Known options: ${list} --help.\n\n${usage}`, {
      cause,
    });
  }
}
