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
import { errorCode } from "../errors.ts";
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
  if (mode === "read") return new RealFile(path, await open(path, "r"));
  if (mode === "write") return new RealFile(path, await open(path, "w+"));
  try {
    return new RealFile(path, await open(path, "r+"));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return new RealFile(path, await open(path, "w+"));
  }
}

class RealFile implements FileHandle {
  readonly #path: string;
  readonly #handle: NodeHandle;

  constructor(path: string, handle: NodeHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    try {
      while (done < into.length) {
        const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw this.#named(error);
    }
    return done;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0;
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw this.#named(error);
    }
  }

  async truncate(bytes: number): Promise<void> {
    try {
      await this.#handle.truncate(bytes);
    } catch (error) {
      throw this.#named(error);
    }
  }

  async sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (error) {
      throw this.#named(error);
    }
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** Node says which file could not be opened, but of one that is open only `ENOSPC: no space left on device, write`. */
  #named(error: unknown): unknown {
    if (error instanceof Error && "syscall" in error && !("path" in error)) {
      error.message += ` '${this.#path}'`;
      Object.assign(error, { path: this.#path });
    }
    return error;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
