/** How modules are described in exported learners: the layers of `nn` by a table, other classes by their fields. */
import "./module-specs/containers.js";
import "./module-specs/layers.js";

export { registerLayer } from "./module-specs/register-layer.js";
export { registerModule } from "./module-specs/register-module.js";
