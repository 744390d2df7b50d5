import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { realFiles } from "#src/core/real/files.ts";

async function inDirectory(work: (path: string, directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "lockstep-lock-"));
  try {
    await work(join(directory, "lock"), directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("a lock is had once, names its holder, and can be had again when it was released", () =>
  inDirectory(async (path, directory) => {
    const lock = await realFiles.lock(path);
    await assert.rejects(realFiles.lock(path), {
      code: "ELOCKED",
      message: `${path} is held by process ${process.pid}`,
    });
    await lock.release();
    const again = await realFiles.lock(path);
    assert.deepEqual(await readdir(directory), ["lock"], "nothing else stays behind");
    await again.release();
  }));

test("the lock of a dead process, or of one whose number was given out again, is void", () =>
  inDirectory(async (path) => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    await writeFile(path, `${child.pid} 1 boot\n`);
    await (await realFiles.lock(path)).release();
    await writeFile(path, `${process.pid} 1 boot\n`);
    await (await realFiles.lock(path)).release();
  }));

test("of many who find a dead process' lock, one gets it", () =>
  inDirectory(async (path) => {
    for (let round = 0; round < 20; round++) {
      await writeFile(path, "1 0 dead\n");
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => realFiles.lock(path)));
      const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
      assert.equal(won.length, 1);
      assert.equal(Number.parseInt(await readFile(path, "utf8"), 10), process.pid);
      await won[0]!.value.release();
    }
  }));
