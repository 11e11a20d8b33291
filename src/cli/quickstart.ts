/** The quickstart: trains an image classifier on drawn pictures, or on a folder of one's own photos. */
import { OptionError, ValueError } from "../torch/errors.js";
import { parseOptions, usage } from "./quickstart/options.js";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return;
  }
  const { quickstart } = await import("./quickstart/run.js"); // loads libtorch, so not for --help or a typing mistake
  await quickstart(options);
}

main().catch((error: unknown) => {
  const expected = error instanceof OptionError || error instanceof ValueError;
  console.error(expected ? `\n${error.message}` : error);
  process.exitCode = 1;
});
