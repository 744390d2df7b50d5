/** Files that are damaged, cut, or made to do harm: a coded error that names file and field, or the right answer, and no memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockstepError } from "#src/core/errors.ts";
import { createRrd } from "#src/rrd/create.ts";
import { rrdOfBytes } from "#src/rrd/read.ts";
import { updateRrd } from "#src/rrd/update.ts";
import { type SeededRandom, seeded } from "../support/random.ts";
import { everything, smallRrd } from "../support/rrd-bytes.ts";
import { randomSpec, randomUpdates } from "../support/rrd-files.ts";
import { ABIS, translateRrd } from "../support/rrd-machine.ts";

const FILE = smallRrd(Array.from({ length: 12 }, (_, i) => [i + 1, 100 * (i + 1)]));
const HEADER = rrdOfBytes(FILE, "x.rrd").header;

function refusal(bytes: Uint8Array): { code: string; message: string } {
  try {
    rrdOfBytes(bytes, "x.rrd");
  } catch (error) {
    assert.ok(error instanceof LockstepError, String(error));
    assert.match(error.message, /^cannot read x\.rrd: /);
    return error;
  }
  assert.fail("nothing was refused");
}

function changed(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = FILE.slice();
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

test("a file that ends before what its header promises is refused, wherever it ends", () => {
  for (let length = 0; length < FILE.length; length++) {
    assert.equal(refusal(FILE.subarray(0, length)).code, "RRD_TRUNCATED", `${length} bytes`);
  }
});

test("what is no RRD file says so", () => {
  assert.equal(refusal(new TextEncoder().encode("#!/bin/sh\n".repeat(20))).code, "RRD_MAGIC");
  assert.equal(refusal(changed((_, bytes) => bytes.set([0x39], 7))).code, "RRD_VERSION");
  assert.equal(refusal(changed((view) => view.setFloat64(16, 1))).code, "RRD_MACHINE");
  assert.match(refusal(new Uint8Array()).message, /it is empty/);
});

const WORDS: readonly (readonly [field: string, at: number, value: bigint, code: string])[] = [
  ["ds_cnt", 24, 0n, "RRD_FIELD"],
  ["ds_cnt", 24, 0xffff_ffffn, "RRD_TRUNCATED"],
  ["ds_cnt", 24, 2n ** 64n - 1n, "RRD_TRUNCATED"],
  ["rra_cnt", 32, 0n, "RRD_FIELD"],
  ["rra_cnt", 32, 2n ** 53n, "RRD_FIELD"],
  ["pdp_step", 40, 0n, "RRD_FIELD"],
  ["pdp_step", 40, 2n ** 60n, "RRD_FIELD"],
  ["rra[0].rows", HEADER.at.archives + 24, 0n, "RRD_FIELD"],
  ["promises", HEADER.at.archives + 24, 2n ** 50n, "RRD_TRUNCATED"],
  ["rra[0].pdp_per_row", HEADER.at.archives + 32, 0n, "RRD_FIELD"],
  ["rra[0].pdp_per_row", HEADER.at.archives + 32, 2n ** 52n, "RRD_FIELD"],
  ["rra[0].cur_row", HEADER.at.pointers, 8n, "RRD_FIELD"],
  ["last_up", HEADER.at.live, -1n, "RRD_FIELD"],
  ["last_up", HEADER.at.live, 2n ** 62n, "RRD_FIELD"],
  ["last_up_usec", HEADER.at.live + 8, 1_000_000n, "RRD_FIELD"],
];

for (const [field, at, value, code] of WORDS) {
  test(`${field} = ${value} is refused, and named`, () => {
    const { code: found, message } = refusal(changed((view) => view.setBigInt64(at, value, true)));
    // The upper half of a word of one bits makes it a file of a 32-bit machine, whose header is damaged otherwise.
    if (value !== 2n ** 64n - 1n) assert.match(message, new RegExp(field.replace(/[[\]]/g, "\\$&")));
    assert.equal(found, code);
  });
}

test("names and types that no file has are refused", () => {
  const text = (at: number, value: string) =>
    changed((_, bytes) => bytes.set(new TextEncoder().encode(`${value}\0`), at));
  const { dataSources, archives } = HEADER.at;
  assert.match(refusal(text(dataSources, "\u001b[2J")).message, /ds\[0\]\.name is "\\u001b\[2J"/);
  assert.match(refusal(text(dataSources, "hits")).message, /ds\[1\]\.name is "hits"/);
  assert.match(refusal(text(dataSources + 20, "GUESS")).message, /ds\[0\]\.type is "GUESS"/);
  assert.match(refusal(text(archives, "MODE")).message, /rra\[0\]\.cf is "MODE"/);
});

/** Bytes that are made while it runs. */
async function bytesMade(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
  await work();
  clearInterval(watch);
  return Math.max(most, process.memoryUsage().arrayBuffers) - before;
}

function damage(bytes: Uint8Array, random: SeededRandom, headerBytes: number): Uint8Array {
  const damaged = random.chance(0.2) ? bytes.slice(0, random.below(bytes.length)) : bytes.slice();
  for (let i = random.between(0, 6); i > 0 && damaged.length > 0; i--) {
    const at = random.below(random.chance(0.9) ? Math.min(headerBytes, damaged.length) : damaged.length);
    if (random.chance(0.5)) damaged[at]! ^= 1 << random.below(8);
    else damaged.fill(random.pick([0, 0xff, 0x7f, random.below(256)]), at, at + random.between(1, 8));
  }
  return damaged;
}

test("whatever is damaged, the answer is a coded error or text, and never much memory", async (t) => {
  const random = seeded();
  t.diagnostic(`SEED=${random.seed}`);
  const made = await bytesMade(async () => {
    for (let i = 0; i < 1_500; i++) {
      const spec = randomSpec(random);
      const measured = spec.dataSources.filter(({ type }) => type !== "COMPUTE");
      const bytes = createRrd(spec);
      updateRrd(bytes, randomUpdates(random, spec, 5));
      const file = translateRrd(bytes, random.pick(Object.values(ABIS)), random.between(1, 5));
      const damaged = damage(file, random, rrdOfBytes(file, "x.rrd").header.bytes);
      try {
        await everything(damaged);
        updateRrd(damaged, [{ timeSeconds: 1_800_000_000.5, readings: measured.map(() => 1) }]);
      } catch (error) {
        const coded = error instanceof LockstepError && error.code.startsWith("RRD_");
        assert.ok(coded, `SEED=${random.seed}, ${i}: ${(error as Error).stack}`);
      }
    }
  });
  assert.ok(made < 64 * 1024 * 1024, `${made} bytes`);
});
