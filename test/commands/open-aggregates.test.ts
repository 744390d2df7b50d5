import assert from "node:assert/strict";
import { test } from "node:test";
import { keepOpenAggregates } from "#src/commands/compose/open-aggregates.ts";
import { silentLog } from "#src/core/log.ts";
import type { CarriedAggregate } from "#src/receivers/rules/carry.ts";
import { openJournal } from "#src/state/journal.ts";
import { Simulation } from "../sim/simulation.ts";

function aggregates(count: number): CarriedAggregate[] {
  return Array.from({ length: count }, (_, i) => ({
    output: `all.${i}`,
    method: "sum",
    frequencySeconds: 60,
    buckets: [
      {
        intervalSeconds: 60 * i,
        incomplete: false,
        count: 1,
        sum: "inf",
        min: "0",
        max: "1",
        last: "1",
        values: ["0.1"],
      },
    ],
  }));
}

test("what is saved is taken once; a run that saved nothing leaves nothing", async () => {
  const simulation = new Simulation(1);
  const { world } = simulation.host("a").start();
  const open = () => simulation.scheduler.until(openJournal(world.files, silentLog, "/state"));
  const wait = <T>(promise: Promise<T>): Promise<T> => simulation.scheduler.until(promise);
  let state = await open();
  assert.equal(await wait(keepOpenAggregates(state).take()), undefined, "there was no run before");
  await wait(keepOpenAggregates(state).save([]));
  assert.deepEqual(await wait(keepOpenAggregates(state).take()), [], "it had nothing open");
  await wait(keepOpenAggregates(state).save(aggregates(2_500)));
  await wait(state.close());
  state = await open();
  const taken = (await wait(keepOpenAggregates(state).take()))!;
  assert.deepEqual(
    [...taken].sort((a, b) => a.buckets[0]!.intervalSeconds - b.buckets[0]!.intervalSeconds),
    aggregates(2_500),
  );
  assert.equal(await wait(keepOpenAggregates(state).take()), undefined, "the next run was killed");
  assert.equal(state.stats().records, 0);
  await wait(state.close());
});

test("a run that was killed while it saved counts as one that did not save", async () => {
  const simulation = new Simulation(1);
  const host = simulation.host("a");
  let process = host.start();
  const open = () => simulation.scheduler.until(openJournal(process.world.files, silentLog, "/state"));
  const state = await open();
  let commits = 0;
  const killing = keepOpenAggregates({
    ...state,
    load: (collection) => state.load(collection),
    commit: async (changes) => {
      if (++commits === 3) process.kill();
      await state.commit(changes);
    },
  });
  void killing.save(aggregates(5_000));
  await simulation.run(60_000);
  process = host.start();
  const keeper = keepOpenAggregates(await open());
  assert.equal(await simulation.scheduler.until(keeper.take()), undefined);
  assert.equal(await simulation.scheduler.until(keeper.take()), undefined, "and what it did save is gone");
});
