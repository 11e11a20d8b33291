/** The quickstart: trains on drawn pictures, on a folder of one's own photos, on a table or on ratings. */
import { TorchError } from "../torch/errors.js";
import { parseOptions, usage } from "./quickstart/options.js";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return;
  }
  // These load libtorch, so not for --help or a typing mistake.
  if (options.tabular !== undefined) await (await import("./quickstart/table.js")).tableQuickstart(options);
  else if (options.ratings !== undefined) await (await import("./quickstart/ratings.js")).ratingsQuickstart(options);
  else await (await import("./quickstart/run.js")).quickstart(options);
}

/** Errors about the data are told without their stack; the class is not loaded yet when none was thrown. */
function isDataError(error: unknown): boolean {
  return error instanceof Error && error.name === "DataError";
}

main().catch((error: unknown) => {
  const expected = error instanceof TorchError || (error as { code?: unknown }).code === "ENOENT" || isDataError(error);
  console.error(expected && error instanceof Error ? `\n${error.message}` : error);
  process.exitCode = 1;
});
