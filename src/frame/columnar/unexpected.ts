/** What is wrong with a file. */
import { FileFormatError } from "../../torch/index.js";

/** An error for a file that has something else than it should have. The reader that catches it says which file it was. */
export function unexpected(expected: string, got: unknown): FileFormatError {
  return new FileFormatError(`expected ${expected}, got ${got}`);
}
