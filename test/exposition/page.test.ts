import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import { LIMITS } from "#src/core/limits.ts";
import type { MetricFamily, MetricSample } from "#src/exposition/family.ts";
import { roleOf } from "#src/exposition/family.ts";
import { type Page, type PageOptions, parsePage } from "#src/exposition/page.ts";

const CLASSIC = { contentType: "text/plain; version=0.0.4; charset=utf-8" };
const OPENMETRICS = { contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8" };

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../../../test/fixtures/exposition/${name}`, import.meta.url));
}

/** `name{a="b"} value @ms`, with the labels as read. */
function shown(sample: MetricSample): string {
  const labels = sample.labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(",");
  const time = sample.timestampMs === undefined ? "" : ` @${sample.timestampMs}`;
  return `${sample.name}{${labels}} ${sample.value}${time}`;
}

function samplesOf(page: Page): string[] {
  return page.families.flatMap((family) => family.samples).map(shown);
}

function only(text: string, options: PageOptions = CLASSIC): MetricSample {
  const page = parsePage(text, options);
  assert.equal(page.sampleCount, 1, text);
  return page.families.flatMap((family) => family.samples)[0]!;
}

function family(page: Page, name: string): MetricFamily {
  const found = page.families.find((one) => one.name === name);
  assert.ok(found, `the page has a family ${name}`);
  return found;
}

test("every form that Prometheus text 0.0.4 allows is read", () => {
  const page = parsePage(fixture("odd.txt"), CLASSIC);
  assert.deepEqual(page.problems, []);
  assert.deepEqual(samplesOf(page), [
    'escaped_total{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1458255915',
    'escaped_total{path="unknown escape \\\\q stays",error=""} 2',
    'spaced{a="1",b="2"} 3.5 @1700000000123',
    'tabbed{a="1"} 4',
    "no_labels_but_braces{} 5",
    "no_type_line{} 6",
    "metric_without_timestamp_and_labels{} 12.47",
    'something_weird{problem="division by zero"} Infinity @3982045',
    "not_a_number{} NaN",
    "negative_infinity{} -Infinity",
    "exponent{} 1.5e-7",
    "trailing_dot{} 5",
    "leading_dot{} 0.5",
    "rule:of:colons{} 7",
    'utf8{city="Zürich",emoji="🚦"} 8',
    'rpc_duration_seconds{quantile="0.5"} 4773',
    'rpc_duration_seconds{quantile="0.99"} 76656',
    "rpc_duration_seconds_sum{} 17560473",
    "rpc_duration_seconds_count{} 2693",
  ]);
  assert.equal(family(page, "escaped_total").type, "counter");
  assert.equal(family(page, "escaped_total").help, "Backslash \\ and line feed \n in a help text.");
  assert.equal(family(page, "no_type_line").type, "unknown");
});

test("every form that OpenMetrics 1.0 allows is read, and exemplars are dropped", () => {
  const page = parsePage(fixture("odd.om.txt"), OPENMETRICS);
  assert.deepEqual(page.problems, []);
  assert.deepEqual(samplesOf(page), [
    'plain{a="b"} 17 @1520879607789',
    'work_seconds_total{node="a"} 17 @1520879607789',
    'work_seconds_created{node="a"} 1520430000.123',
    'size_bucket{le="0.01"} 0',
    'size_bucket{le="0.1"} 8',
    'size_bucket{le="1.0"} 11',
    'size_bucket{le="+Inf"} 17',
    "size_count{} 17",
    "size_sum{} 324789.3",
    "size_created{} 1520430000.123",
    'depth_bucket{le="1.0"} 20',
    'depth_bucket{le="+Inf"} 42',
    "depth_gcount{} 42",
    "depth_gsum{} 3289.3",
    'latency{quantile="0.95"} 123.7',
    "latency_count{} 17",
    "latency_sum{} 324789.3",
    'state{state="a"} 0',
    'state{state="bb"} 1',
    'build_info{name="pretty name",version="8.2.7"} 1',
    "mystery{} 42.23",
    'unannounced{quote="\\"",back="\\\\"} 1',
  ]);
  assert.equal(family(page, "work_seconds").unit, "seconds");
  assert.equal(family(page, "plain").help, 'Some text and \n some " escaping');
  const roles = page.families.map((one) => [one.name, one.type, one.samples.map(({ name }) => roleOf(one, name))]);
  assert.deepEqual(roles, [
    ["plain", "gauge", ["value"]],
    ["work_seconds", "counter", ["value", "created"]],
    ["size", "histogram", ["bucket", "bucket", "bucket", "bucket", "count", "sum", "created"]],
    ["depth", "gaugehistogram", ["bucket", "bucket", "count", "sum"]],
    ["latency", "summary", ["value", "count", "sum"]],
    ["state", "stateset", ["value", "value"]],
    ["build", "info", ["value"]],
    ["mystery", "unknown", ["value"]],
    ["unannounced", "unknown", ["value"]],
    ["empty", "counter", []],
  ]);
});

test("Connect's page gives the same in bytes and as text", () => {
  for (const name of ["connect-classic.txt", "connect-otel.om.txt"]) {
    const bytes = fixture(name);
    const page = parsePage(bytes);
    assert.equal(page.dialect, name.includes(".om.") ? "openmetrics" : "prometheus", name);
    assert.deepEqual(page.problems, [], name);
    assert.deepEqual(parsePage(new TextDecoder().decode(bytes)), page, name);
  }
});

test("the content type decides the dialect, and the end of the page where there is none", () => {
  const rows: readonly (readonly [string | undefined, string, string])[] = [
    ["application/openmetrics-text; version=1.0.0; charset=utf-8", "a 1\n# EOF\n", "openmetrics"],
    ["Application/OpenMetrics-Text", "a 1\n# EOF\n", "openmetrics"],
    ["text/plain; version=0.0.4", "a 1\n# EOF\n", "prometheus"],
    ["text/plain", "a 1\n", "prometheus"],
    [undefined, "a 1\n# EOF\n", "openmetrics"],
    [undefined, "a 1\n# EOF", "openmetrics"],
    [undefined, "a 1\n", "prometheus"],
    ["application/octet-stream", "a 1\n# EOF\n", "openmetrics"],
  ];
  for (const [contentType, text, want] of rows) {
    assert.equal(parsePage(text, { contentType }).dialect, want, `${contentType} ${JSON.stringify(text)}`);
  }
});

test("a time stamp is milliseconds in the one dialect and seconds in the other", () => {
  assert.equal(only("a 1 1700000000\n").timestampMs, 1_700_000_000);
  assert.equal(only("a 1 1700000000\n# EOF\n", OPENMETRICS).timestampMs, 1_700_000_000_000);
});

test("a sample whose name fits no declared family is a family of its own", () => {
  const page = parsePage("# TYPE a histogram\na 1\na_sum 2\na_gsum 3\na_totals 4\n", CLASSIC);
  assert.deepEqual(
    page.families.map((one) => [one.name, one.type, one.samples.map(({ name }) => name)]),
    [
      ["a", "histogram", ["a_sum"]],
      ["a", "unknown", ["a"]],
      ["a_gsum", "unknown", ["a_gsum"]],
      ["a_totals", "unknown", ["a_totals"]],
    ],
  );
});

test("names that JavaScript's objects know are names like any other", () => {
  const page = parsePage('# TYPE constructor gauge\nconstructor{__proto__="x",toString="y"} 1\n__proto__ 2\n', CLASSIC);
  assert.deepEqual(samplesOf(page), ['constructor{__proto__="x",toString="y"} 1', "__proto__{} 2"]);
  assert.equal(roleOf({ name: "a", type: "gauge" }, "atoString"), undefined);
});

const BAD_LINES: readonly (readonly [code: string, line: string, options?: PageOptions])[] = [
  ["EXPOSITION_NAME", "1a 1"],
  ["EXPOSITION_NAME", "a-b 1"],
  ["EXPOSITION_NAME", '{a="b"} 1'],
  ["EXPOSITION_NAME", "ä 1"],
  ["EXPOSITION_NAME_LIMIT", `${"a".repeat(LIMITS.expositionLabelCharacters + 1)} 1`],
  ["EXPOSITION_LABEL", 'a{b="c} 1'],
  ["EXPOSITION_LABEL", 'a{b="c"'],
  ["EXPOSITION_LABEL", 'a{b="c" d="e"} 1'],
  ["EXPOSITION_LABEL", "a{b=c} 1"],
  ["EXPOSITION_LABEL", "a{b='c'} 1"],
  ["EXPOSITION_LABEL", 'a{="c"} 1'],
  ["EXPOSITION_LABEL", 'a{1b="c"} 1'],
  ["EXPOSITION_LABEL", 'a{b:c="d"} 1'],
  ["EXPOSITION_LABEL", "a{,} 1"],
  ["EXPOSITION_LABEL", "a{ 1"],
  ["EXPOSITION_LABEL", 'a{b="1",b="2"} 1'],
  ["EXPOSITION_LABEL", 'a{b="\\"} 1'],
  ["EXPOSITION_LABEL_LIMIT", `a{b="${"x".repeat(LIMITS.expositionLabelCharacters)}"} 1`],
  ["EXPOSITION_LABEL_LIMIT", `a{${"x".repeat(LIMITS.expositionLabelCharacters + 1)}="b"} 1`],
  ["EXPOSITION_LABEL_LIMIT", `a{${Array.from({ length: LIMITS.expositionLabels + 1 }, (_, i) => `l${i}="x"`)}} 1`],
  ["EXPOSITION_VALUE", "a"],
  ["EXPOSITION_VALUE", "a x"],
  ["EXPOSITION_VALUE", "a 0x10"],
  ["EXPOSITION_VALUE", "a 1e400"],
  ["EXPOSITION_VALUE", 'a{b="c"}'],
  ["EXPOSITION_VALUE", "a 1\r"],
  ["EXPOSITION_TIMESTAMP", "a 1 2 3"],
  ["EXPOSITION_TIMESTAMP", "a 1 1700000000.5"],
  ["EXPOSITION_TIMESTAMP", "a 1 now"],
  ["EXPOSITION_TIMESTAMP", "a 1 NaN", OPENMETRICS],
  ["EXPOSITION_EXEMPLAR", 'a 1 # {b="c"} 2'],
  ["EXPOSITION_EXEMPLAR", "a_total 1 # b 2", OPENMETRICS],
  ["EXPOSITION_EXEMPLAR", 'a_total 1 # {b="c"}', OPENMETRICS],
  ["EXPOSITION_EXEMPLAR", 'a_total 1 # {b="c"} x', OPENMETRICS],
  ["EXPOSITION_EXEMPLAR", 'a_total 1 # {b="c"} 1 x', OPENMETRICS],
  ["EXPOSITION_EXEMPLAR", 'a_total 1 # {b="c"} 1 2 3', OPENMETRICS],
  ["EXPOSITION_META", "# TYPE"],
  ["EXPOSITION_META", "# HELP 1a text"],
  ["EXPOSITION_META", "# TYPE good_one counter"],
  ["EXPOSITION_TYPE", "# TYPE a thing"],
  ["EXPOSITION_TYPE", "# TYPE a info"],
  ["EXPOSITION_TYPE", "# TYPE a toString", OPENMETRICS],
  ["EXPOSITION_TYPE", "# TYPE a untyped", OPENMETRICS],
  ["EXPOSITION_UNIT", "# UNIT a seconds", OPENMETRICS],
];

test("a bad line costs that line, and is told with its number and text", () => {
  for (const [code, line, options = CLASSIC] of BAD_LINES) {
    const end = options === OPENMETRICS ? "# EOF\n" : "";
    const page = parsePage(`good_one 1\n${line}\ngood_two 2\n${end}`, options);
    assert.deepEqual(samplesOf(page), ["good_one{} 1", "good_two{} 2"], line);
    assert.equal(page.badLines, 1, line);
    const problem = page.problems[0]!;
    assert.equal(problem.code, code, line);
    assert.match(problem.message, /^cannot read line 2, "/, line);
    assert.ok(
      problem.message.includes(JSON.stringify(line.slice(0, 60)).slice(1, -1)),
      `${problem.message} has ${line}`,
    );
  }
});

test("comments, blank lines and more blanks cost nothing in either dialect", () => {
  // 0.0.4 ignores blanks before a line too; Prometheus 2.42 makes them part of the name and fails.
  const text = '\n  \n# x\n#\n# HELPED a\n # TYPE  a\tgauge \n \ta  {b="c"}   1  \n';
  for (const [options, end] of [
    [CLASSIC, ""],
    [OPENMETRICS, "# EOF\n"],
  ] as const) {
    const page = parsePage(text + end, options);
    assert.deepEqual([page.badLines, samplesOf(page), page.families[0]!.type], [0, ['a{b="c"} 1'], "gauge"]);
  }
});

test("the loss of a line is counted on the family that it belongs to", () => {
  const page = parsePage('# TYPE a counter\na 1\na{ 2\nb 3\n!? 4\n# TYPE a counter\nc{x="1} 5\n', CLASSIC);
  assert.deepEqual(
    page.families.map((one) => [one.name, one.samples.length, one.badLines]),
    [
      ["a", 1, 1],
      ["b", 1, 1],
      ["c", 0, 1],
    ],
  );
  assert.equal(page.badLines, 4);
});

test("a last line that was cut off in the middle is not believed", () => {
  const page = parsePage("requests 100\nrequests_long 12345", CLASSIC);
  assert.deepEqual(samplesOf(page), ["requests{} 100"]);
  assert.equal(page.problems[0]!.code, "EXPOSITION_UNTERMINATED");
  assert.equal(page.families[0]!.badLines, 1);
});

test("only the first few bad lines are told, all are counted, and too many cost the page", () => {
  const page = parsePage(`ok 1\n${"bad\n".repeat(100)}`, CLASSIC);
  assert.deepEqual([page.badLines, page.problems.length], [100, LIMITS.expositionProblemsKept]);
  throwsCode("EXPOSITION_TOO_MANY_BAD_LINES", `ok 1\n${"bad\n".repeat(LIMITS.expositionBadLines + 1)}`);
});

test("text after # EOF is not read", () => {
  const page = parsePage("a 1\n# EOF\n\nb 2\nc 3\n", OPENMETRICS);
  assert.deepEqual(samplesOf(page), ["a{} 1"]);
  assert.deepEqual(
    page.problems.map(({ code }) => code),
    ["EXPOSITION_AFTER_EOF"],
  );
});

function throwsCode(code: string, text: string, options: PageOptions = CLASSIC): LockstepError {
  let thrown: unknown;
  try {
    parsePage(text, options);
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof LockstepError, `${JSON.stringify(text.slice(0, 40))} throws`);
  assert.equal(thrown.code, code);
  return thrown;
}

test("a page that can't be what it claims to be is refused", () => {
  throwsCode("EXPOSITION_TRUNCATED", "", OPENMETRICS);
  throwsCode("EXPOSITION_TRUNCATED", "a 1\n", OPENMETRICS);
  throwsCode("EXPOSITION_TRUNCATED", "a 1\n# EO", OPENMETRICS);
  throwsCode("EXPOSITION_TRUNCATED", "a 1\n#EOF\n", OPENMETRICS);
  throwsCode("EXPOSITION_TRUNCATED", "a 1\n# EOF now\n", OPENMETRICS);
  throwsCode("EXPOSITION_NOT_METRICS", "<!DOCTYPE html>\n<html>\n</html>\n");
  throwsCode("EXPOSITION_NOT_METRICS", '{"error":"unauthorized"}\n');
  assert.match(throwsCode("EXPOSITION_TRUNCATED", "a 1\nb_tot", OPENMETRICS).message, /after line 2: "b_tot"$/);
});

test("an empty page is a page", () => {
  for (const text of ["", "\n", "# nothing here\n"]) assert.deepEqual(parsePage(text, CLASSIC).families, []);
  assert.deepEqual(parsePage("# EOF\n", OPENMETRICS).families, []);
});

test("every cut of an OpenMetrics page is noticed", () => {
  const whole = "# TYPE a counter\na_total 12345\nb 1\n# EOF\n";
  const complete = whole.length - 1; // the line feed after # EOF may be missing
  for (let length = 0; length < complete; length++) {
    throwsCode("EXPOSITION_TRUNCATED", whole.slice(0, length), OPENMETRICS);
  }
  assert.equal(parsePage(whole.slice(0, complete), OPENMETRICS).sampleCount, 2);
});

test("limits on bytes and samples cost the page", () => {
  const limits = { ...LIMITS, expositionBytes: 20, expositionSamples: 3 };
  const options = { ...CLASSIC, limits };
  assert.equal(parsePage("a 1\nb 2\nc 3\n", options).sampleCount, 3);
  throwsCode("EXPOSITION_TOO_MANY_SAMPLES", "a 1\nb 2\nc 3\nd 4\n", options);
  assert.equal(parsePage(`a ${"0".repeat(17)}\n`, options).sampleCount, 1);
  throwsCode("EXPOSITION_TOO_LARGE", `a ${"0".repeat(18)}\n`, options);
});

/** Megabytes made to be slow: each is read to its end by the work of its length. */
test("hostile pages end, with an answer", () => {
  const mega = 1024 * 1024;
  const pages: readonly (readonly [string, string])[] = [
    ["one name", "a".repeat(mega)],
    ["one number", `a ${"1".repeat(mega)}\n`],
    ["one open quote", `a{b="${"x".repeat(mega)}\n`],
    ["backslashes", `a{b="${"\\".repeat(mega)}\n`],
    ["escaped quotes", `a{b="${'\\"'.repeat(mega / 2)}"} 1\n`],
    ["a million labels", `a{${'b="",'.repeat(mega / 5)}} 1\n`],
    ["open braces", `a${"{".repeat(mega)}\n`],
    ["blanks", `a${" ".repeat(mega)}1\n`],
    ["quotes without end, line after line", `${`a{b="${"x".repeat(4000)}\n`.repeat(1000)}`],
    ["empty lines", "\n".repeat(mega)],
    ["comments", "#\n".repeat(mega / 2)],
    ["help", `# HELP a ${"\\n".repeat(mega / 2)}\n`],
    ["exemplars", `a_total 1${" # {} 1".repeat(mega / 7)}\n# EOF\n`],
    ["families", Array.from({ length: 100_000 }, (_, i) => `f${i} 1\n`).join("")],
  ];
  for (const [what, text] of pages) {
    let samples = -1;
    try {
      samples = parsePage(text).sampleCount;
    } catch (error) {
      assert.ok(error instanceof LockstepError, what);
    }
    const want = { blanks: 1, families: 100_000, "empty lines": 0, comments: 0, help: 0 }[what] ?? -1;
    assert.equal(samples, want, what);
  }
});
