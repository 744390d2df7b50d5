/** Logs that are damaged: what is whole is read, wherever it lies, and nothing else is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordLog } from "#src/core/record-log.ts";
import { Simulation } from "../sim/simulation.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

const KIND = { magic: "TEST", version: 1 };
const PATH = "/log";

/** Records whose payload says its own number in every byte pair. */
async function makeLog(simulation: Simulation, random: SeededRandom): Promise<{ bytes: Uint8Array; starts: number[] }> {
  const files = simulation.host("writer").start().world.files;
  const { log } = await simulation.scheduler.until(RecordLog.open(files, PATH, KIND, () => undefined));
  const starts: number[] = [];
  for (let i = 0; i < 20; i++) {
    starts.push(8 + log.pending.length);
    log.pending.add(new Uint8Array(new Uint16Array(random.between(1, 60)).fill(i).buffer));
  }
  await simulation.scheduler.until(log.write());
  const bytes = simulation.hostOf("writer").disk.contents(PATH).slice();
  starts.push(bytes.length);
  return { bytes, starts };
}

async function read(simulation: Simulation, bytes: Uint8Array): Promise<{ numbers: number[]; skipped: number }> {
  const host = simulation.host("reader");
  host.disk.put(PATH, bytes);
  const numbers: number[] = [];
  const { damage } = await simulation.scheduler.until(
    RecordLog.open(host.start().world.files, PATH, KIND, (payload) => {
      const words = new Uint16Array(payload.slice().buffer);
      assert.ok(
        words.every((word) => word === words[0]),
        "a payload is as it was written",
      );
      numbers.push(words[0]!);
    }),
  );
  return { numbers, skipped: damage.skippedRecords };
}

test("a write has an end while records keep coming: those are left to the next one", async () => {
  const simulation = new Simulation(1);
  const { files } = simulation.host("writer").start().world;
  let log: RecordLog | undefined;
  const open: typeof files.open = async (path, mode) => {
    const handle = await files.open(path, mode);
    const write = handle.write.bind(handle);
    return Object.assign(handle, {
      write(bytes: Uint8Array, position: number): Promise<void> {
        log?.pending.add(new Uint8Array(10)); // somebody logs while the system writes
        return write(bytes, position);
      },
    });
  };
  ({ log } = await simulation.scheduler.until(RecordLog.open({ ...files, open }, PATH, KIND, () => undefined)));
  log.pending.add(new Uint8Array(20));
  for (const bytes of [8 + 28, 8 + 28 + 18]) {
    await simulation.scheduler.until(log.write());
    assert.deepEqual([log.bytes, log.pendingBytes], [bytes, 18]);
  }
});

test("a write goes as far as the end was when somebody looked, even within what a call that failed has left", async () => {
  const simulation = new Simulation(1);
  const host = simulation.host("writer");
  const { files } = host.start().world;
  const { log } = await simulation.scheduler.until(RecordLog.open(files, PATH, KIND, () => undefined));
  const ends: number[] = [];
  for (let i = 0; i < 6; i++) {
    log.pending.add(new Uint8Array(new Uint16Array(10 + i).fill(i).buffer));
    ends.push(log.end);
    if (i === 3) {
      host.disk.capacityBytes = host.disk.usedBytes;
      await assert.rejects(simulation.scheduler.until(log.write()), { code: "ENOSPC" });
      host.disk.capacityBytes = 1e9;
    }
  }
  for (const end of [ends[1]!, ends[1]!, ends[2]!, ends[4]!, ends[5]!]) {
    await simulation.scheduler.until(log.write(end));
    assert.deepEqual([log.bytes, log.end], [end, ends[5]]);
  }
  const { numbers } = await read(simulation, host.disk.contents(PATH));
  assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5]);
});

test("a record whose length is damaged costs that record, not all behind it", async () => {
  const simulation = new Simulation(1);
  const { bytes, starts } = await makeLog(simulation, simulation.random);
  for (const length of [0, 0xffffffff, 5, bytes.length]) {
    const damaged = bytes.slice();
    new DataView(damaged.buffer).setUint32(starts[3]!, length, true);
    const { numbers, skipped } = await read(simulation, damaged);
    assert.deepEqual(numbers, [0, 1, 2, ...Array.from({ length: 16 }, (_, i) => i + 4)]);
    assert.equal(skipped, 1);
  }
});

test("whatever is damaged, all records that were not touched are read", async () => {
  const random = seeded();
  const simulation = new Simulation(random.seed);
  for (let run = 0; run < 300; run++) {
    const { bytes, starts } = await makeLog(simulation, random);
    const from = random.between(8, bytes.length - 1);
    const to = Math.min(bytes.length, from + random.pick([1, 4, 30, 200]));
    const damaged = bytes.slice();
    for (let at = from; at < to; at++) damaged[at] = random.chance(0.3) ? 0 : random.below(256);
    const touched = (i: number): boolean => starts[i]! < to && starts[i + 1]! > from;
    const want = Array.from({ length: 20 }, (_, i) => i).filter((i) => !touched(i));
    const { numbers } = await read(simulation, damaged);
    const unchanged = numbers.filter((i) => touched(i)); // chance may have written what was there
    assert.deepEqual(
      numbers.filter((i) => !touched(i)),
      want,
      `seed ${random.seed}, run ${run}`,
    );
    for (const i of unchanged) {
      assert.deepEqual(damaged.subarray(starts[i]!, starts[i + 1]!), bytes.subarray(starts[i]!, starts[i + 1]!));
    }
  }
});
