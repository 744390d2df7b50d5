/**
 * When the log is written and synced: what is taken is written within WRITE_MS, and synced within SYNC_MS or as soon as
 * somebody waits for it. All who wait meanwhile share the next sync. What can't be written is tried again each second.
 */
import { LockstepError } from "../core/errors.ts";
import type { Timer, World } from "../core/world.ts";

const WRITE_MS = 50;
const SYNC_MS = 500;
const RETRY_MS = 1_000;

export interface GroupCommitOptions {
  readonly world: Pick<World, "clock" | "timers">;
  /** Writes what is pending, and syncs it if asked to. */
  readonly write: (sync: boolean) => Promise<void>;
  readonly needsSync: () => boolean;
  /** What came of the latest try: undefined when it succeeded. */
  readonly onTried: (error: unknown) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiters: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #committing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #lastSyncMs = 0;
  #failing = false;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Something is pending. */
  soon(): void {
    this.#schedule(WRITE_MS);
  }

  /** Resolves when what is pending now is on disk. */
  durable(): Promise<void> {
    if (this.#closed) return Promise.reject(new LockstepError("STORE_CLOSED", "the store is closed"));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#schedule(0);
    });
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#committing;
  }

  /** After `stop`, for those who still wait. */
  rejectWaiters(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
  }

  #schedule(delayMs: number): void {
    if (this.#closed || this.#committing !== undefined) return;
    if (this.#timer !== undefined) {
      if (delayMs > 0) return;
      this.#timer.cancel();
    }
    this.#timer = this.#options.world.timers.after(this.#failing ? RETRY_MS : delayMs, () => {
      this.#timer = undefined;
      this.#commit();
    });
  }

  #commit(): void {
    this.#committing ??= this.#try().finally(() => {
      this.#committing = undefined;
      if (this.#waiters.length > 0) this.#schedule(0);
      else if (this.#options.needsSync()) this.#schedule(WRITE_MS);
    });
  }

  /** Never rejects. */
  async #try(): Promise<void> {
    const { world, write, onTried } = this.#options;
    const waiters = this.#waiters;
    this.#waiters = [];
    const nowMs = world.clock.monotonicMs();
    const sync = waiters.length > 0 || nowMs - this.#lastSyncMs >= SYNC_MS;
    try {
      await write(sync);
      if (sync) this.#lastSyncMs = nowMs;
      this.#failing = false;
      onTried(undefined);
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      this.#waiters.unshift(...waiters);
      this.#failing = true;
      onTried(error);
    }
  }
}
