import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRpn } from "#src/rrd/rpn.ts";
import { evaluateRpn } from "#src/rrd/rpn-evaluate.ts";

const NAMES = ["a", "b", "u"];
const VALUES = [6, 4, Number.NaN];

const EXPRESSIONS: readonly (readonly [expression: string, value: number])[] = [
  ["a,b,+", 10],
  ["a,b,-,2,*", 4],
  ["a,b,%", 2],
  ["b,a,POW", 4096],
  ["u,UN,1,a,IF", 1],
  ["a,u,+", Number.NaN],
  ["a,u,ADDNAN", 6],
  ["a,b,MIN", 4],
  ["a,u,MAX", Number.NaN],
  ["a,u,MAXNAN", 6],
  ["a,0,5,LIMIT", Number.NaN],
  ["a,b,LT,a,b,GT,-", -1],
  ["a,b,EXC,-", -2],
  ["a,b,u,3,AVG", 5],
  ["a,b,2,SORT,-", -2],
  ["a,b,2,REV,-", -2],
  ["1,2,3,3,MEDIAN", 2],
  ["1,2,3,4,4,STDEV,100,*,FLOOR", 129],
  ["a,DUP,*", 36],
  ["INF,ISINF", 1],
  ["NOW", 77],
  ["a,b,POP", 6],
];

for (const [expression, want] of EXPRESSIONS) {
  test(`${expression} is ${want}`, () => {
    assert.equal(evaluateRpn(parseRpn(expression, NAMES), VALUES, 77), want);
  });
}

const REFUSED: readonly (readonly [expression: string, message: RegExp])[] = [
  ["", /is no operator/],
  ["a,c,+", /c is no operator, number or data source before this one/],
  ["a,40000,+", /40000 is no whole number from -32768 to 32767/],
  ["a,1.5,*", /1\.5 is no whole number/],
  ["a,PREV", /PREV can't be used/],
  [Array(20).fill("a").join(","), /it has 20 words/],
];

for (const [expression, message] of REFUSED) {
  test(`"${expression.slice(0, 12)}" is refused`, () => {
    assert.throws(() => parseRpn(expression, NAMES), { code: "RRD_SPEC", message });
  });
}

test("an expression that leaves other than one value is refused when it is calculated", () => {
  for (const expression of ["a,b", "+", "a,5,AVG", "a,9,INDEX"]) {
    assert.throws(() => evaluateRpn(parseRpn(expression, NAMES), VALUES, 0), { code: "RRD_UPDATE" }, expression);
  }
});
