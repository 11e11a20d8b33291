import type { Dice } from "./dice.js";
import { box, oval, polygon, shape, stroke } from "./shapes.js";

/** A boat. */
export function boat(dice: Dice): string {
  const [hull, mast] = [dice.color(), dice.color({ light: 30 })];
  const depth = dice.between(12, 20);
  const top = dice.between(-48, -38);
  const lean = dice.between(-4, 4);
  const second = dice.chance(0.7)
    ? polygon(
        [
          [-4, top + 12],
          [-4, 12],
          [dice.between(-36, -26), 12],
        ],
        dice.color(),
      )
    : "";
  return (
    polygon(
      [
        [-44, 18],
        [44, 18],
        [dice.between(24, 36), 18 + depth],
        [dice.between(-34, -24), 18 + depth],
      ],
      hull,
    ) +
    stroke(`M0 18 L${lean} ${top}`, mast, 3) +
    polygon(
      [
        [3, top + 2],
        [3, 12],
        [dice.between(28, 42), 12],
      ],
      dice.color(),
    ) +
    second
  );
}

/** A car. */
export function car(dice: Dice): string {
  const paint = dice.color();
  const roof = dice.between(-24, -14);
  const [front, back] = [dice.between(10, 20), dice.between(-28, -16)];
  const wheel = dice.between(8, 12);
  const glass = dice.color({ light: 85 });
  const axles = [dice.between(-28, -22), dice.between(22, 28)];
  return (
    polygon(
      [
        [back - 10, 4],
        [back, roof],
        [front, roof],
        [front + 14, 4],
      ],
      paint,
    ) +
    polygon(
      [
        [back - 3, 2],
        [back + 3, roof + 5],
        [-4, roof + 5],
        [-4, 2],
      ],
      glass,
    ) +
    polygon(
      [
        [1, 2],
        [1, roof + 5],
        [front - 3, roof + 5],
        [front + 7, 2],
      ],
      glass,
    ) +
    box(-46, 2, 92, 20, paint, 6) +
    axles.map((x) => oval(x, 22, wheel, "#222") + oval(x, 22, wheel * 0.45, "#bbb")).join("")
  );
}

/** A house. */
export function house(dice: Dice): string {
  const [wall, roof, door, glass] = [dice.color(), dice.color(), dice.color({ light: 30 }), dice.color({ light: 85 })];
  const wide = dice.between(28, 38);
  const eaves = dice.between(-14, -4);
  const doorX = dice.between(-wide + 6, wide - 20);
  const panes = [-wide + 7, wide - 19].filter((x) => Math.abs(x - doorX) > 14);
  const chimney = dice.chance(0.6) ? box(dice.between(10, 18), -40, 8, 22, wall) : "";
  return (
    chimney +
    box(-wide, eaves, 2 * wide, 44 - eaves, wall) +
    polygon(
      [
        [-wide - 8, eaves],
        [0, dice.between(-48, -38)],
        [wide + 8, eaves],
      ],
      roof,
    ) +
    box(doorX, 18, 14, 26, door) +
    panes.map((x) => box(x, 4, 12, 12, glass)).join("")
  );
}

/** A rocket. */
export function rocket(dice: Dice): string {
  const [body, fin, glass, fire] = [dice.color(), dice.color(), dice.color({ light: 85 }), dice.color({ light: 60 })];
  const wide = dice.between(10, 15);
  const flame = dice.between(38, 49);
  return (
    shape(`M${-wide * 0.6} 24 Q0 ${flame + 10} ${wide * 0.6} 24 Z`, fire) +
    polygon(
      [
        [-wide + 1, 4],
        [-wide - dice.between(10, 16), 32],
        [-wide + 2, 24],
      ],
      fin,
    ) +
    polygon(
      [
        [wide - 1, 4],
        [wide + dice.between(10, 16), 32],
        [wide - 2, 24],
      ],
      fin,
    ) +
    shape(`M${-wide} 26 L${-wide} -14 Q${-wide} -36 0 -49 Q${wide} -36 ${wide} -14 L${wide} 26 Z`, body) +
    oval(0, -14, wide * 0.5, glass) +
    (dice.chance(0.5) ? box(-wide, 6, 2 * wide, 5, fin) : "")
  );
}

/** An umbrella. */
export function umbrella(dice: Dice): string {
  const [cloth, other, stick] = [dice.color(), dice.color(), dice.color({ light: 30 })];
  const [wide, rise] = [dice.between(36, 46), dice.between(34, 44)];
  const n = dice.whole(3, 5);
  const step = (2 * wide) / n;
  const hem = Array.from(
    { length: n },
    (_, i) => `Q${(wide - (i + 0.5) * step).toFixed(1)} -14 ${(wide - (i + 1) * step).toFixed(1)} -2`,
  );
  const hook = dice.pick(-1, 1) * dice.between(7, 11);
  const panel = dice.chance(0.6)
    ? shape(`M0 ${-rise} Q${-step / 2} -24 ${-step / 2} -6 L${step / 2} -6 Q${step / 2} -24 0 ${-rise} Z`, other)
    : "";
  return (
    stroke(
      `M0 ${-rise - 5} L0 36 Q0 46 ${(hook / 2).toFixed(1)} 46 Q${hook.toFixed(1)} 46 ${hook.toFixed(1)} 37`,
      stick,
      3.5,
    ) +
    shape(`M${-wide} -2 Q${-wide} ${-rise} 0 ${-rise} Q${wide} ${-rise} ${wide} -2 ${hem.join(" ")} Z`, cloth) +
    panel
  );
}
