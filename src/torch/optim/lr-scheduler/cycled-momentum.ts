/** Momentum that moves against the rate, in whatever hyper-parameter the optimizer has for it. */
import { ValueError } from "../../errors.js";
import type { ScheduledGroup, ScheduledOptimizer } from "./scheduler.js";

/** Whether the optimizer's momentum is the first of its betas. Throws `ValueError` when it has none. */
export function usesBeta1(where: string, { defaults }: ScheduledOptimizer): boolean {
  if ("betas" in defaults) return true;
  if ("momentum" in defaults) return false;
  throw new ValueError(
    `${where}: expected an optimizer with momentum or betas, got neither. Use { cycleMomentum: false }.`,
  );
}

/** Sets the momentum of a group. */
export function setMomentum(group: ScheduledGroup, momentum: number): void {
  if (group.betas) group.betas = [momentum, group.betas[1]];
  else group.momentum = momentum;
}
