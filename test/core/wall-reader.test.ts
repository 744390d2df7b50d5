import assert from "node:assert/strict";
import { test } from "node:test";
import { createWallReader } from "#src/core/wall-reader.ts";
import type { Clock, WallReading } from "#src/core/world.ts";
import { createVirtualNetwork, type MachineOptions, mulberry32, propertySeed } from "../support/virtual-udp.ts";

function createReader(options: Partial<MachineOptions>, seed = 1) {
  const network = createVirtualNetwork(seed);
  const machine = network.machine({ address: "10.0.0.1", ...options });
  const seen = { readings: 0 };
  const { clock } = machine.world;
  const counted: Clock = {
    ...clock,
    readWall: (): WallReading => {
      seen.readings++;
      return clock.readWall();
    },
  };
  const reader = createWallReader(counted);
  return { network, machine, seen, now: () => reader.at(clock.monotonicMs()) };
}

test("the clock is read carefully once in five seconds, however often it is asked", async () => {
  const { network, seen, now } = createReader({ readErrorMs: 0.001 });
  for (let i = 0; i < 600; i++) {
    now();
    await network.run(50); // half a minute
  }
  assert.ok(seen.readings >= 6 && seen.readings <= 10, String(seen.readings));
});

test("a blurred reading is replaced soon", async () => {
  const { network, seen, now } = createReader({ readErrorMs: 0.2 });
  for (let i = 0; i < 40; i++) {
    now();
    await network.run(50); // two seconds
  }
  assert.ok(seen.readings >= 6, String(seen.readings));
});

test("a moment shortly before now is told as it was", () => {
  const { machine, now } = createReader({});
  const before = machine.wallMs();
  assert.ok(Math.abs(now().wallMs - before) < 0.001);
});

test("setting the clock is noticed at the next question", async () => {
  const { network, machine, now } = createReader({ readErrorMs: 0.001 });
  now();
  for (const stepMs of [1.5, -1.5, 3_600_000, -86_400_000]) {
    await network.run(20);
    machine.stepWall(stepMs);
    assert.ok(Math.abs(now().wallMs - machine.wallMs()) < 0.01, `${stepMs} ms`);
  }
});

test("the uncertainty holds at all times, on clocks that part by any rate a kernel slews", async (t) => {
  const seed = propertySeed();
  t.diagnostic(`seed ${seed}`);
  const random = mulberry32(seed);
  for (let i = 0; i < 40; i++) {
    const wallRatePpm = i % 4 === 0 ? 0 : (random() * 2 - 1) * 499;
    const readErrorMs = 10 ** (random() * 4 - 4);
    const { network, machine, now } = createReader({ wallRatePpm, readErrorMs }, Math.floor(random() * 2 ** 32));
    for (let j = 0; j < 60; j++) {
      const { wallMs, uncertaintyMs } = now();
      const errorMs = Math.abs(wallMs - machine.wallMs());
      assert.ok(errorMs <= uncertaintyMs + 0.0005, `machine ${i} of seed ${seed}: ${errorMs} > ${uncertaintyMs}`);
      await network.run(random() * 1_500);
    }
  }
});

test("on clocks of one rate, five seconds add little to the uncertainty", async () => {
  const { network, now } = createReader({ readErrorMs: 0.0005 });
  now();
  await network.run(1_000);
  now();
  await network.run(4_900);
  assert.ok(now().uncertaintyMs < 0.02, String(now().uncertaintyMs));
});
