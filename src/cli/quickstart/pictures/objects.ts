import type { Dice } from "./dice.js";
import { cat, fish, flower, mushroom, tree } from "./living-things.js";
import { boat, car, house, rocket, umbrella } from "./made-things.js";

/** Draws one thing with chance proportions and colours, in a square of -50..50 by -50..50. */
export type Draw = (dice: Dice) => string;

/** The ten classes of the quickstart's pictures. */
export const objects: Record<string, Draw> = { boat, car, cat, fish, flower, house, mushroom, rocket, tree, umbrella };
