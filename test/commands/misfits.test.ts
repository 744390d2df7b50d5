import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRetentions, Misfits } from "#src/commands/import/misfits.ts";
import { parseRetentions, parseSchemas } from "#src/store/schemas.ts";

test("retentions are written so that they read back exactly", () => {
  for (const text of ["10s:2d,1m:30d,10m:1y", "60:1441", "7s:13,70s:11w", "1s:2,2s:3", "90s:5"]) {
    const archives = parseRetentions(text);
    assert.deepEqual(parseRetentions(formatRetentions(archives)), archives, text);
  }
  assert.equal(formatRetentions(parseRetentions("10:17280,60:43200,600:52560")), "10s:2d,1m:30d,10m:1y");
});

test("series that don't fit are grouped, with a section whose pattern finds them all", () => {
  const misfits = new Misfits();
  const ours = parseRetentions("10s:2d");
  for (const name of ["a.b(x).one", "a.b(x).two", "a.b(x).deep.three"])
    misfits.add(name, parseRetentions("60s:1d"), ours);
  misfits.add("z;t=1", parseRetentions("5s:1d"), ours);
  const [first, second] = misfits.list();
  assert.deepEqual([first!.series, first!.retentions, first!.kept], [3, "1m:1d", "10s:2d"]);
  const [rule] = parseSchemas(first!.section, "test");
  assert.ok(rule!.pattern.test("a.b(x).deep.three") && !rule!.pattern.test("a.bx.one"));
  assert.equal(parseSchemas(second!.section, "test")[0]!.pattern.source, ".*");
});
