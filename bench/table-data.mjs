#!/usr/bin/env node
// The tables of the benchmarks, the same for both sides: usage: node bench/table-data.mjs NAME, prints the path of the file.
// `FASTAI_TS_BENCH_DATA` names a folder with adult_sample/adult.csv and ml-latest-small/ratings.csv; without it, tables of
// the same shape are drawn. NAME: adult, ratings or million.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REAL = { adult: "adult_sample/adult.csv", ratings: "ml-latest-small/ratings.csv" };

/** Numbers in [0, 1), the same each time: a 32-bit xorshift. */
function generator() {
  let state = 42;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @param {() => number} draw */
const normal = (draw) => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/**
 * @param {() => number} draw
 * @param {number} n
 */
const below = (draw, n) => Math.floor(draw() * n);

/** @type {Record<string, { header: string, rows: number, row: (draw: () => number, i: number) => unknown[] }>} */
const TABLES = {
  adult: {
    header:
      "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,capital-gain," +
      "capital-loss,hours-per-week,native-country,salary",
    rows: 32561,
    row: (draw) => {
      const [age, job, years] = [17 + below(draw, 73), below(draw, 15), 1 + below(draw, 16)];
      return [
        ...[age, ` workclass ${below(draw, 9)}`, 12285 + below(draw, 1472420), ` education ${below(draw, 16)}`],
        ...[draw() < 0.015 ? "" : `${years}.0`, ` marital status ${below(draw, 7)}`],
        ...[draw() < 0.015 ? "" : ` occupation ${job}`, ` relationship ${below(draw, 6)}`, ` race ${below(draw, 5)}`],
        ...[` sex ${below(draw, 2)}`, below(draw, 100) < 8 ? below(draw, 99999) : 0, 0, 1 + below(draw, 99)],
        ...[` country ${below(draw, 42)}`, age / 20 + years / 4 + job / 5 + normal(draw) > 7.2 ? ">=50k" : "<50k"],
      ];
    },
  },
  ratings: {
    header: "userId,movieId,rating,timestamp",
    rows: 100836,
    row: (draw, i) => [
      1 + below(draw, 610),
      1 + Math.floor(9724 * draw() ** 2),
      Math.min(10, Math.max(1, Math.round(7 + 2 * normal(draw)))) / 2,
      964982703 + i,
    ],
  },
  million: {
    header: "id,i1,i2,f1,f2,f3,f4,c1,c2,y",
    rows: 1_000_000,
    row: (draw, i) => [
      ...[i, below(draw, 1000), below(draw, 2_000_000) - 1_000_000, normal(draw), normal(draw).toFixed(4)],
      ...[draw().toFixed(2), normal(draw) * 1000, ["red", "green", "blue", "a longer category"][below(draw, 4)]],
      ...[`k${below(draw, 1000)}`, draw() < 0.5 ? "yes" : "no"],
    ],
  },
};

/**
 * The path of a table, drawn first if it is not there.
 * @param {string} name
 */
export function tableFile(name) {
  const folder = process.env.FASTAI_TS_BENCH_DATA;
  const real = Reflect.get(REAL, name);
  if (folder && real && existsSync(join(folder, real))) return join(folder, real);
  const table = TABLES[name];
  if (!table) throw new Error(`table-data: expected adult, ratings or million, got ${name}.`);
  const drawn = join(tmpdir(), "fastai-ts-bench-tables");
  const file = join(drawn, `${name}.csv`);
  if (existsSync(file)) return file;
  mkdirSync(drawn, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  const out = openSync(unfinished, "w");
  const draw = generator();
  let text = `${table.header}\n`;
  for (let i = 0; i < table.rows; i++) {
    text += `${table.row(draw, i).join(",")}\n`;
    if (text.length > 1 << 20 || i === table.rows - 1) {
      writeSync(out, text);
      text = "";
    }
  }
  closeSync(out);
  renameSync(unfinished, file);
  return file;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(tableFile(process.argv[2] ?? ""));
