/** `lockstep store check | stats | repair` as they are called, on a store with a damaged page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "#src/commands/command.ts";
import { storeCheck, storeRepair, storeStats } from "#src/commands/store.ts";
import { silentLog } from "#src/core/log.ts";
import { EmbeddedStore } from "#src/store/engine.ts";
import { parseSchemas } from "#src/store/schemas.ts";
import { append } from "../contracts/store.ts";
import { Simulation } from "../sim/simulation.ts";
import { type Ran, runCommand } from "../support/run-command.ts";

const RULES = { schemas: parseSchemas("[s]\npattern = ^s\nretentions = 10s:2d\n", "test"), aggregations: [] };

test("store check names what is damaged, repair takes it out, stats counts what is there", async () => {
  const simulation = new Simulation(1);
  const host = simulation.host("aggregator");
  const process = host.start();
  const { world } = process;
  const options = { directory: "/data/store", rules: RULES, seriesLimit: 100, headBytes: 1e8 };
  const store = await simulation.scheduler.until(EmbeddedStore.open(world, silentLog, options));
  for (let i = 0; i < 300; i++) {
    append(store, ["s.one", Math.floor(host.wallMs() / 1000), i], ["s.two", Math.floor(host.wallMs() / 1000), -i]);
    await simulation.run(10_000);
  }
  await simulation.scheduler.until(store.close());
  const run = (command: Command, ...argv: string[]): Promise<Ran> =>
    simulation.scheduler.until(runCommand(world, command, ["/data", ...argv]));

  const sound = await run(storeCheck);
  assert.equal(sound.status, 0);
  assert.match(sound.output, /^sound: \d+ files/);
  const stats = JSON.parse((await run(storeStats, "--json")).output);
  assert.deepEqual([stats.series, stats.unnamed, stats.damaged], [2, 0, 0]);
  const before = stats.tiers[0].points;
  assert.ok(before >= 240 && stats.tiers[0].bytesPerPoint > 0);
  assert.match((await run(storeStats)).output, /archives +step +segments +points/);

  const path = host.disk.paths().find((name) => name.includes("/0-10-"))!;
  const bytes = host.disk.contents(path).slice();
  bytes[68]! ^= 1;
  host.disk.put(path, bytes);
  const damaged = await run(storeCheck);
  assert.equal(damaged.status, 1);
  assert.match(
    damaged.output,
    /damaged store\/10\/0-10-.*checksum does not match; times from 2026-.* such as "s\.one", "s\.two"/,
  );
  const told = JSON.parse((await run(storeCheck, "--json")).output);
  assert.deepEqual(told.findings[0].series.names, ["s.one", "s.two"]);

  assert.match((await run(storeRepair, "--dry-run")).output, /^would be moved store\/10\/0-10-/);
  assert.deepEqual(host.disk.contents(path), bytes, "nothing was changed");
  const repaired = await run(storeRepair);
  assert.equal(repaired.status, 0);
  assert.match(repaired.output, /^moved store\/10\/0-10-[\s\S]*lies as it was in damaged\/: 1 files/);
  assert.deepEqual(host.disk.contents(path.replace("/data/", "/data/damaged/")), bytes);
  assert.equal((await run(storeCheck)).status, 0);
  assert.match((await run(storeRepair)).output, /nothing to repair/);
  assert.ok(JSON.parse((await run(storeStats, "--json")).output).tiers[0]?.points !== before);
});
