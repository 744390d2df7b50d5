import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDouble, formatDumped, formatExponential } from "#src/rrd/c-format.ts";
import { counterDifference, parseReading } from "#src/rrd/reading.ts";

test("readings are numbers as rrdtool reads them", () => {
  const readings: readonly (readonly [string, number | undefined])[] = [
    ["12", 12],
    ["-0.5", -0.5],
    ["+.5e1", 5],
    [" 7", 7],
    ["1e", 1],
    ["1e400", Number.POSITIVE_INFINITY],
    ["1e2000", undefined],
    ["inf", Number.POSITIVE_INFINITY],
    ["-INF", Number.NEGATIVE_INFINITY],
    ["nan", Number.NaN],
    ["", undefined],
    [".", undefined],
    ["1,5", undefined],
    ["0x10", undefined],
    ["12 ", undefined],
  ];
  for (const [text, want] of readings) assert.deepEqual(parseReading(text), want, text);
});

test("it rounds where rrdtool does, not to the nearest double", () => {
  const [nearest, theirs] = [1_700_008_754_987 / 1_000, 1_700_008_754_987 / 10 / 100];
  assert.equal(parseReading("1700008754.987"), theirs);
  assert.notEqual(theirs, nearest);
});

test("counters are subtracted exactly, whatever their length", () => {
  assert.equal(counterDifference("18446744073709551615", "18446744073709551610"), 5);
  assert.equal(counterDifference("5", "12"), -7);
  assert.equal(counterDifference("-5", "-12"), 7);
  assert.equal(counterDifference("-12", "-5"), -7);
  assert.equal(counterDifference("5", "-5"), Number.NaN);
  assert.equal(counterDifference("U", "5"), Number.NaN);
  assert.equal(counterDifference("1".repeat(31), "5"), Number.NaN);
});

test("numbers are printed as C's printf does it: ties to the even digit, zeros with their sign", () => {
  assert.equal(formatExponential(12_345_678_902.5), "1.2345678902e+10");
  assert.equal(formatExponential(12_345_678_903.5), "1.2345678904e+10");
  assert.equal(formatExponential(12_345_678_902.500002), "1.2345678903e+10");
  assert.equal(formatExponential(-0), "-0.0000000000e+00");
  assert.equal(formatExponential(1e-300), "1.0000000000e-300");
  assert.equal(formatExponential(Number.NEGATIVE_INFINITY), "-inf");
});

test("a dump rounds ties up, and has no negative zero", () => {
  assert.equal(formatDumped(12_345_678_902.5), "1.2345678903e+10");
  assert.equal(formatDumped(-0), "0.0000000000e+00");
  assert.equal(formatDumped(Number.NaN), "NaN");
  assert.equal(formatDumped(Number.POSITIVE_INFINITY), "inf");
});

test("what is not a number keeps its sign", () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, 0xfff8_0000_0000_0000n);
  assert.equal(formatDouble(view, 0, false), "-nan");
  view.setBigUint64(0, 0x7ff8_0000_0000_0000n);
  assert.equal(formatDouble(view, 0, false), "nan");
});
