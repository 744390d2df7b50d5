/** The lifetimes of a store's series and their file, which must never know less than what the log no longer has. */
import { join } from "node:path";
import { errorCode, errorText } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { World } from "../core/world.ts";
import { LIFETIMES_FILE, Lifetimes } from "./lifetimes.ts";

/** The file is not written anew sooner than so many bytes a second allow: that of a million series every two seconds. */
const BYTES_PER_MS = 4096;

export class LifetimeKeeper {
  readonly lifetimes = new Lifetimes();
  readonly #world: Pick<World, "files" | "clock">;
  readonly #log: Log;
  readonly #directory: string;
  readonly #path: string;
  /** Whether there is a file that may stay. */
  #saved = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(world: Pick<World, "files" | "clock">, log: Log, directory: string) {
    this.#world = world;
    this.#log = log;
    this.#directory = directory;
    this.#path = join(directory, LIFETIMES_FILE);
  }

  /** Returns why the file can't be used, or undefined. */
  async load(): Promise<string | undefined> {
    const unknown = await this.lifetimes.load(this.#world.files, this.#path);
    this.#saved = unknown === undefined;
    return unknown;
  }

  /** Of what was before nothing is known: too many series are found then, never too few. */
  async assume(reason: string, ids: number, untilSeconds: number): Promise<void> {
    if (ids > 0) {
      this.lifetimes.assume(ids, untilSeconds);
      this.#log.warn(`${this.#path} ${reason}: all series count as alive up to now`);
    }
    await this.#save();
  }

  /**
   * Before a log goes: afterwards the file has all that is known, or there is none. False when it was written so lately
   * that the log had better stay a little, unless it must go.
   */
  async beforeForgetting(must: boolean): Promise<boolean> {
    if (!this.lifetimes.changed && this.#saved) return true;
    if (!must && this.#world.clock.monotonicMs() < this.#notBeforeMs) return false;
    await this.#save();
    return true;
  }

  /** Where it can't be written, it must not stay as it was: the log that has the rest is about to go. */
  async #save(): Promise<void> {
    const { files, clock } = this.#world;
    try {
      await this.lifetimes.save(files, this.#directory, this.#path);
      this.#saved = true;
      this.#notBeforeMs = clock.monotonicMs() + this.lifetimes.memoryBytes / BYTES_PER_MS;
    } catch (error) {
      this.#saved = false;
      this.#log.limited("error", "lifetimes", `cannot write ${this.#path}, and removes it: ${errorText(error)}`);
      for (const name of [this.#path, `${this.#path}.tmp`]) {
        await files.unlink(name).catch((failure: unknown) => {
          if (errorCode(failure) !== "ENOENT") throw failure;
        });
      }
      await files.syncDirectory(this.#directory);
    }
  }

  /** When the store closes. */
  async close(): Promise<void> {
    if (!this.lifetimes.changed && this.#saved) return;
    try {
      await this.lifetimes.save(this.#world.files, this.#directory, this.#path);
    } catch (error) {
      this.#log.warn(`cannot write ${this.#path}: ${errorText(error)}; the log has what it lacks`);
    }
  }
}
