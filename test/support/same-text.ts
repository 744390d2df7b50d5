import assert from "node:assert/strict";

/** Says which line differs first, where a whole diff of long texts says nothing. */
export function assertSameText(actual: string, expected: string, what: string): void {
  assertSameLines(actual, expected, what, (a, b) => a === b);
}

/**
 * The same for dumps: rrdtool rounds their values in x86's long doubles, so where a value lies right between two numbers of
 * eleven digits, it takes either.
 */
export function assertSameDump(actual: string, expected: string, what: string): void {
  assertSameLines(actual, expected, what, (a, b) => a === b || sameButForTies(a, b));
}

function sameButForTies(a: string | undefined, b: string | undefined): boolean {
  const number = /-?\d\.\d{10}e[+-]\d{2,3}/g;
  if (a === undefined || b === undefined || a.replace(number, "") !== b.replace(number, "")) return false;
  const theirs = b.match(number)!;
  return a.match(number)!.every((text, i) => text === theirs[i] || neighbours(text, theirs[i]!));
}

function neighbours(a: string, b: string): boolean {
  const [digits, exponent] = a.replace(".", "").split("e");
  const [otherDigits, otherExponent] = b.replace(".", "").split("e");
  return exponent === otherExponent && Math.abs(Number(digits) - Number(otherDigits)) === 1;
}

function assertSameLines(
  actual: string,
  expected: string,
  what: string,
  same: (a: string | undefined, b: string | undefined) => boolean,
): void {
  if (actual === expected) return;
  const [a, b] = [actual.split("\n"), expected.split("\n")];
  for (let line = 0; line < Math.max(a.length, b.length); line++) {
    if (same(a[line], b[line])) continue;
    assert.fail(`line ${line + 1}: ${JSON.stringify(a[line])} ≠ ${JSON.stringify(b[line])}\n${what}`);
  }
}
