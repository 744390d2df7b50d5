/** Targets → trees, and what is said of those that are none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import type { Expression } from "#src/query/expression.ts";
import { firstPath, parseTarget } from "#src/query/parser.ts";

/** The tree in short: `scale(a.b, 2, factor=3)`; floats have a dot, literals Python's spelling. */
function show(expression: Expression): string {
  switch (expression.kind) {
    case "path":
      return expression.path;
    case "literal": {
      const { value } = expression;
      if (typeof value === "string") return JSON.stringify(value);
      if (value === null) return "None";
      if (typeof value === "boolean") return value ? "True" : "False";
      return value.integer ? String(value.value) : `float(${value.value})`;
    }
    case "template": {
      const values = [...expression.values].map(
        ([name, value]) => `${name}=${typeof value === "string" ? value : value.value}`,
      );
      return `template[${show(expression.body)}; ${values.join(", ")}]`;
    }
    case "call": {
      const keywords = expression.keywords.map(({ name, value }) => `${name}=${show(value)}`);
      return `${expression.name}(${[...expression.arguments.map(show), ...keywords].join(", ")})`;
    }
  }
}

const READ: readonly (readonly [target: string, tree: string])[] = [
  ["a.b-c_d:e", "a.b-c_d:e"],
  ["  a.b  ", "a.b"],
  ["été.größe", "été.größe"],
  ["a.{b,c*}.[0-9]", "a.{b,c*}.[0-9]"],
  ["{a,b}{c,d}.e", "{a,b}{c,d}.e"],
  [String.raw`a\.b.c\{d\,e`, "a.b.c{d,e"],
  ["5", "5"],
  ["f()", "f()"],
  ["f(a.b,c.d)", "f(a.b, c.d)"],
  ["f( a , 2 )", "f(a, 2)"],
  ["f (a)", "f(a)"],
  ["f(g(h(a)))", "f(g(h(a)))"],
  ["f(5,-5,5.5,-1e-3,1E3)", "f(5, -5, float(5.5), float(-0.001), float(1000))"],
  ["f(-0)", "f(0)"],
  ["f(5min,1.2.3,1e+3)", "f(5min, 1.2.3, 1e+3)"],
  ["f(true,FALSE,None,inf)", "f(True, False, None, float(Infinity))"],
  ["f(none.of,trueish,inf.x)", "f(none.of, trueish, inf.x)"],
  [`f("a 'b'",'c "d"')`, `f("a 'b'", "c \\"d\\"")`],
  [String.raw`f("a\"b","c\\d")`, String.raw`f("a\\\"b", "c\\\\d")`],
  ['f("a""b")', String.raw`f("a\"\"b")`],
  ['f("")', 'f("")'],
  ["f(a,b=1,c = 'x')", 'f(a, b=1, c="x")'],
  ["f(a=1)", "f(a=1)"],
  ["f(a;b=c)", "f(a;b=c)"],
  ["a|f(1)", "f(a, 1)"],
  ["a | f() | g(2)", "g(f(a), 2)"],
  ["f(a|g(),b|h())", "f(g(a), h(b))"],
  ["template(f($x),x='a')", "template[f($x); x=a]"],
  ["template($1.$2,'a',5)", "template[$1.$2; 1=a, 2=5]"],
  ["template(a.b)|f()", "f(template[a.b; ])"],
  ["templates(a)", "templates(a)"],
];

test("targets are read", () => {
  for (const [target, tree] of READ) assert.equal(show(parseTarget(target, LIMITS)), tree, target);
});

const REFUSED: readonly (readonly [target: string, character: number, rule: string])[] = [
  ["", 1, "expected the name of a series or a function call"],
  ["f(a", 4, 'expected "," or ")"'],
  ["f(", 3, "expected the name of a series or a function call"],
  ["f(a))", 5, 'expected the end of the target or "|"'],
  ["a b", 3, 'expected the end of the target or "|"'],
  ["f(a,)", 5, "expected an argument"],
  ["f(,a)", 3, "expected the name"],
  ["f(x=1,a)", 7, "positional arguments come first"],
  ["a|b", 3, "expected a function call"],
  ["a.", 2, "a name has an empty node"],
  ["a..b", 2, "a name has an empty node"],
  ["a.{b", 2, "a brace holds names"],
  ["a.{b,{c,d}}", 2, "a brace holds names"],
  ["{a, b}", 1, "a brace holds names"],
  ["{a.b,c}", 1, "a brace holds names"],
  ['f("abc)', 3, "a string is not closed"],
  [String.raw`a\*`, 2, "a backslash escapes only"],
  ["template(a,b)", 12, "expected a number or a string"],
  ["template(a,1,x=2)", 16, "all named or all positional"],
];

test("what can't be read is refused, with the place and a drawing of it", () => {
  for (const [target, character, rule] of REFUSED) {
    assert.throws(
      () => parseTarget(target, LIMITS),
      (error: Error & { code: string }) => {
        const [sentence, line, caret] = error.message.split("\n") as [string, string, string];
        assert.equal(error.code, "QUERY_SYNTAX", target);
        assert.ok(
          sentence.includes(`at character ${character}: `) && sentence.includes(rule),
          `${target}: ${sentence}`,
        );
        assert.equal(line, `  ${target}`);
        assert.equal(caret.indexOf("^"), character + 1, target);
        return true;
      },
    );
  }
});

test("of a long target only what lies around the place is drawn", () => {
  const target = `f(${"a.".repeat(200)}b c${".d".repeat(200)})`;
  assert.throws(
    () => parseTarget(target, LIMITS),
    ({ message }: Error) => {
      const [, line, caret] = message.split("\n") as [string, string, string];
      assert.ok(line.length < 140 && line.startsWith("  …") && line.endsWith("…"));
      return line[caret.indexOf("^")] === "c";
    },
  );
});

test("targets that are too long or too deep are refused by the setting's name", () => {
  const limits = { targetBytes: 20, targetDepth: 3 };
  assert.equal(show(parseTarget("f(g(a))", limits)), "f(g(a))");
  assert.throws(() => parseTarget("f(g(h(a)))", limits), {
    code: "QUERY_TARGET_LIMIT",
    message: /query\.targetDepth allows \(3\)/,
  });
  assert.throws(() => parseTarget("a".repeat(21), limits), {
    code: "QUERY_TARGET_LIMIT",
    message: /query\.targetBytes allows \(20\)/,
  });
});

test("the source of a call is what was written, without what is piped into it", () => {
  const call = parseTarget('a|seriesByTag( "x=y" )', LIMITS);
  assert.equal(call.kind === "call" && call.source, 'seriesByTag( "x=y" )');
});

test("the first path in a name is found as aliasByNode needs it", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["scale(a.b,2)", "a.b"],
    ['timeShift(summarize(a.b, "1h", "sum"), "-1d")', "a.b"],
    ["asPercent(a.b,MISSING)", "a.b"],
    ["two words (c.d)", "two"],
    ["word (c.d)", "c.d"],
    ["(c.d)", undefined],
    ['time("x")', undefined],
    ["countSeries()", undefined],
  ];
  for (const [name, path] of rows) assert.equal(firstPath(name), path, name);
});
