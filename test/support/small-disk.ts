/** A file system of its own that is soon full: a tmpfs, and a filler file that takes what room is left. Needs root. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  statfsSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "#src/core/errors.ts";

const MEBIBYTE = 1024 * 1024;

export class SmallDisk {
  readonly path: string;
  readonly #filler: string;

  constructor(mebibytes: number) {
    const needed = "this test mounts a small file system, which only root may do: sudo npm test -- full-disk";
    assert.equal(process.getuid?.(), 0, needed);
    this.path = mkdtempSync(join(tmpdir(), "lockstep-disk-"));
    this.#filler = join(this.path, "filler");
    try {
      run("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "lockstep-test", this.path]);
    } catch (error) {
      rmdirSync(this.path);
      throw error;
    }
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Leaves this much room, and not a byte more than a page above it. */
  fill(leftBytes = 0): void {
    const file = openSync(this.#filler, "a");
    const block = new Uint8Array(MEBIBYTE);
    try {
      for (;;) {
        const bytes = Math.min(block.length, this.freeBytes - leftBytes);
        if (bytes <= 0) return;
        writeSync(file, block, 0, bytes);
      }
    } catch (error) {
      if (errorCode(error) !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Takes so much of the filler away. */
  giveBack(bytes: number): void {
    truncateSync(this.#filler, statSync(this.#filler).size - bytes);
  }

  removeFiller(): void {
    unlinkSync(this.#filler);
  }

  resize(mebibytes: number): void {
    run("mount", ["-o", `remount,size=${mebibytes}m`, this.path]);
  }

  /** Also while somebody has a file of it open. */
  unmount(): void {
    run("umount", ["--lazy", this.path]);
    rmdirSync(this.path);
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${error ?? stderr} (mounting wants CAP_SYS_ADMIN)`);
}
