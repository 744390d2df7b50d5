/**
 * Readings, which reach an RRD file as text, read as rrdtool reads them.
 *
 * rrdtool has its own `strtod` (rrd_strtod.c), so that a locale's comma does no harm. It rounds once per digit beyond
 * 2^53 and once per power of ten, so its last bit can differ from the nearest double; files only come out equal when
 * ours rounds the same way.
 */

const NUMBER = /^[ \t\n\v\f\r]*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d*))?$/;
const LEAST_EXPONENT = -1021; // DBL_MIN_EXP
const GREATEST_EXPONENT = 1024; // DBL_MAX_EXP

/** NaN for `nan`; undefined for what is no number. */
export function parseReading(text: string): number | undefined {
  return parseDecimal(text) ?? parseSpecial(text);
}

function parseDecimal(text: string): number | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponentText = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  let number = 0;
  for (const digit of whole + fraction) number = number * 10 + Number(digit);
  if (sign === "-") number = -number;
  const exponent = (Number.parseInt(exponentText, 10) || 0) - fraction.length;
  if (exponent < LEAST_EXPONENT || exponent > GREATEST_EXPONENT) return undefined;
  return scale(number, exponent);
}

function scale(number: number, exponent: number): number {
  let power = 10;
  for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) number = exponent < 0 ? number / power : number * power;
    power *= power;
  }
  return number;
}

function parseSpecial(text: string): number | undefined {
  const [, sign, word] = /^(-?)(nan|inf)/i.exec(text) ?? [];
  if (word === undefined) return undefined;
  if (word.toLowerCase() === "nan") return Number.NaN;
  return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The longest of the two that are subtracted, as rrd_diff.c has it. */
const MAX_DIGITS = 30;

/** How much two readings of a counter are apart, exactly before it becomes a double; NaN when their signs differ. */
export function counterDifference(now: string, before: string): number {
  const a = digitsOf(now);
  const b = digitsOf(before);
  if (a === undefined || b === undefined || a.negative !== b.negative) return Number.NaN;
  if (Math.max(a.digits.length, b.digits.length) > MAX_DIGITS) return Number.NaN;
  const difference = BigInt(a.digits) - BigInt(b.digits);
  const size = parseDecimal(String(difference < 0n ? -difference : difference))!;
  return difference < 0n !== a.negative ? -size : size;
}

function digitsOf(text: string): { readonly digits: string; readonly negative: boolean } | undefined {
  const match = /^(\D*)(\d+)/.exec(text);
  return match === null ? undefined : { digits: match[2]!, negative: match[1]!.includes("-") };
}
