import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAggregationRules } from "#src/carbon/rules/aggregation.ts";
import { Aggregates } from "#src/receivers/rules/aggregates.ts";
import { FakeWorld } from "../support/fake-world.ts";

function make(rule: string, valuesLimit = 1e6) {
  const world = new FakeWorld();
  const written: [number, string, number][] = [];
  const lost: string[] = [];
  const aggregates = new Aggregates({
    timers: world.timers,
    monotonicMs: () => world.clock.monotonicMs(),
    wallMs: () => world.clock.wallMs(),
    intervals: 5,
    valuesLimit,
    writeBackSeconds: undefined,
    carried: new Map(),
    blindBeforeSeconds: undefined,
    write: (output, _seconds, value) => written.push([world.clock.monotonicMs() / 1000, output, value]),
    onWritten: () => undefined,
    onLoss: (reason, values) => lost.push(...Array.from({ length: values }, () => reason)),
  });
  const parsed = parseAggregationRules(rule, "f")[0]!;
  return { world, written, lost, aggregates, of: (output: string) => aggregates.of(output, parsed)! };
}

test("percentiles keep only so many values in all, and give them back", async () => {
  const { world, written, lost, aggregates, of } = make("x (10) = p50 y", 100);
  const now = Math.floor(world.clock.wallMs() / 1000);
  for (let i = 0; i < 150; i++) aggregates.add(of(`out.${i % 2}`), now, i);
  assert.deepEqual([...new Set(lost)], ["values_limit"]);
  assert.equal(lost.length, 50);
  await world.advance(100_000);
  assert.deepEqual(
    written.map(([, output, value]) => [output, value]),
    [
      ["out.0", 49],
      ["out.1", 50],
    ],
  );
  aggregates.add(of("out.0"), now + 100, 7);
  assert.equal(lost.length, 50, "there is room again");
});

test("thousands of outputs are written in turns, each at its own time", async () => {
  const { world, written, aggregates, of } = make("x (10) = sum y");
  const second = (): number => Math.floor(world.clock.wallMs() / 1000);
  for (let i = 0; i < 5_000; i++) aggregates.add(of(`early.${i}`), second(), 1);
  await world.advance(3_000);
  for (let i = 0; i < 5_000; i++) aggregates.add(of(`later.${i}`), second(), 1);
  await world.advance(7_000);
  assert.equal(written.length, 5_000);
  await world.advance(2_999);
  assert.equal(written.length, 5_000);
  await world.advance(1);
  assert.equal(written.length, 10_000);
  assert.ok(written.every(([at, output]) => at === (output.startsWith("early") ? 10 : 13)));
  await world.advance(600_000);
  assert.equal(written.length, 10_000);
  assert.equal(world.pendingTimers, 0, "nothing is left to wait for");
  assert.equal(aggregates.idle, 10_000);
});

test("a process that was held up writes once, not once for every turn it has missed", async () => {
  const { world, written, aggregates, of } = make("x (10) = count y");
  aggregates.add(of("a"), Math.floor(world.clock.wallMs() / 1000), 1);
  world.holdUp(35_000);
  await world.advance(0);
  aggregates.add(of("a"), Math.floor(world.clock.wallMs() / 1000), 1);
  await world.advance(0);
  assert.equal(written.length, 1);
  await world.advance(10_000);
  assert.equal(written.length, 2);
});
