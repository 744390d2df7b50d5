/**
 * Files kept open between reads, the least recently used closed first: a store has more segments than a process may
 * have open files.
 */
import type { FileHandle, Files } from "../core/world.ts";

const MAX_OPEN = 256;

interface Entry {
  readonly handle: Promise<FileHandle>;
  users: number;
  /** Closed by its last user: it was dropped from the list while in use. */
  dropped: boolean;
}

export class OpenFiles {
  readonly #files: Files;
  /** In order of use: a Map keeps the order in which keys were set. */
  readonly #entries = new Map<string, Entry>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Runs `use` with the file open for reading. */
  async with<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const entry = this.#take(path);
    entry.users++;
    try {
      return await use(await entry.handle);
    } catch (error) {
      this.#drop(path, entry); // a handle that failed is not worth keeping
      throw error;
    } finally {
      entry.users--;
      if (entry.dropped) await close(entry);
    }
  }

  /** Closes a file that is about to be removed. */
  async forget(path: string): Promise<void> {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#drop(path, entry);
    await close(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((path) => this.forget(path)));
  }

  #take(path: string): Entry {
    const known = this.#entries.get(path);
    const entry = known ?? { handle: this.#files.open(path, "read"), users: 0, dropped: false };
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    if (this.#entries.size > MAX_OPEN) this.#evict();
    return entry;
  }

  #evict(): void {
    for (const [path, entry] of this.#entries) {
      if (entry.users > 0) continue;
      this.#drop(path, entry);
      void close(entry);
      return;
    }
  }

  #drop(path: string, entry: Entry): void {
    if (this.#entries.get(path) === entry) this.#entries.delete(path);
    entry.dropped = true;
  }
}

async function close(entry: Entry): Promise<void> {
  if (entry.users > 0) return;
  try {
    await (await entry.handle).close();
  } catch {
    // It could not be opened, or is closed already: the reader has had that error.
  }
}
