/** Lists and dictionaries of modules. Plain arrays and Maps as fields do the same; these are modules themselves. */
import type { AnyModule } from "../module.js";
import { ItemDict, ItemList } from "./items.js";
import { checkModule } from "./sequential.js";

/** A list of modules that is a module; it cannot be called. */
export class ModuleList<M extends AnyModule = AnyModule> extends ItemList<M, M> {
  protected itemOf(module: M): M {
    checkModule("ModuleList", module);
    return module;
  }
}

/** Modules by name, as a module; it cannot be called. */
export class ModuleDict<M extends AnyModule = AnyModule> extends ItemDict<M, M> {
  protected itemOf(module: M): M {
    checkModule("ModuleDict", module);
    return module;
  }
}
