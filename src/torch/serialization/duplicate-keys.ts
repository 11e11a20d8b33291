/** Finding keys that a JSON text gives twice: `JSON.parse` keeps the last one silently. */

/** The first key that occurs twice in one object of a valid JSON text, or undefined. */
export function firstDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | null)[] = []; // keys of the objects around the current place; null for arrays
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(null);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') {
      const end = stringEnd(text, i);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const key = JSON.parse(text.slice(i, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i + 1;
}

function isKey(text: string, end: number): boolean {
  let i = end;
  while (" \n\r\t".includes(text[i] ?? "x")) i++;
  return text[i] === ":";
}
