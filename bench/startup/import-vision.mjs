import { writeSync } from "node:fs";
import { ones } from "fastai-ts/torch";
import * as vision from "fastai-ts/vision";

if (typeof vision.visionLearner !== "function") throw new Error("fastai-ts/vision: expected visionLearner");
ones([2]).add(1);
writeSync(3, "0\n");
