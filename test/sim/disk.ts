/**
 * A disk in memory: survives the processes that use it, can be full, and can lose what was not synced when the power
 * goes. A killed process's files stay as they were written, as the page cache keeps them.
 */
import { dirname } from "node:path";
import type { FileHandle, FileLock, FileStat, Files, OpenMode } from "#src/core/world.ts";
import type { SeededRandom } from "../support/random.ts";
import type { Scheduler } from "./scheduler.ts";

interface SimFile {
  bytes: Uint8Array;
  length: number;
  syncedLength: number;
  modifiedMs: number;
}

const SYNC_MS = 1;

export class SimDisk {
  readonly #scheduler: Scheduler;
  readonly #files = new Map<string, SimFile>();
  readonly #locks = new Map<string, { readonly alive: boolean }>();
  readonly #directories = new Set<string>(["/"]);
  capacityBytes = Number.POSITIVE_INFINITY;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get usedBytes(): number {
    let used = 0;
    for (const file of new Set(this.#files.values())) used += file.length;
    return used;
  }

  /** What a power cut leaves: of every file the synced part, and of the rest a random prefix. */
  powerCut(random: SeededRandom): void {
    for (const file of this.#files.values()) {
      file.length = file.syncedLength + random.below(file.length - file.syncedLength + 1);
    }
  }

  /** Paths of all files, for tests that damage them. */
  paths(): string[] {
    return [...this.#files.keys()].sort();
  }
  contents(path: string): Uint8Array {
    const file = this.#files.get(path)!;
    return file.bytes.subarray(0, file.length);
  }
  put(path: string, bytes: Uint8Array): void {
    const modifiedMs = this.#scheduler.nowMs;
    this.#files.set(path, { bytes: bytes.slice(), length: bytes.length, syncedLength: bytes.length, modifiedMs });
    this.#addDirectory(dirname(path));
  }

  /** As an operator would; no error when it is not there. */
  remove(path: string): void {
    this.#files.delete(path);
  }

  /** The disk as a process sees it; `alive` false = the process is dead, and nothing it began ever comes back. */
  filesFor(process: { readonly alive: boolean; wallMs(): number }): Files {
    const guard = <T>(work: () => T): Promise<T> => {
      if (!process.alive) return new Promise<T>(() => undefined);
      return new Promise((resolve) => resolve(work()));
    };
    return {
      open: (path, mode) => guard(() => this.#open(path, mode, process)),
      rename: (from, to) => guard(() => this.#rename(from, to)),
      unlink: (path) => guard(() => this.#unlink(path)),
      link: (from, to) => guard(() => this.#link(from, to)),
      makeDirectory: (path) => guard(() => this.#addDirectory(path)),
      removeDirectory: (path) => guard(() => this.#removeDirectory(path)),
      list: (path) => guard(() => this.#list(path)),
      stat: (path) => guard(() => this.#stat(path)),
      syncDirectory: () => guard(() => undefined),
      lock: (path) => guard(() => this.#lock(path, process)),
      space: () => guard(() => ({ freeBytes: this.capacityBytes - this.usedBytes, totalBytes: this.capacityBytes })),
    };
  }

  #lock(path: string, process: { readonly alive: boolean }): FileLock {
    if (this.#locks.get(path)?.alive === true) throw systemError("ELOCKED", `${path} is held by another process`);
    this.#locks.set(path, process);
    return {
      release: () => {
        this.#locks.delete(path);
        return Promise.resolve();
      },
    };
  }

  #open(path: string, mode: OpenMode, process: { readonly alive: boolean; wallMs(): number }): FileHandle {
    let file = this.#files.get(path);
    if (file === undefined || mode === "write") {
      if (mode === "read") throw systemError("ENOENT", `no such file or directory, open '${path}'`);
      if (!this.#directories.has(dirname(path))) throw systemError("ENOENT", `no such directory, open '${path}'`);
      file = { bytes: new Uint8Array(256), length: 0, syncedLength: 0, modifiedMs: process.wallMs() };
      this.#files.set(path, file);
    }
    return new SimFileHandle(file, this, this.#scheduler, process);
  }

  #rename(from: string, to: string): void {
    if (this.#directories.has(from)) {
      this.#renameDirectory(from, to);
      return;
    }
    const file = this.#files.get(from);
    if (file === undefined) throw systemError("ENOENT", `no such file or directory, rename '${from}'`);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  #renameDirectory(from: string, to: string): void {
    const moved = (path: string): string => to + path.slice(from.length);
    const isInside = (path: string): boolean => path === from || path.startsWith(`${from}/`);
    for (const [path, file] of [...this.#files]) {
      if (!isInside(path)) continue;
      this.#files.delete(path);
      this.#files.set(moved(path), file);
    }
    for (const path of [...this.#directories]) {
      if (isInside(path) && this.#directories.delete(path)) this.#directories.add(moved(path));
    }
  }

  #link(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined) throw systemError("ENOENT", `no such file or directory, link '${from}'`);
    if (this.#files.has(to)) throw systemError("EEXIST", `file already exists, link '${from}' -> '${to}'`);
    this.#files.set(to, file);
  }

  #unlink(path: string): void {
    if (!this.#files.delete(path)) throw systemError("ENOENT", `no such file or directory, unlink '${path}'`);
  }

  #addDirectory(path: string): void {
    for (let directory = path; !this.#directories.has(directory); directory = dirname(directory)) {
      this.#directories.add(directory);
    }
  }

  #removeDirectory(path: string): void {
    if (this.#list(path).length > 0) throw systemError("ENOTEMPTY", `directory not empty, rmdir '${path}'`);
    this.#directories.delete(path);
  }

  #list(path: string): readonly string[] {
    if (!this.#directories.has(path)) throw systemError("ENOENT", `no such file or directory, scandir '${path}'`);
    const names = [...this.#files.keys(), ...this.#directories].filter(
      (name) => name !== path && dirname(name) === path,
    );
    return names.map((name) => name.slice(path.length + (path === "/" ? 0 : 1))).sort();
  }

  #stat(path: string): FileStat {
    const file = this.#files.get(path);
    if (file !== undefined) return { bytes: file.length, modifiedMs: file.modifiedMs, directory: false };
    if (this.#directories.has(path)) return { bytes: 0, modifiedMs: 0, directory: true };
    throw systemError("ENOENT", `no such file or directory, stat '${path}'`);
  }
}

class SimFileHandle implements FileHandle {
  readonly #file: SimFile;
  readonly #disk: SimDisk;
  readonly #scheduler: Scheduler;
  readonly #process: { readonly alive: boolean; wallMs(): number };
  #closed = false;

  constructor(
    file: SimFile,
    disk: SimDisk,
    scheduler: Scheduler,
    process: { readonly alive: boolean; wallMs(): number },
  ) {
    this.#file = file;
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#process = process;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#do(() => {
      const end = Math.min(this.#file.length, position + into.length);
      if (end <= position) return 0;
      into.set(this.#file.bytes.subarray(position, end));
      return end - position;
    });
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#do(() => {
      const grows = Math.max(0, position + bytes.length - this.#file.length);
      if (
        grows > 0 &&
        Number.isFinite(this.#disk.capacityBytes) &&
        this.#disk.usedBytes + grows > this.#disk.capacityBytes
      ) {
        throw systemError("ENOSPC", "no space left on device, write");
      }
      this.#reserve(position + bytes.length);
      this.#file.bytes.set(bytes, position);
      this.#file.length = Math.max(this.#file.length, position + bytes.length);
      this.#file.syncedLength = Math.min(this.#file.syncedLength, position);
      this.#file.modifiedMs = this.#process.wallMs();
    });
  }

  truncate(bytes: number): Promise<void> {
    return this.#do(() => {
      this.#reserve(bytes);
      if (bytes > this.#file.length) this.#file.bytes.fill(0, this.#file.length, bytes);
      this.#file.length = bytes;
      this.#file.syncedLength = Math.min(this.#file.syncedLength, bytes);
    });
  }

  async sync(): Promise<void> {
    const length = this.#file.length;
    await new Promise<void>((resolve) => this.#scheduler.after(SYNC_MS, resolve));
    await this.#do(() => {
      this.#file.syncedLength = Math.max(this.#file.syncedLength, Math.min(length, this.#file.length));
    });
  }

  size(): Promise<number> {
    return this.#do(() => this.#file.length);
  }

  close(): Promise<void> {
    return this.#do(() => {
      this.#closed = true;
    });
  }

  #do<T>(work: () => T): Promise<T> {
    if (!this.#process.alive) return new Promise<T>(() => undefined);
    return new Promise((resolve) => {
      if (this.#closed) throw systemError("EBADF", "bad file descriptor");
      resolve(work());
    });
  }

  #reserve(length: number): void {
    if (length <= this.#file.bytes.length) return;
    const bytes = new Uint8Array(Math.max(length, this.#file.bytes.length * 2));
    bytes.set(this.#file.bytes.subarray(0, this.#file.length));
    this.#file.bytes = bytes;
  }
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
