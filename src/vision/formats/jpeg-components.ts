/** The number of components a JPEG's frame header names: 1 grey, 3 colours, 4 inks; 0 for damaged and other files. */
export function jpegComponents(bytes: Uint8Array): number {
  const at = (i: number) => bytes[i] ?? 0;
  if (at(0) !== 0xff || at(1) !== 0xd8) return 0;
  for (let i = 2; i + 9 < bytes.length && at(i) === 0xff; ) {
    const marker = at(i + 1);
    // Frame headers are C0 to CF, but for tables (C4, CC) and an extension (C8).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return at(i + 9);
    i += marker === 0xff ? 1 : 2 + ((at(i + 2) << 8) | at(i + 3)); // FF may be repeated before a marker
  }
  return 0;
}
