import type { Dice } from "./dice.js";
import type { Draw } from "./objects.js";
import { box, oval, polygon, stroke } from "./shapes.js";

type Range = [low: number, high: number];
const dark: Range = [15, 48]; // percent of lightness
const bright: Range = [56, 90];

/** One picture as SVG: a background, clutter, the thing turned, stretched and moved, and sometimes something before it. */
export function scene(draw: Draw, dice: Dice, size: number): string {
  const night = dice.chance(0.5);
  dice.light = night ? dark : bright;
  const ground = background(dice);
  dice.light = [20, 85];
  const behind = Array.from({ length: dice.whole(3, 9) }, () => clutter(dice, 22));
  const before = Array.from({ length: dice.whole(0, 2) }, () => clutter(dice, 8));
  dice.light = night ? bright : dark; // a thing stands out by its lightness, in whichever hue
  const scale = dice.between(0.65, 1);
  const place = [
    `translate(${dice.between(-12, 12).toFixed(1)} ${dice.between(-12, 12).toFixed(1)})`,
    `rotate(${dice.between(-25, 25).toFixed(1)})`,
    `scale(${((dice.chance(0.5) ? -1 : 1) * scale * dice.between(0.85, 1.15)).toFixed(3)} ${scale.toFixed(3)})`,
    `skewX(${dice.between(-8, 8).toFixed(1)})`,
  ];
  const thing = `<g transform="${place.join(" ")}">${draw(dice)}</g>`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="-50 -50 100 100">`;
  return `${open}${ground}${behind.join("")}${thing}${before.join("")}</svg>`;
}

function background(dice: Dice): string {
  const stops = [0, 1].map((at) => `<stop offset="${at}" stop-color="${dice.color()}"/>`).join("");
  const turn = `gradientTransform="rotate(${Math.round(dice.between(0, 360))} 0.5 0.5)"`;
  const sky = `<linearGradient id="sky" ${turn}>${stops}</linearGradient>`;
  return `<defs>${sky}${texture(dice)}</defs>${box(-50, -50, 100, 100, "url(#sky)")}${box(-50, -50, 100, 100, "url(#texture)")}`;
}

/** Stripes, dots, squares or waves, half transparent. */
function texture(dice: Dice): string {
  const step = dice.between(6, 18);
  const half = step / 2;
  const ink = dice.color();
  const motif = dice.pick(
    box(0, 0, half, step, ink),
    oval(half, half, step * 0.3, ink),
    box(0, 0, half, half, ink) + box(half, half, half, half, ink),
    stroke(`M0 ${half} Q${half / 2} 0 ${half} ${half} T${step} ${half}`, ink, step * 0.15),
    "",
  );
  const turn = `rotate(${Math.round(dice.between(0, 180))})`;
  const frame = `width="${step.toFixed(1)}" height="${step.toFixed(1)}" patternUnits="userSpaceOnUse" patternTransform="${turn}"`;
  return `<pattern id="texture" ${frame}><g opacity="${dice.between(0.15, 0.5).toFixed(2)}">${motif}</g></pattern>`;
}

/** A circle, box, triangle or scribble somewhere: parts of all classes, so that no single part gives a class away. */
function clutter(dice: Dice, size: number): string {
  const [x, y, r] = [dice.between(-50, 50), dice.between(-50, 50), dice.between(size / 4, size)];
  const color = dice.color();
  const thing = dice.pick(
    () => oval(x, y, r / 2, color, (r / 2) * dice.between(0.5, 1)),
    () => box(x, y, r, r * dice.between(0.4, 1.2), color),
    () =>
      polygon(
        [
          [x, y],
          [x + r, y + dice.between(-r, r)],
          [x + dice.between(-r, r), y + r],
        ],
        color,
      ),
    () =>
      stroke(
        `M${x.toFixed(1)} ${y.toFixed(1)} q${r.toFixed(1)} ${(-r).toFixed(1)} ${(2 * r).toFixed(1)} ${dice.between(-r, r).toFixed(1)}`,
        color,
        r / 6,
      ),
  );
  return `<g opacity="${dice.between(0.5, 1).toFixed(2)}" transform="rotate(${Math.round(dice.between(-180, 180))} ${x.toFixed(1)} ${y.toFixed(1)})">${thing()}</g>`;
}
