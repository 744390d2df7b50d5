import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAggregationRules } from "#src/carbon/rules/aggregation.ts";
import { Bucket } from "#src/carbon/rules/bucket.ts";
import { parseRegexList } from "#src/carbon/rules/regex-list.ts";
import { parseRewriteRules, rewrite } from "#src/carbon/rules/rewrite.ts";

test("a list holds a name in which one of its expressions is found", () => {
  const list = parseRegexList("# Debian's example\n^some\\.noisy\\.\n\n\\.\\.\r\n  ^\\.  \n\\.$\n", "blacklist.conf");
  assert.equal(list.length, 4);
  const rows: readonly (readonly [string, boolean])[] = [
    ["some.noisy.metric", true],
    ["other.some.noisy.metric", false],
    ["a..b", true],
    [".a", true],
    ["a.", true],
    ["a.b", false],
  ];
  for (const [name, want] of rows) assert.equal(list.has(name), want, name);
});

test("only a # in the first column makes a comment in a list, as in carbon", () => {
  assert.equal(parseRegexList("#a\n # b\n", "f").length, 1);
  assert.equal(parseRegexList("#a\n # b\n", "f").has("x # b"), true);
});

test("names are rewritten rule by rule, wherever a rule matches", () => {
  const rules = parseRewriteRules(
    "# x\n[PRE]\n^collectd\\.([^.]+)_example_org = hosts.\\1\na=b\nb = c\n[post]\n_sum$ =\n(?P<x>.)\\.z$ = \\g<x>=\n",
    "f",
  );
  const rows: readonly (readonly ["pre" | "post", string, string])[] = [
    ["pre", "collectd.n1_example_org.cpu", "hosts.n1.cpu"],
    ["pre", "aab.a", "ccc.c"],
    ["pre", "x", "x"],
    ["post", "requests_sum", "requests"],
    ["post", "requests_sum.b", "requests_sum.b"],
    ["post", "b.z", "b="],
  ];
  for (const [section, name, want] of rows) assert.equal(rewrite(rules[section], name), want, name);
});

test("patterns of aggregation rules", () => {
  const rows: readonly (readonly [rule: string, name: string, output: string | undefined])[] = [
    ["<env>.all (60) = sum <env>.*.requests", "prod.www01.requests", "prod.all"],
    ["<env>.all (60) = sum <env>.*.requests", "prod.a.b.requests", undefined],
    ["<env>.all (60) = sum <env>.*.requests", "prod..requests", undefined],
    ["<env>.all (60) = sum <env>.*.requests", "prod.www01.requests.p99", undefined],
    ["<env>.all (60) = sum <env>.*.requests", "x.prod.www01.requests", undefined],
    ["<app>.all.<rest> (60) = avg <app>.*.<<rest>>", "web.n1.http.2xx.count", "web.all.http.2xx.count"],
    ["a.<domain> 60 = max a.<domain>\\d{2}", "a.www12", "a.www"],
    ["x (1) = min web*.cpu", "web12.cpu", "x"],
    ["x (1) = min web*.cpu", "web.cpu", "x"],
    ["x (1) = min web*.cpu", "web.1.cpu", undefined],
    ["all.<a>.<b> ((60)) = p99 <a>x.y<b>", "1x.y2", "all.1.2"],
    ["same (60) = count (a|<b>)", "a", "same"],
    ["same.<b> (60) = count (a|<b>)", "a", "same.None"],
  ];
  for (const [rule, name, output] of rows) {
    assert.equal(parseAggregationRules(`# rules\n\n${rule}\n`, "f")[0]!.outputOf(name), output, `${rule}: ${name}`);
  }
});

test("faults name the file, the line, and what would be right", () => {
  type Parser = (text: string, file: string) => unknown;
  const rows: readonly (readonly [Parser, string, RegExp])[] = [
    [parseRegexList, "a\n(b\n", /line 2 of FILE, "\(b": it holds no regular expression/],
    [parseRewriteRules, "\na = b", /line 2 of FILE, "a = b": it stands before \[pre\] or \[post\]/],
    [parseRewriteRules, "[pre]\n[mid]\n", /line 2 .* the sections are \[pre\] and \[post\]/],
    [parseRewriteRules, "[pre]\n[post]\n[pre]\n", /line 3 .* the section was there before/],
    [parseRewriteRules, "[pre]\nnonsense\n", /line 2 .* neither \[pre\], \[post\] nor REGEX = REPLACEMENT/],
    [parseRewriteRules, "[pre]\n(a) = \\2\n", /line 2 .* its replacement makes no sense/],
    [parseAggregationRules, "a (60) sum b", /line 1 .* it is not OUTPUT \(SECONDS\) = METHOD INPUT/],
    [parseAggregationRules, "a;b=c (60) = sum b", /line 1 .* no blank or = in OUTPUT/],
    [parseAggregationRules, "a (60) = median b", /the method median is none of sum, avg, min, max, count, last, p50/],
    [parseAggregationRules, "a (0) = sum b", /\(0\) is no number of seconds/],
    [parseAggregationRules, "a (1m) = sum b", /\(1m\) is no number of seconds/],
    [parseAggregationRules, "a.<x> (60) = sum <y>.b", /the output a\.<x> has other <…> .* it has <y>/],
    [parseAggregationRules, "a.<<y>> (60) = sum <<y>>.b", /the output a\.<<y>> has other <…> /],
    [parseAggregationRules, "a (60) = sum <y>.<y>", /no regular expression/],
    [parseAggregationRules, "a (60) = sum (b", /no regular expression/],
  ];
  for (const [parse, text, message] of rows) {
    assert.throws(() => parse(text, "FILE"), { code: "RULES_SYNTAX", message }, text);
  }
});

test("what methods make of values", () => {
  const values = [4, 1, 3, 2];
  const rows: readonly (readonly [string, number])[] = [
    ["sum", 10],
    ["avg", 2.5],
    ["min", 1],
    ["max", 4],
    ["count", 4],
    ["last", 2],
    ["p50", 2.5],
    ["p75", 3.25],
    ["p999", 3 * (3 - 0.999 * 3) + 4 * (0.999 * 3 - 2)],
  ];
  const bucket = new Bucket(60);
  for (const value of values) {
    bucket.add(value);
    bucket.values.push(value);
  }
  for (const [method, want] of rows) assert.equal(bucket.valueBy(method), want, method);
});

test("infinities are values; what they leave of an average is none", () => {
  const bucket = new Bucket(0);
  bucket.add(Number.POSITIVE_INFINITY);
  assert.deepEqual(
    [bucket.valueBy("min"), bucket.valueBy("max")],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  );
  bucket.add(Number.NEGATIVE_INFINITY);
  assert.equal(Number.isNaN(bucket.valueBy("avg")), true);
});
