import type { Dice } from "./dice.js";
import { box, oval, polygon, shape, stroke } from "./shapes.js";

/** A cat. */
export function cat(dice: Dice): string {
  const [fur, eye, ink] = [dice.color(), dice.color({ light: 75 }), dice.pick("#111", "#2a2a2a", "#3b2f2f")];
  const [wide, high] = [dice.between(30, 38), dice.between(24, 32)];
  const ear = dice.between(14, 22);
  const ears = [-1, 1].map((side) =>
    polygon(
      [
        [side * wide * 0.95, -4],
        [side * wide * 0.8, -high - ear],
        [side * 5, -high + 8],
      ],
      fur,
    ),
  );
  const eyes = [-1, 1].map((side) => oval(side * wide * 0.42, -2, 6, eye, 7) + oval(side * wide * 0.42, -2, 2, ink, 6));
  const whiskers = [-1, 1].flatMap((side) =>
    [6, 12, 18].map((y) => stroke(`M${side * 12} 13 L${side * 46} ${y}`, ink, 1.5)),
  );
  const mouth = stroke("M-8 20 Q-4 25 0 19 Q4 25 8 20", ink, 2);
  return (
    ears.join("") +
    oval(0, 6, wide, fur, high) +
    eyes.join("") +
    polygon(
      [
        [-4, 11],
        [4, 11],
        [0, 16],
      ],
      ink,
    ) +
    mouth +
    whiskers.join("")
  );
}

/** A fish. */
export function fish(dice: Dice): string {
  const [body, fin] = [dice.color(), dice.color()];
  const [long, high] = [dice.between(28, 34), dice.between(14, 22)];
  const tail = dice.between(14, 24);
  const bars = dice.chance(0.5)
    ? [-6, 4, 12].map((x) => stroke(`M${x} ${-high * 0.7} Q${x + 5} 0 ${x} ${high * 0.7}`, fin, 3)).join("")
    : "";
  return (
    polygon(
      [
        [long * 0.5, 0],
        [48, -tail],
        [42, 0],
        [48, tail],
      ],
      fin,
    ) +
    polygon(
      [
        [-8, -high + 3],
        [6, -high - dice.between(8, 14)],
        [16, -high + 6],
      ],
      fin,
    ) +
    polygon(
      [
        [-4, high - 3],
        [6, high + dice.between(6, 10)],
        [12, high - 5],
      ],
      fin,
    ) +
    oval(-6, 0, long, body, high) +
    bars +
    oval(-24, -4, 4.5, "#fff") +
    oval(-25, -4, 2.2, "#111") +
    stroke(`M-14 ${-high * 0.6} Q-8 0 -14 ${high * 0.6}`, fin, 2)
  );
}

/** A flower. */
export function flower(dice: Dice): string {
  const [petal, heart, stem] = [dice.color(), dice.color(), dice.color({ light: 40 })];
  const n = dice.whole(5, 9);
  const [reach, wide] = [dice.between(14, 17), dice.between(7, 10)];
  const turn = dice.between(0, 360);
  const petals = Array.from({ length: n }, (_, i) => {
    const angle = turn + (360 * i) / n;
    return `<g transform="translate(0 -16) rotate(${angle.toFixed(1)})">${oval(reach, 0, 13, petal, wide)}</g>`;
  });
  const leaf = dice.pick(-1, 1);
  return (
    stroke(
      `M0 -14 Q${dice.between(-8, 8).toFixed(1)} 20 ${dice.between(-4, 4).toFixed(1)} 48`,
      stem,
      dice.between(3, 5),
    ) +
    shape(`M0 34 Q${leaf * 12} 14 ${leaf * 26} 18 Q${leaf * 18} 34 0 36 Z`, stem) +
    petals.join("") +
    oval(0, -16, dice.between(7, 11), heart)
  );
}

/** A mushroom. */
export function mushroom(dice: Dice): string {
  const [cap, stem, spot] = [dice.color(), dice.color({ light: 85 }), dice.color({ light: 90 })];
  const [wide, rise] = [dice.between(34, 44), dice.between(34, 46)];
  const foot = dice.between(10, 15);
  const spots = Array.from({ length: dice.whole(3, 6) }, () => {
    const x = dice.between(-0.6, 0.6) * wide;
    return oval(x, -4 - dice.between(0.1, 0.55) * rise * (1 - (x / wide) ** 2), dice.between(3, 6), spot);
  });
  return (
    shape(`M${-foot + 3} -4 Q${-foot + 2} 20 ${-foot} 42 Q0 50 ${foot} 42 Q${foot - 2} 20 ${foot - 3} -4 Z`, stem) +
    shape(`M${-wide} 2 Q${-wide} ${-rise} 0 ${-rise} Q${wide} ${-rise} ${wide} 2 Q0 10 ${-wide} 2 Z`, cap) +
    spots.join("")
  );
}

/** A tree. */
export function tree(dice: Dice): string {
  const [bark, leaves] = [dice.color({ light: 32 }), dice.color()];
  const trunk = box(-dice.between(4, 7), 6, dice.between(8, 13), 42, bark);
  if (dice.chance(0.45)) {
    const tiers = dice.whole(3, 4);
    const parts = Array.from({ length: tiers }, (_, i) => {
      const top = -48 + (i * 44) / tiers;
      const half = 16 + (i * 20) / tiers + dice.between(0, 4);
      return polygon(
        [
          [-half, top + 30],
          [0, top],
          [half, top + 30],
        ],
        leaves,
      );
    });
    return trunk + parts.join("");
  }
  const blobs = Array.from({ length: dice.whole(5, 8) }, () =>
    oval(dice.between(-20, 20), dice.between(-32, -4), dice.between(13, 19), leaves),
  );
  return trunk + oval(0, -18, 22, leaves) + blobs.join("");
}
