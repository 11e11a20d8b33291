/**
 * The error that a promise, or a function called here, fails with. V8 keeps the receivers of an error's frames alive until its stack is read, so the stacks
 * are read here: else a loader's tensors would outlive the test that looks at the error.
 */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    for (let e: unknown = error; e instanceof Error; e = e.cause) void e.stack;
    return error as Error;
  }
  throw new Error("expected a failure, got none");
}
