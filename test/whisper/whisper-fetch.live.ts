/** Our reader beside Debian's whisper, on random files of its making: the same windows, bit by bit. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fetchWhisper } from "#src/whisper/fetch.ts";
import { parseHeader } from "#src/whisper/header.ts";
import { seeded } from "../support/random.ts";
import { makeWhisperFiles } from "../support/whisper-reference.ts";

const FILES = 300;
const NOW = 1_795_430_123;

test("every window of random files is what whisper's fetch gives", () => {
  const { seed } = seeded();
  const directory = mkdtempSync(join(tmpdir(), "lockstep-whisper-"));
  try {
    let windows = 0;
    let known = 0;
    for (const file of makeWhisperFiles(directory, FILES, seed, NOW)) {
      const bytes = readFileSync(file.path);
      const header = parseHeader(bytes, file.path);
      assert.equal(header.method, file.method);
      assert.equal(header.xFilesFactor, file.xFilesFactor);
      for (const { from, until, found } of file.windows) {
        const what = `seed ${seed}, ${file.name} ${JSON.stringify(file.archives)} (${from}, ${until}]`;
        const ours = fetchWhisper(bytes, header, from, until, NOW);
        windows++;
        if (found === undefined || ours === undefined) {
          assert.equal(ours, found, what);
          continue;
        }
        assert.deepEqual(
          [ours.startSeconds, ours.endSeconds, ours.stepSeconds],
          [found.start, found.end, found.step],
          what,
        );
        assert.deepEqual(ours.values, found.values, what);
        known += found.values.filter((value) => !Number.isNaN(value)).length;
      }
    }
    console.log(`whisper: ${FILES} files, ${windows} windows, ${known} values alike, seed ${seed}`);
    assert.ok(known > 10_000, "there was something to compare");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
