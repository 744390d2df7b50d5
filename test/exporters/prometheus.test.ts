import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "#src/exporters/prometheus.ts";

test("counters and gauges appear on the page as they are when somebody looks", async () => {
  const metrics = createMetrics();
  let waiting = 3;
  metrics.counter("lockstep_plain_total", "Plain.").add(2, {});
  const lines = metrics.counter("lockstep_lines_total", 'Lines by "reason".', ["reason", "port"]);
  lines.add(1, { reason: "too long", port: "2003" });
  lines.add(0.5, { reason: "too long", port: "2003" });
  metrics.gauge("lockstep_waiting", "Waiting.", [], () => [{ labels: {}, value: waiting }]);
  const { contentType, text } = await metrics.page();
  assert.equal(contentType, "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(
    text,
    "# HELP lockstep_plain_total Plain.\n# TYPE lockstep_plain_total counter\nlockstep_plain_total 2\n\n" +
      '# HELP lockstep_lines_total Lines by "reason".\n# TYPE lockstep_lines_total counter\n' +
      'lockstep_lines_total{reason="too long",port="2003"} 1.5\n\n' +
      "# HELP lockstep_waiting Waiting.\n# TYPE lockstep_waiting gauge\nlockstep_waiting 3\n",
  );
  waiting = 4;
  assert.match((await metrics.page()).text, /^lockstep_waiting 4$/m);
});

test("a reading that is gone is gone from the page", async () => {
  const metrics = createMetrics();
  const nodes = ["a", "b"];
  metrics.gauge("lockstep_up", "Up.", ["node"], () => nodes.map((node) => ({ labels: { node }, value: 1 })));
  assert.match((await metrics.page()).text, /node="b"/);
  nodes.pop();
  assert.doesNotMatch((await metrics.page()).text, /node="b"/);
});

test("readings are the page as values", async () => {
  const metrics = createMetrics();
  metrics.counter("lockstep_a_total", "A.", ["x"]).add(1, { x: "1" });
  metrics.gauge("lockstep_b", "B.", [], () => [{ labels: {}, value: 2 }]);
  assert.deepEqual(await metrics.readings(), [
    { name: "lockstep_a_total", labels: { x: "1" }, value: 1 },
    { name: "lockstep_b", labels: {}, value: 2 },
  ]);
});

test("the same counter declared twice is one, and two registries share nothing", async () => {
  const metrics = createMetrics();
  metrics.counter("lockstep_a_total", "A.").add(1, {});
  metrics.counter("lockstep_a_total", "A.").add(1, {});
  assert.deepEqual(
    (await metrics.readings()).map(({ value }) => value),
    [2],
  );
  assert.deepEqual(await createMetrics().readings(), []);
});

test("a declaration that Prometheus' linter would object to is a mistake of ours", () => {
  const metrics = createMetrics();
  metrics.counter("lockstep_a_total", "A.", ["x"]);
  metrics.gauge("lockstep_b", "B.", [], () => []);
  const wrong: readonly (() => unknown)[] = [
    () => metrics.counter("lockstep_c", "No _total."),
    () => metrics.counter("lockstep_C_total", "A capital."),
    () => metrics.counter("lockstep_c_total", ""),
    () => metrics.counter("lockstep_c_total", "C.", ["le:x"]),
    () => metrics.counter("lockstep_a_total", "A.", ["y"]),
    () => metrics.counter("lockstep_a_total", "A.", ["x"]).add(-1, { x: "1" }),
    () => metrics.gauge("lockstep_c_total", "C.", [], () => []),
    () => metrics.gauge("lockstep_b", "B.", [], () => []),
  ];
  for (const declare of wrong) assert.throws(declare, /^Error: BUG: /, String(declare));
});

test("Node's own metrics come without those whose names say counter and which are none", async () => {
  const { text } = await createMetrics({ processMetrics: true }).page();
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.doesNotMatch(text, /^# TYPE \w+_total gauge$/m);
});
