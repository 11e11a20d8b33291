/** Merging lists of transforms. Source: DBL-7. */
import { asTransform, isClass, Transform, type TransformLike } from "./transform.js";

/** What makes two steps the same: their class, or the name of a named function; other functions are all different. */
function kindOf(tfm: TransformLike): unknown {
  if (isClass(tfm)) return tfm;
  if (tfm instanceof Transform) return tfm.fn ? tfm.fn.name || tfm : tfm.constructor;
  return typeof tfm === "function" && tfm.name ? tfm.name : tfm;
}

/** One list of the lists' steps: of the same class, or function name, only the last stays, in the first one's place. */
export function mergeTfms(...lists: (readonly TransformLike[])[]): Transform[] {
  const kinds = new Map<unknown, TransformLike>();
  for (const tfm of lists.flat()) kinds.set(kindOf(tfm), tfm);
  return [...kinds.values()].map((tfm) => asTransform(tfm));
}
