/** Tensors between worker threads: the table of tensors is the process's, so a number is all that travels. */
import { native, packed } from "../native.js";
import { checkTensor } from "./checks.js";
import { ValueError } from "./errors.js";
import { check } from "./native-call.js";
import { Tensor } from "./tensor.js";

/**
 * A number that stands for a tensor in every thread of this process; post it to a worker, which makes a tensor of it with
 * {@link fromTransfer}. Nothing is copied: both threads then see the same memory. The number is good for one
 * `fromTransfer`; until then it keeps the memory alive, also when the sender lets go of its tensor or ends.
 *
 * @example
 * worker.postMessage(toTransfer(images));
 */
export function toTransfer(tensor: Tensor): number {
  checkTensor("toTransfer", tensor);
  packed[0] = 0;
  native.toTransfer(tensor._h);
  check("toTransfer", [tensor]);
  return packed[0] ?? 0;
}

/** The tensor that another thread of this process made a number of with {@link toTransfer}, on the same memory. */
export function fromTransfer(number: number): Tensor {
  if (!Number.isSafeInteger(number) || number <= 0) {
    throw new ValueError(`fromTransfer: expected a number from toTransfer, got ${number}.`);
  }
  packed[0] = 0;
  native.fromTransfer(number);
  check("fromTransfer", []);
  return new Tensor(number);
}
