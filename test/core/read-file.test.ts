import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll, readText } from "#src/core/read-file.ts";
import { FakeWorld } from "../support/fake-world.ts";

const CHUNK = 64 * 1024;

test("a file is read to its end, whatever it says of its size", async () => {
  const world = new FakeWorld();
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
    world.fileByPath.set("/f", bytes);
    assert.deepEqual(await readAll(world.files, "/f", 4 * CHUNK), bytes, `${length} bytes`);
    assert.deepEqual(await readAll(world.files, "/f", length), bytes, `${length} bytes, just allowed`);
    if (length > 0) {
      await assert.rejects(readAll(world.files, "/f", length - 1), { code: "FILE_TOO_LARGE" }, `${length} bytes`);
    }
  }
  world.fileByPath.set("/text", "Zürich");
  assert.equal(await readText(world.files, "/text", 100), "Zürich");
});

test("a file that is not there is the system's error", async () => {
  await assert.rejects(readAll(new FakeWorld().files, "/none", 10), { code: "ENOENT" });
});
