/** Regular expressions mean what they mean in Python 3.11; the right column is what it said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "#src/core/limits.ts";
import { pythonRegex } from "#src/core/python-regex/regex.ts";
import { seeded } from "../support/random.ts";

const REPLACED: readonly (readonly [pattern: string, template: string, text: string, want: string])[] = [
  ["(^.*$)", String.raw`\1 A`, "servers.n1.cpu", "servers.n1.cpu A"],
  ["(^.*$)", String.raw`\1 A`, "", " A"],
  ["x*", "-", "abxd", "-a-b--d-"],
  [".*", "X", "abc", "XX"],
  ["(?:(a)|b)*", String.raw`<\1>`, "ab", "<a><>"],
  ["(a)|b", String.raw`[\1]`, "ab", "[a][]"],
  [String.raw`\w+`, "W", "é_1 ü", "W W"],
  [String.raw`(?a)\w+`, "W", "é_1 ü", "éW ü"],
  ["(?i:A)b", "-", "abAB Ab", "-AB -"],
  ["(?P<x>a)(?(x)b|c)", "-", "ab c", "- c"],
  ["(?<=a.)b", "-", "acb", "ac-"],
  ["a{,2}", "-", "aaa", "---"],
  ["a{", "-", "a{b", "-b"],
  [String.raw`\.`, String.raw`\\`, "a.b", String.raw`a\b`],
  ["a", String.raw`\.`, "a", String.raw`\.`],
  [String.raw`(?P<first>\w+)\.(?P<last>\w+)`, String.raw`\g<last>.\g<first>`, "a.b", "b.a"],
  ["(a+?)(a*)", String.raw`\2|\1`, "aaa", "aa|a"],
  [String.raw`\101|\x42`, "-", "ABC", "--C"],
  ["(?x) a  b # both", "-", "ab", "-"],
  ["[]a]", "-", "]a[", "--["],
  [String.raw`[^\w.]`, "_", "a b.c-d", "a_b.c_d"],
  ["(?>a*)a", "-", "aaa", "aaa"],
  ["a*+a", "-", "aaa", "aaa"],
  ["^b", "-", "a\nb", "a\nb"],
  ["(?m)^b", "-", "a\nb", "a\n-"],
  ["😀.", "-", "a😀b", "a-"],
];

test("re.sub", () => {
  for (const [pattern, template, text, want] of REPLACED) {
    assert.equal(pythonRegex(pattern).replacer(template)(text), want, pattern);
  }
});

const SEARCHED: readonly (readonly [pattern: string, text: string, found: boolean])[] = [
  ["a$", "a\n", true],
  [String.raw`a\Z`, "a\n", false],
  [String.raw`(a)?b\1`, "b", false],
  [String.raw`\bcpu\b`, "n1.cpu.user", true],
  [String.raw`\bcpu\b`, "n1.cpus", false],
  ["n(?!1)", "n1.n2", true],
  ["(?i)CPU", "cpu", true],
  ["(?i)[^a]", "A", false],
];

test("re.search", () => {
  for (const [pattern, text, found] of SEARCHED) assert.equal(pythonRegex(pattern).search(text), found, pattern);
});

test("re.match looks at the start only", () => {
  assert.equal(pythonRegex("b").match("ab"), false);
  assert.equal(pythonRegex("a").match("ab"), true);
});

const REFUSED: readonly (readonly [pattern: string, rule: string])[] = [
  ["(a", "missing ), unterminated subpattern, at character 1"],
  ["a)", "unbalanced parenthesis"],
  ["*a", "nothing to repeat, at character 1"],
  ["^*", "nothing to repeat"],
  ["a**", "multiple repeat"],
  ["a{2,1}", "minimum is greater"],
  ["[a", "unterminated character set"],
  ["[b-a]", "bad character range"],
  [String.raw`\q`, String.raw`bad escape \q`],
  [String.raw`\1(a)`, "invalid group reference 1"],
  [String.raw`(a\1)`, "cannot refer to an open group"],
  ["(?P<n>a)(?P<n>b)", "used twice"],
  ["(?P=n)", "unknown group name"],
  ["(?<=a+)b", "fixed-width"],
  ["a(?i)b", "global flags not at the start"],
  ["(?Z)a", 'unknown flag "Z"'],
  ["(?(2)a|b)", "invalid group reference 2"],
  ["a\\", "bad escape (end of pattern)"],
  [`${"a".repeat(LIMITS.regexBytes)}a`, "the limit is"],
];

test("what Python refuses is refused, with the place", () => {
  for (const [pattern, rule] of REFUSED) {
    assert.throws(
      () => pythonRegex(pattern),
      (error: Error & { code: string }) => error.code === "QUERY_REGEX" && error.message.includes(rule),
      `${pattern}: ${rule}`,
    );
  }
});

test("templates may name only groups that there are, and known escapes", () => {
  for (const template of [String.raw`\1`, String.raw`\g<x>`, String.raw`\q`, "a\\"]) {
    assert.throws(() => pythonRegex("a").replacer(template), { code: "QUERY_REGEX" }, template);
  }
});

test("a pattern that would search for ages is stopped, and says so", () => {
  for (const pattern of ["(a+)+$", "(a|a)*$", "(a*)*b", "(?:a?){60}a{61}"]) {
    assert.throws(
      () => pythonRegex(pattern, { steps: 100_000 }).search(`${"a".repeat(60)}!`),
      { code: "QUERY_REGEX_STEPS" },
      pattern,
    );
  }
});

test("a long name does not exhaust the stack", () => {
  const name = "abc.".repeat(20_000);
  assert.equal(pythonRegex("^[a-c.]*$").search(name), true);
  assert.throws(() => pythonRegex("^(?:[abc]+[.])*$").search(`${name}!`), { code: "QUERY_REGEX_STEPS" });
});

test("a search finds what trying every place finds", () => {
  const random = seeded();
  const atoms = [
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "(a|b)",
    "(?:ab)",
    "(?:a|)",
    "(?=a)",
    "(?<=a)",
    "^",
    "$",
    "\\b",
    "(?>a)",
    "()",
  ];
  for (let i = 0; i < 3_000; i++) {
    const pieces = Array.from({ length: random.between(1, 4) }, () => {
      const atom = random.pick(atoms);
      return /^[\^$]|^\(\?<?=|^\\b/.test(atom) ? atom : atom + random.pick(["", "", "*", "+", "?", "{2}"]);
    });
    const pattern = random.chance(0.2) ? `${pieces.join("")}|${random.pick(atoms)}` : pieces.join("");
    const text = Array.from({ length: random.below(6) }, () => random.pick(["a", "b", "c", "é"])).join("");
    // An empty choice before it hides the start of the pattern from the search, and changes nothing else.
    const hidden = `(?:|)(?:${pattern})`;
    const place = `SEED=${random.seed}: ${pattern} in "${text}"`;
    assert.equal(pythonRegex(pattern).search(text), pythonRegex(hidden).search(text), place);
    const mark = (regex: string): string => pythonRegex(regex).replacer("<\\g<0>>")(text);
    assert.equal(mark(pattern), mark(hidden), place);
  }
});
