/** Tags of the packed form; mirrored from cpp/core/packed.h. */
export const Tag = {
  Default: 0,
  None: 1,
  Tensor: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Complex: 6,
  String: 7,
  List: 8,
  BigInt: 9,
  Device: 10,
  IntList: 11,
  TensorList: 12,
  Tuple: 13,
  DoubleList: 14,
  Dict: 15,
} as const;

/** Added to the argument count when no results are wanted. */
export const discardResults = 1 << 16;
