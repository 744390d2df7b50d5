import assert from "node:assert/strict";

/** Says which line differs first, where a whole diff of long texts says nothing. */
export function assertSameText(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  const [a, b] = [actual.split("\n"), expected.split("\n")];
  const line = a.findIndex((text, i) => text !== b[i]);
  const shown = line === -1 ? "the end" : `line ${line + 1}: ${JSON.stringify(a[line])} ≠ ${JSON.stringify(b[line])}`;
  assert.fail(`${shown}\n${what}`);
}
