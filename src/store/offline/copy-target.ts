/** A directory that is being filled with files of another one: linked where that can be, else copied; synced at the end. */
import { dirname, join } from "node:path";
import { errorCode, errorText, LockstepError } from "../../core/errors.ts";
import type { Files } from "../../core/world.ts";
import { listIfThere } from "../offline-partition.ts";
import type { SnapshotReport } from "./snapshot.ts";

const COPY_BYTES = 4 * 1024 * 1024;
/** What a file system says that can't give a file a second name there. */
const CANNOT_LINK: readonly string[] = ["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

interface Placed {
  readonly bytes: number;
  readonly linked: boolean;
  /** Never changes: a segment. */
  readonly immutable: boolean;
}

export class CopyTarget {
  readonly #files: Files;
  readonly #directory: string;
  readonly #placed = new Map<string, Placed>();
  readonly #folders = new Set<string>();
  #notLinked: string | undefined;

  private constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** @throws LockstepError `SNAPSHOT_TARGET` when there is something in the directory. */
  static async create(files: Files, directory: string): Promise<CopyTarget> {
    const [first] = await listIfThere(files, directory);
    if (first !== undefined) {
      throw new LockstepError(
        "SNAPSHOT_TARGET",
        `cannot write to ${directory}: it is not empty (${JSON.stringify(first)})`,
      );
    }
    await files.makeDirectory(directory);
    return new CopyTarget(files, directory);
  }

  has(path: string): boolean {
    return this.#placed.has(path);
  }

  linkedPaths(): readonly string[] {
    return [...this.#placed].filter(([, { immutable }]) => immutable).map(([path]) => path);
  }

  /** Copies the first bytes of a file; again, if it is there. */
  async copy(from: string, path: string, bytes: number): Promise<void> {
    await this.#makeFolder(path);
    await this.#copyBytes(from, path, bytes);
    this.#placed.set(path, { bytes, linked: false, immutable: false });
  }

  /** Copies a file that is only ever replaced by another of its name: all of the one or all of the other. */
  async copyWhole(from: string, path: string): Promise<void> {
    await this.#makeFolder(path);
    const bytes = await this.#copyBytes(from, path, undefined);
    this.#placed.set(path, { bytes, linked: false, immutable: false });
  }

  /** Takes in a file that never changes: by a link, or, where that can't be, as a copy. */
  async link(from: string, path: string, bytes: number): Promise<void> {
    await this.#makeFolder(path);
    let linked = this.#notLinked === undefined;
    if (linked) {
      try {
        await this.#files.link(from, join(this.#directory, path));
      } catch (error) {
        if (!CANNOT_LINK.includes(errorCode(error))) throw error;
        this.#notLinked = errorText(error);
        linked = false;
      }
    }
    if (!linked) await this.#copyBytes(from, path, bytes);
    this.#placed.set(path, { bytes, linked, immutable: true });
  }

  async remove(path: string): Promise<void> {
    await this.#files.unlink(join(this.#directory, path));
    this.#placed.delete(path);
  }

  list(): readonly { readonly path: string; readonly bytes: number }[] {
    return [...this.#placed].map(([path, { bytes }]) => ({ path, bytes })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Makes everything last, then writes a last file that says so. */
  async finish(path: string, text: string): Promise<void> {
    await this.sync();
    const handle = await this.#files.open(join(this.#directory, path), "write");
    try {
      await handle.write(new TextEncoder().encode(text), 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.#files.syncDirectory(this.#directory);
  }

  /** Copies are synced one by one; here, the names of all files. */
  async sync(): Promise<void> {
    for (const folder of [...this.#folders].sort().reverse()) {
      await this.#files.syncDirectory(join(this.#directory, folder));
    }
    await this.#files.syncDirectory(this.#directory);
    await this.#files.syncDirectory(dirname(this.#directory));
  }

  report(): SnapshotReport {
    let bytes = 0;
    let linkedBytes = 0;
    for (const placed of this.#placed.values()) {
      bytes += placed.bytes;
      if (placed.linked) linkedBytes += placed.bytes;
    }
    return { files: this.#placed.size, bytes, linkedBytes, notLinked: this.#notLinked };
  }

  async #makeFolder(path: string): Promise<void> {
    const folder = dirname(path);
    if (folder === "." || this.#folders.has(folder)) return;
    await this.#files.makeDirectory(join(this.#directory, folder));
    for (let at = folder; at !== "."; at = dirname(at)) this.#folders.add(at);
  }

  /** The first bytes of a file, or all that it has; returns how many. */
  async #copyBytes(from: string, path: string, first: number | undefined): Promise<number> {
    const source = await this.#files.open(from, "read");
    try {
      const bytes = first ?? (await source.size());
      const target = await this.#files.open(join(this.#directory, path), "write");
      try {
        const chunk = new Uint8Array(Math.min(COPY_BYTES, bytes));
        for (let at = 0; at < bytes; ) {
          const got = await source.read(chunk.subarray(0, Math.min(chunk.length, bytes - at)), at);
          if (got === 0) throw new LockstepError("SNAPSHOT_SOURCE", `${from} ends at byte ${at}, and had ${bytes}`);
          await target.write(chunk.subarray(0, got), at);
          at += got;
        }
        await target.sync();
      } finally {
        await target.close();
      }
      return bytes;
    } finally {
      await source.close();
    }
  }
}
