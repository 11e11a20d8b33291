import { type EventName, type Phase, phaseEvents } from "./events.js";
import type { TrainingLoop } from "./loop.js";

/** What is inside a phase: phases, work of the loop in words, and single events. */
const inside: Readonly<Record<Phase, readonly (Phase | { event: EventName } | string)[]>> = {
  fit: ["epoch"],
  epoch: ["train", "validate"],
  train: ["batch"],
  validate: ["each batch: as in training, without backward and step"],
  batch: [
    "pred = model(...xb)",
    { event: "afterPred" },
    "loss = lossFunc(pred, ...yb)",
    { event: "afterLoss" },
    "backward",
    "step",
    "opt.zeroGrad()",
  ],
  backward: ["lossGrad.backward()"],
  step: ["opt.step()"],
};

const isPhase = (part: string): part is Phase => Object.hasOwn(phaseEvents, part);

/**
 * The loop as an indented text: phases, events with the callbacks that listen, and what happens between them.
 * Source: LRN-24.
 *
 * @example
 * console.log(showTrainingLoop(learn));
 */
export function showTrainingLoop(learn: TrainingLoop): string {
  const listeners = (event: EventName): string => {
    const names = learn.sortedCbs.filter((cb) => cb[event] !== undefined).map((cb) => cb.name);
    return `${event}${names.length > 0 ? `: ${names.join(", ")}` : ""}`;
  };
  const phaseLines = (phase: Phase, depth: number): string[] => {
    const { before, after } = phaseEvents[phase];
    const pad = (line: string, more = 0): string => "  ".repeat(depth + more) + line;
    const body = inside[phase].flatMap((part) => {
      if (typeof part === "object") return [pad(listeners(part.event), 1)];
      return isPhase(part) ? phaseLines(part, depth + 2) : [pad(`- ${part}`, 1)];
    });
    return [pad(phase), pad(listeners(before), 1), ...body, pad(listeners(after), 1)];
  };
  return phaseLines("fit", 0).join("\n");
}
