import { writeSync } from "node:fs";
import { manualSeed, nn, optim, randint, randn, scope } from "fastai-ts/torch";
import { xresnet18 } from "fastai-ts/vision";

const STEPS = 10;

manualSeed(42);
const model = xresnet18({ nOut: 10 });
const opt = new optim.AdamW(model.parameters(), { lr: 1e-3 });
const x = randn([16, 3, 128, 128]);
const y = randint(0, 10, [16]);
for (let i = 0; i < STEPS; i++) {
  scope(() => {
    opt.zeroGrad();
    nn.functional.crossEntropy(model(x), y).backward();
    opt.step();
  });
}
// Kilobytes, as Python's resource module gives them.
writeSync(3, `${process.resourceUsage().maxRSS}\n`);
