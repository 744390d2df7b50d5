import assert from "node:assert/strict";
import { test } from "node:test";
import { CONNECT_RRD_SUBJECTS, rrdSeries } from "#src/connect/rrd-names.ts";
import { subjectLookup } from "#src/core/subject.ts";

const PATHS: readonly (readonly [stem: string, dataSource: string, path: string])[] = [
  ["system.load", "15min", "system.load.15min"],
  ["system.memory", "available", "system.memory.available"],
  ["system.swap", "used", "system.swap.used"],
  ["system.cpu.usage", "softirq", "system.cpu.usage.softirq"],
  ["cpu-11", "idle", "cpu.11.idle"],
  ["content-42", "http", "content.42.http"],
  // What nobody has shown passes through.
  ["license-named", "users", "rrd.raw.license-named.users"],
  ["system-CPU", "x", "rrd.raw.system-CPU.x"],
  ["system.load", "1 hour", "rrd.raw.system_load.1_hour"],
  ["host.example/load/load", "shortterm", "rrd.raw.host_example.load.load.shortterm"],
];

for (const [stem, dataSource, path] of PATHS) {
  test(`${stem}.rrd, ${dataSource} → ${path}`, () => {
    assert.equal(rrdSeries(stem, dataSource).path, path);
    const known = !path.startsWith("rrd.raw.");
    assert.equal(subjectLookup(CONNECT_RRD_SUBJECTS)(path) !== undefined, known);
  });
}

test("series of which there are many say so, and -1 of content does not apply", () => {
  assert.deepEqual(rrdSeries("cpu-0", "user"), { path: "cpu.0.user", group: "processors" });
  assert.deepEqual(rrdSeries("content-7", "procs"), { path: "content.7.procs", group: "content", notApplicable: -1 });
});
