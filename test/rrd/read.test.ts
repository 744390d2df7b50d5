/** Reading a file while it is written to, with a disk that the test controls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileHandle, Files } from "#src/core/world.ts";
import { createRrd } from "#src/rrd/create.ts";
import { planArchive } from "#src/rrd/fetch.ts";
import { type OpenRrd, readRrd } from "#src/rrd/read.ts";
import { decodeRows } from "#src/rrd/rows.ts";
import { updateRrd } from "#src/rrd/update.ts";
import { FakeWorld } from "../support/fake-world.ts";
import { SMALL, START } from "../support/rrd-bytes.ts";

interface Disk {
  bytes: Uint8Array;
  modifiedMs: number;
  /** Called before each read, with how many there were. */
  beforeRead: (reads: number) => void;
  reads: number;
  open: number;
}

function diskWorld(disk: Partial<Disk> & { bytes: Uint8Array }): { world: FakeWorld; disk: Disk } {
  const full: Disk = { modifiedMs: 0, beforeRead: () => undefined, reads: 0, open: 0, ...disk };
  const files: Partial<Files> = {
    async open() {
      full.open++;
      const handle: Partial<FileHandle> = {
        async read(into, position) {
          full.beforeRead(full.reads++);
          const part = full.bytes.subarray(position, position + into.length);
          into.set(part);
          return part.length;
        },
        size: async () => full.bytes.length,
        async close() {
          full.open--;
        },
      };
      return handle as FileHandle;
    },
    stat: async () => ({ bytes: full.bytes.length, modifiedMs: full.modifiedMs, directory: false }),
  };
  return { world: Object.assign(new FakeWorld(), { files: files as Files }), disk: full };
}

/** The time of the last update, and the newest row of the first archive. */
async function newest({ header, readRows }: OpenRrd): Promise<string> {
  const values = decodeRows(header, await readRows(planArchive(header, header.archives[0]!)));
  return `${header.lastUpdate.seconds - START}: ${values.at(-2)} ${values.at(-1)}`;
}

function after(updates: number): Uint8Array {
  const bytes = createRrd(SMALL);
  for (let i = 1; i <= updates; i++) updateRrd(bytes, [{ timeSeconds: START + 10 * i, readings: [i, 100 * i] }]);
  return bytes;
}

test("a file at rest is read once, its header twice, and closed", async () => {
  const { world, disk } = diskWorld({ bytes: after(3) });
  assert.equal(await readRrd(world, "x.rrd", newest), "30: 3 10");
  assert.deepEqual([disk.reads, disk.open], [4, 0]); // the ring goes around: its rows are in two pieces
});

test("a file that changes between header and rows is read again", async () => {
  const { world, disk } = diskWorld({ bytes: after(3) });
  disk.beforeRead = (reads) => {
    if (reads === 1) updateRrd(disk.bytes, [{ timeSeconds: START + 40, readings: [4, 400] }]);
  };
  assert.equal(await readRrd(world, "x.rrd", newest), "40: 4 10");
});

test("an error that comes of a change meanwhile is none", async () => {
  const whole = after(3);
  const { world, disk } = diskWorld({ bytes: whole.subarray(0, 900) });
  disk.beforeRead = (reads) => {
    if (reads === 1) disk.bytes = after(4);
  };
  assert.equal(await readRrd(world, "x.rrd", newest), "40: 4 10");
});

test("a file that never stands still is given up, with a code, and closed", async () => {
  const { world, disk } = diskWorld({ bytes: after(1) });
  let updates = 1;
  disk.beforeRead = () => updateRrd(disk.bytes, [{ timeSeconds: START + 10 * ++updates, readings: [1, 1] }]);
  let outcome: unknown;
  readRrd(world, "x.rrd", newest).catch((error: unknown) => {
    outcome = error;
  });
  while (outcome === undefined) await world.advance(5);
  assert.match(String(outcome), /cannot read x\.rrd: it was written to during each of 50 attempts/);
  assert.equal(disk.open, 0);
});

test("a file that was written to a moment ago is left alone for a while first", async () => {
  const { world, disk } = diskWorld({ bytes: after(3) });
  disk.modifiedMs = world.clock.wallMs() - 5;
  let done = "";
  const reading = readRrd(world, "x.rrd", newest).then((text) => {
    done = text;
  });
  await world.advance(14);
  assert.deepEqual([done, disk.reads], ["", 0]);
  await world.advance(1);
  await reading;
  assert.equal(done, "30: 3 10");
});

test("a file that is too large is refused before anything is read of it", async () => {
  const { world, disk } = diskWorld({ bytes: after(1) });
  disk.bytes = Object.assign(Object.create(Uint8Array.prototype), {});
  Object.defineProperty(disk.bytes, "length", { value: 2 ** 40 });
  Object.defineProperty(disk.bytes, "subarray", { value: () => new Uint8Array() });
  await assert.rejects(readRrd(world, "x.rrd", newest), { code: "RRD_TOO_LARGE" });
  assert.equal(disk.reads, 0);
});
