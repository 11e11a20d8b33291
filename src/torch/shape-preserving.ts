/** Operators whose result has the class of the tensor they are called on, beside the pointwise ones (TOR-4). */
const names = new Set(
  (
    "alias clone contiguous detach flip fliplr flipud roll rot90 permute transpose t unsqueeze squeeze view reshape expand " +
    "expand_as narrow select slice index_select index masked_fill repeat tile movedim swapaxes swapdims unfold diagonal " +
    "to _to_copy type_as constant_pad_nd pad reflection_pad2d replication_pad2d grid_sampler upsample_bilinear2d " +
    "upsample_nearest2d interpolate adaptive_avg_pool2d detach_ cumsum sort softmax log_softmax view_as reshape_as"
  ).split(" "),
);

const comparisons = new Set(
  "eq ne lt le gt ge isnan isinf isfinite logical_not logical_and logical_or argmax".split(" "),
);

/** Whether results of `aten::<name>` keep the class; also the generator of the declarations asks this. */
export function keepsClass(qualified: string, pointwise: boolean): boolean {
  const name = qualified.replace(/^aten::/, "").replace(/_$/, "");
  if (comparisons.has(name)) return false;
  return pointwise || names.has(name);
}
