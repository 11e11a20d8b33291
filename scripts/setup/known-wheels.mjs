/**
 * sha256 of libtorch wheels seen by the project. A wheel with another name is checked by the hash that pip's index gives
 * and by the hashes of its files in its own RECORD.
 * @type {Record<string, string>}
 */
export const KNOWN_WHEELS = {
  "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl":
    "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
  "torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl":
    "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
};
