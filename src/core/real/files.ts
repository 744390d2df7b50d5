import {
  link,
  mkdir,
  type FileHandle as NodeHandle,
  open,
  readdir,
  rename,
  rmdir,
  stat,
  statfs,
  unlink,
} from "node:fs/promises";
import type { FileHandle, Files, OpenMode } from "../world.ts";
import { lockFile } from "./lock.ts";

export const realFiles: Files = {
  open: openFile,
  rename,
  unlink,
  link,
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  removeDirectory: rmdir,
  async list(path) {
    return (await readdir(path)).sort();
  },
  async stat(path) {
    const found = await stat(path);
    return { bytes: found.size, modifiedMs: found.mtimeMs, directory: found.isDirectory() };
  },
  async syncDirectory(path) {
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  async space(path) {
    const found = await statfs(path);
    return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
  },
  lock: lockFile,
};

async function openFile(path: string, mode: OpenMode): Promise<FileHandle> {
  if (mode === "read") return new RealFile(await open(path, "r"));
  if (mode === "write") return new RealFile(await open(path, "w+"));
  try {
    return new RealFile(await open(path, "r+"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return new RealFile(await open(path, "w+"));
  }
}

class RealFile implements FileHandle {
  readonly #handle: NodeHandle;

  constructor(handle: NodeHandle) {
    this.#handle = handle;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
