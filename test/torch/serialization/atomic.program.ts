/** Writes a large tensor over the file that is named, again and again, until it is killed. */
import { fullLike, loadSafetensors, save, zeros } from "../../../src/torch/index.js";

const path = process.argv[2] as string;
const big = zeros([2 ** 21]);
for (let round = 1; ; round++) {
  await save(path, { big: fullLike(big, round) });
  if (round === 1) process.stdout.write("started\n");
  if (path.endsWith(".safetensors")) await loadSafetensors(path);
}
