/**
 * Numbers as Go's `strconv.ParseFloat` and OpenMetrics read them: decimal with an optional exponent, `NaN`, and `Inf` or
 * `Infinity` with an optional sign, in any case. Not the hexadecimal floats and underscores that Go learned in 1.13
 * (Prometheus refuses them too), and nothing of what JavaScript's `Number` takes beside: "", "0b1", "0x1f", blanks.
 */

const ZERO = 0x30;
const NINE = 0x39;
/** Fewer digits than this are exact however they are added up. */
const EXACT_DIGITS = 15;

/** Undefined when the text is no number, or one beyond the range of a double. */
export function parseNumber(text: string): number | undefined {
  return smallInteger(text) ?? decimal(text) ?? word(text);
}

/** Fast path: most values of a page are counts. (bench/exposition.ts) */
function smallInteger(text: string): number | undefined {
  const length = text.length;
  if (length === 0 || length > EXACT_DIGITS) return undefined;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c < ZERO || c > NINE) return undefined;
    value = value * 10 + (c - ZERO);
  }
  return value;
}

function decimal(text: string): number | undefined {
  let at = skipSign(text, 0);
  const whole = skipDigits(text, at);
  let digits = whole - at;
  at = whole;
  if (text[at] === ".") {
    const fraction = skipDigits(text, at + 1);
    digits += fraction - at - 1;
    at = fraction;
  }
  if (digits === 0) return undefined;
  if (text[at] === "e" || text[at] === "E") {
    const exponent = skipSign(text, at + 1);
    at = skipDigits(text, exponent);
    if (at === exponent) return undefined;
  }
  if (at !== text.length) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function skipSign(text: string, at: number): number {
  return text[at] === "+" || text[at] === "-" ? at + 1 : at;
}

function skipDigits(text: string, at: number): number {
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c < ZERO || c > NINE) break;
  }
  return at;
}

const LONGEST_WORD = "+infinity".length;

function word(text: string): number | undefined {
  if (text.length > LONGEST_WORD) return undefined;
  switch (text.toLowerCase()) {
    case "nan":
      return Number.NaN;
    case "inf":
    case "+inf":
    case "infinity":
    case "+infinity":
      return Number.POSITIVE_INFINITY;
    case "-inf":
    case "-infinity":
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

/** Whole milliseconds, as 0.0.4 has them. */
export function parseMilliseconds(text: string): number | undefined {
  const start = text[0] === "-" ? 1 : 0;
  if (text.length === start || skipDigits(text, start) !== text.length) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Seconds with a fraction, as OpenMetrics has them → milliseconds. */
export function parseSeconds(text: string): number | undefined {
  const seconds = parseNumber(text);
  const ms = seconds === undefined ? Number.NaN : Math.round(seconds * 1000);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
