import { inferenceMode, manualSeed, nn, optim, randint, randn, scope } from "fastai-ts/torch";
import { xresnet18 } from "fastai-ts/vision";
import type { Prepare } from "./iterate.js";

const channelsLast = { memoryFormat: "channels_last" } as const;

/** A model whose time goes into the kernels; with the channels last, which suits them better than Python's default. */
export const xresnet: Record<string, Prepare> = {
  "train.xresnet18": () => {
    manualSeed(42);
    const model = xresnet18({ nOut: 10 }).to(channelsLast);
    const opt = new optim.AdamW(model.parameters(), { lr: 1e-3 });
    const x = randn([16, 3, 128, 128]).contiguous(channelsLast);
    const y = randint(0, 10, [16]);
    return (n) => {
      for (let i = 0; i < n; i++) {
        scope(() => {
          opt.zeroGrad();
          nn.functional.crossEntropy(model(x), y).backward();
          opt.step();
        });
      }
      return n;
    };
  },
  "infer.xresnet18": () => {
    manualSeed(42);
    const model = xresnet18({ nOut: 10 }).to(channelsLast);
    model.eval();
    const x = randn([16, 3, 224, 224]).contiguous(channelsLast);
    return (n) => {
      for (let i = 0; i < n; i++) scope(() => inferenceMode(() => void model(x)));
      return n;
    };
  },
};
