import assert from "node:assert/strict";
import { test } from "node:test";
import { createRrd } from "#src/rrd/create.ts";
import { dumpRrd, loadWhole } from "#src/rrd/dump.ts";
import { planFetch } from "#src/rrd/fetch.ts";
import { formatInfo, rrdInfo } from "#src/rrd/info.ts";
import { rrdOfBytes } from "#src/rrd/read.ts";
import { decodeRows } from "#src/rrd/rows.ts";
import { updateRrd } from "#src/rrd/update.ts";
import { seeded } from "../support/random.ts";
import { randomSpec, randomUpdates } from "../support/rrd-files.ts";
import { ABIS, AMD64, translateRrd } from "../support/rrd-machine.ts";
import { assertSameText } from "../support/same-text.ts";

function infoOf(bytes: Uint8Array): string {
  const { header, headerBytes } = rrdOfBytes(bytes, "x.rrd");
  return formatInfo(rrdInfo(header, headerBytes)).replace(/^(header_size|rrd_version) = .*\n/gm, "");
}

async function dumpOf(bytes: Uint8Array): Promise<string> {
  const text = [...dumpRrd(await loadWhole(rrdOfBytes(bytes, "x.rrd")))].join("");
  return text.replace(/<version>.*?<\/version>/, "");
}

async function fetched(bytes: Uint8Array): Promise<Float64Array> {
  const { header, readRows } = rrdOfBytes(bytes, "x.rrd");
  const end = header.lastUpdate.seconds;
  const request = { function: header.archives[0]!.function, startSeconds: end - 1_000, endSeconds: end };
  return decodeRows(header, await readRows(planFetch(header, { ...request, resolutionSeconds: 1 })));
}

/** Whole seconds: files before 0003 have no others. */
function randomFile(seed: number): { bytes: Uint8Array; later: ReturnType<typeof randomUpdates> } {
  const random = seeded(seed);
  const spec = randomSpec(random);
  const bytes = createRrd(spec);
  const updates = randomUpdates(random, spec, 60).map((update) => {
    return { ...update, timeSeconds: Math.floor(update.timeSeconds) };
  });
  updateRrd(bytes, updates.slice(0, 40));
  return { bytes, later: updates.slice(40) };
}

test("what the translation makes of a file for this machine is the same file", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { bytes } = randomFile(seed);
    assert.deepEqual(translateRrd(bytes, AMD64, rrdOfBytes(bytes, "").header.version === "0005" ? 5 : 3), bytes);
  }
});

for (const [name, abi] of Object.entries(ABIS)) {
  for (const version of [1, 2, 3, 4, 5]) {
    test(`files of ${name}, version ${version}, read and take updates like those of this machine`, async () => {
      for (let seed = 1; seed <= 6; seed++) {
        const { bytes, later } = randomFile(seed);
        const translated = translateRrd(bytes, abi, version);
        assertSameText(infoOf(translated), infoOf(bytes), `seed ${seed}`);
        assertSameText(await dumpOf(translated), await dumpOf(bytes), `seed ${seed}`);
        assert.deepEqual(await fetched(translated), await fetched(bytes));
        updateRrd(translated, later);
        updateRrd(bytes, later);
        assertSameText(await dumpOf(translated), await dumpOf(bytes), `seed ${seed}, after updates`);
      }
    });
  }
}
