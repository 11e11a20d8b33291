import { writeSync } from "node:fs";
import { ones } from "fastai-ts/torch";
import * as vision from "fastai-ts/vision";

ones([2]).add(vision.imagenetStats[0][0]);
writeSync(3, "0\n");
