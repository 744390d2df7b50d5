/**
 * The words of a line of metrics. Each function looks at `text` between `at` and `end` and says where its word ends; it
 * reads no character twice, so that no line, however long or wrong, costs more than its length.
 */

const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const METRIC = 1;
const LABEL = 2;
const DIGIT = 4;

/** What each ASCII character may be part of; whatever lies beyond is part of nothing. */
const CLASS = new Uint8Array(128);
for (const letter of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
  CLASS[letter.charCodeAt(0)] = METRIC | LABEL;
for (const digit of "0123456789") CLASS[digit.charCodeAt(0)] = METRIC | LABEL | DIGIT;
CLASS[":".charCodeAt(0)] = METRIC;

function classAt(text: string, at: number): number {
  return CLASS[text.charCodeAt(at)] ?? 0;
}

export function skipBlanks(text: string, at: number, end: number): number {
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c !== SPACE && c !== TAB) break;
    at++;
  }
  return at;
}

/** Where the word of anything but blanks ends. */
export function wordEnd(text: string, at: number, end: number): number {
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c === SPACE || c === TAB) break;
    at++;
  }
  return at;
}

/** `[a-zA-Z_:][a-zA-Z0-9_:]*`; `at` itself when there is no such name. */
export function metricNameEnd(text: string, at: number, end: number): number {
  return nameEnd(text, at, end, METRIC);
}

/** `[a-zA-Z_][a-zA-Z0-9_]*`; `at` itself when there is no such name. */
export function labelNameEnd(text: string, at: number, end: number): number {
  return nameEnd(text, at, end, LABEL);
}

function nameEnd(text: string, at: number, end: number, part: number): number {
  if (at >= end || (classAt(text, at) & DIGIT) !== 0) return at;
  while (at < end && (classAt(text, at) & part) !== 0) at++;
  return at;
}

/** Where the quote is that closes a text begun before `at`; −1 when none does before `end`. */
export function closingQuote(text: string, at: number, end: number): number {
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) return at;
    at += c === BACKSLASH ? 2 : 1;
  }
  return -1;
}

/**
 * `\\`, `\"` and `\n` → backslash, quote, line feed. Any other backslash stays what it is (OpenMetrics "Escaping": `\a`
 * is the same as `\\a`; Prometheus reads 0.0.4 so too).
 */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([\\"n])/g, (_, c: string) => (c === "n" ? "\n" : c));
}
