import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMilliseconds, parseNumber, parseSeconds } from "#src/exposition/number.ts";

test("numbers are read as Go reads them", () => {
  const rows: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["0042", 42],
    ["999999999999999", 999_999_999_999_999],
    ["18446744073709551615", 2 ** 64],
    ["-1", -1],
    ["+1", 1],
    ["12.47", 12.47],
    ["5.", 5],
    [".5", 0.5],
    ["-.5", -0.5],
    ["1.7560473e+07", 17_560_473],
    ["1E3", 1000],
    ["1e-400", 0],
    ["4.9406564584124654e-324", 5e-324],
    ["1.7976931348623157e+308", Number.MAX_VALUE],
    ["NaN", Number.NaN],
    ["nan", Number.NaN],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["inf", Number.POSITIVE_INFINITY],
    ["-Inf", Number.NEGATIVE_INFINITY],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-INFINITY", Number.NEGATIVE_INFINITY],
  ];
  for (const [text, want] of rows) assert.equal(parseNumber(text), want, text);
  assert.ok(Object.is(parseNumber("-0"), -0));
});

test("what Go refuses, and what only JavaScript accepts, is no number", () => {
  const wrong = ["", " 1", "1 ", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "--1", "0x1f", "0x1p4", "0b1", "1_000"];
  for (const text of [...wrong, "1e400", "-1e400", "+NaN", "infinit", "1f", "١", "null", "true", "1\r", "1,5"]) {
    assert.equal(parseNumber(text), undefined, JSON.stringify(text));
  }
});

test("the fast path of whole numbers and the general one agree where they meet", () => {
  for (const text of ["0", "7", "123456789012345", "1234567890123456", "999999999999999", "1000000000000000"]) {
    assert.equal(parseNumber(text), Number(text), text);
    assert.equal(parseNumber(text), parseNumber(`${text}.0`), text);
  }
});

test("times are whole milliseconds in one dialect, seconds with a fraction in the other", () => {
  assert.equal(parseMilliseconds("1395066363000"), 1_395_066_363_000);
  assert.equal(parseMilliseconds("-3982045"), -3_982_045);
  for (const text of ["", "-", "1.5", "1e3", "99999999999999999999", "NaN"]) {
    assert.equal(parseMilliseconds(text), undefined, text);
  }
  assert.equal(parseSeconds("1520879607.789"), 1_520_879_607_789);
  assert.equal(parseSeconds("-1.5"), -1500);
  for (const text of ["", "NaN", "+Inf", "1e300"]) assert.equal(parseSeconds(text), undefined, text);
});
