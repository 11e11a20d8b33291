/** What a function throws. vitest's `toThrow` keeps an error's stack, and with it the variables around the function. */
export function caught(run: () => unknown): { name: string; message: string; stack: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message, stack: String(error.stack) };
  }
  throw new Error("expected an error, none was thrown");
}
