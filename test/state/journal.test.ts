import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#src/core/log.ts";
import { openJournal } from "#src/state/journal.ts";
import { type StateHarness, stateContract } from "../contracts/state.ts";
import { Simulation } from "../sim/simulation.ts";

async function openHarness(seed?: number): Promise<StateHarness & { readonly simulation: Simulation }> {
  const simulation = new Simulation(seed);
  const host = simulation.host("aggregator");
  let process = host.start();
  const open = () => simulation.scheduler.until(openJournal(process.world.files, silentLog, "/state"));
  let state = await open();
  const restart = async (): Promise<void> => {
    process.kill();
    if (simulation.random.chance(0.5)) host.disk.powerCut(simulation.random);
    process = host.start();
    state = await open();
  };
  return {
    simulation,
    get state() {
      return state;
    },
    random: simulation.random,
    wait: (promise) => simulation.scheduler.until(promise),
    killAndReopen: restart,
    async closeAndReopen() {
      await simulation.scheduler.until(state.close());
      await restart();
    },
    end: () => simulation.scheduler.until(state.close()),
  };
}

stateContract("the journal", () => openHarness());

test("a full disk fails the commit, and the next one brings it along", async () => {
  const h = await openHarness(3);
  const disk = h.simulation.hostOf("aggregator").disk;
  await h.wait(h.state.commit([{ collection: "c", key: "a", value: 1 }]));
  disk.capacityBytes = disk.usedBytes + 10;
  await assert.rejects(h.wait(h.state.commit([{ collection: "c", key: "b", value: 2 }])), { code: "STATE_WRITE" });
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await h.wait(h.state.commit([{ collection: "c", key: "c", value: 3 }]));
  await h.killAndReopen();
  assert.deepEqual(Object.fromEntries(await h.state.load("c")), { a: 1, b: 2, c: 3 });
});
