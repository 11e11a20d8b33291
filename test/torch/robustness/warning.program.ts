/** Makes libtorch warn. */
import { randn } from "../../../src/torch/index.js";

console.log(String(randn([1]).std()));
