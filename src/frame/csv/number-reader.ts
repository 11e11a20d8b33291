/** Decimal numbers out of bytes, each the double that is nearest to what is written. */

const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
/** A decimal point, as digits are seen. */
const POINT = 46 ^ ZERO;
const LOWER_E = 101;

/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Digits that a 32-bit integer surely holds: a number is read as two of them. */
const HALF = 9;
/** Digits that a double surely holds. */
const EXACT_DIGITS = 15;
/** Relative error of a quotient of two doubles' precision, with room to spare. */
const PAIR_ERROR = 2 ** -98;

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const infinite = /^([+-]?)inf(inity)?$/i;

/** What reading a number says besides the number; one object serves all of them. */
export interface DecimalCursor {
  /** The first byte behind the number. */
  at: number;
  /** Whether it was digits alone. */
  whole: boolean;
  /** Whether it was digits alone and beyond 2^53. */
  wide: boolean;
}

/**
 * The number that begins at a place; NaN when none does, or one that only {@link slowDecimal} reads. Numbers of up to 15
 * digits are computed in one double, those of up to 18 in a pair of doubles; the few whose rounding the pair leaves open
 * are NaN too.
 */
export function readDecimal(bytes: Uint8Array, start: number, cursor: DecimalCursor): number {
  const sign = bytes[start];
  let at = sign === MINUS || sign === PLUS ? start + 1 : start;
  let head = 0;
  let tail = 0;
  let scale = 0;
  const first = at;
  // What is beyond the bytes is undefined, which is no digit either.
  let digit = (bytes[at] as number) ^ ZERO;
  for (; digit < 10 && at < first + HALF; digit = (bytes[++at] as number) ^ ZERO) head = (head * 10 + digit) | 0;
  for (; digit < 10; digit = (bytes[++at] as number) ^ ZERO) tail = (tail * 10 + digit) | 0;
  let digits = at - first;
  const whole = digit !== POINT;
  if (!whole) {
    const point = at++;
    digit = (bytes[at] as number) ^ ZERO;
    for (; digit < 10 && at - 1 < first + HALF; digit = (bytes[++at] as number) ^ ZERO) head = (head * 10 + digit) | 0;
    for (; digit < 10; digit = (bytes[++at] as number) ^ ZERO) tail = (tail * 10 + digit) | 0;
    scale = point - at + 1;
    digits -= scale;
  }
  cursor.at = at;
  cursor.whole = whole;
  if (((digit ^ ZERO) | 32) === LOWER_E && digits > 0) {
    cursor.at = exponentEnd(bytes, at);
    cursor.whole = false;
    if (cursor.at > at) scale += exponentAt(bytes, at, cursor.at);
  }
  if (digits === 0 || digits > 2 * HALF) return Number.NaN;
  let value = head;
  if (digits > HALF || scale !== 0) value = joined(head, tail, digits > HALF ? digits - HALF : 0, scale);
  cursor.wide = digits > EXACT_DIGITS && value > Number.MAX_SAFE_INTEGER;
  return sign === MINUS ? -value : value;
}

/** The number that a text is, however it is written; NaN when it is none. Spaces around it do not count. */
export function slowDecimal(text: string, cursor: DecimalCursor): number {
  const trimmed = text.trim();
  const infinity = infinite.exec(trimmed);
  cursor.whole = /^[+-]?\d+$/.test(trimmed);
  const value = infinity ? Number(`${infinity[1]}Infinity`) : decimal.test(trimmed) ? Number(trimmed) : Number.NaN;
  cursor.wide = cursor.whole && !Number.isSafeInteger(value);
  return value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte < ZERO + 10;
}

/** The end of an exponent of up to three digits that begins with its e; the place of the e when there is none. */
function exponentEnd(bytes: Uint8Array, start: number): number {
  const sign = bytes[start + 1];
  const first = sign === MINUS || sign === PLUS ? start + 2 : start + 1;
  let at = first;
  while (isDigit(bytes[at]) && at < first + 3) at += 1;
  return at > first ? at : start;
}

function exponentAt(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start + 1];
  let value = 0;
  for (let at = sign === MINUS || sign === PLUS ? start + 2 : start + 1; at < end; at++) {
    value = value * 10 + (bytes[at] as number) - ZERO; // a digit, as was seen
  }
  return sign === MINUS ? -value : value;
}

/** (head * 10^tailDigits + tail) * 10^scale, rounded once; NaN when doubles do not decide the rounding. */
function joined(head: number, tail: number, tailDigits: number, scale: number): number {
  if (scale < -22 || scale > 22) return head === 0 && tail === 0 ? 0 : Number.NaN;
  const shift = POWERS[tailDigits] as number;
  if (HALF + tailDigits <= EXACT_DIGITS) {
    const digits = head * shift + tail;
    return scale < 0 ? digits / (POWERS[-scale] as number) : digits * (POWERS[scale] as number);
  }
  return scale > 0 ? Number.NaN : pairQuotient(head, shift, tail, POWERS[-scale] as number);
}

/** The rounding error of a * b, by Veltkamp's and Dekker's splitting. */
function productError(a: number, b: number, product: number): number {
  const splitA = 134217729 * a; // 2^27 + 1
  const splitB = 134217729 * b;
  const highA = splitA - (splitA - a);
  const highB = splitB - (splitB - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** (head * shift + tail) / divisor in a pair of doubles, rounded once; NaN when it lies too near to the middle of two. */
function pairQuotient(head: number, shift: number, tail: number, divisor: number): number {
  const product = head * shift;
  const high = product + tail;
  const low = productError(head, shift, product) + (tail - (high - product));
  const quotient = high / divisor;
  const back = quotient * divisor;
  const rest = (high - back - productError(quotient, divisor, back) + low) / divisor;
  const slack = quotient * PAIR_ERROR;
  const value = quotient + rest;
  return quotient + (rest + slack) === value && quotient + (rest - slack) === value ? value : Number.NaN;
}
