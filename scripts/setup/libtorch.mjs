import { explainMissing, findLibtorch } from "../find-libtorch.mjs";
import { fetchLibtorch, isComplete } from "./fetch-libtorch.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * A libtorch with headers: one that is there already, or one that is fetched into the per-user cache.
 * @returns {import("../setup.mjs").Step}
 */
export function libtorchStep() {
  return {
    name: "libtorch",
    isDone: () => isComplete(findLibtorch({ needHeaders: true }).found),
    async run(say) {
      if (process.env.LIBTORCH) throw explicitError();
      await fetchLibtorch(say);
    },
  };
}

/** The libtorch that everything after this step uses. */
export function libtorchInUse() {
  const search = findLibtorch({ needHeaders: true });
  if (!search.found) throw new SetupError(explainMissing(search), "npx fastai-ts doctor");
  return search.found;
}

function explicitError() {
  const outcome = findLibtorch({ needHeaders: true }).tried[0]?.outcome;
  return new SetupError(
    `the LIBTORCH variable names ${process.env.LIBTORCH}, which ${outcome}.`,
    "unset LIBTORCH, then: npm start",
  );
}
