import { writeSync } from "node:fs";
import { ones } from "fastai-ts/torch";

ones([2]).add(1);
writeSync(3, "0\n");
