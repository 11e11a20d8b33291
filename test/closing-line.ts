import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Ends a test run with one line that any program can read: `N passed, N failed`, with `, N skipped` where some were.
 * A file that does not load counts as one failed test.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const results = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test: TestCase) => test.result().state);
    const broken = modules.filter((module) => module.errors().length > 0).length + (unhandledErrors.length > 0 ? 1 : 0);
    const passed = results.filter((state) => state === "passed").length;
    const failed = results.filter((state) => state === "failed").length + broken;
    const skipped = results.length - results.filter((state) => state === "passed" || state === "failed").length;
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    // At exit, so that it comes after everything the other reporters print.
    process.once("exit", () => process.stdout.write(`${line}\n`));
  }
}
