/**
 * Many things that each come round at a period of their own, with one timer a period: within a period they fall due in
 * the order in which they were added, so a queue is enough.
 */
import type { Timer, Timers } from "../../core/world.ts";

/** At once; the rest follows after other work had its turn. */
const PER_TURN = 2048;

export interface RotaWork<T> {
  /** Returns whether to come round again. */
  run(item: T): boolean;
  /** Follows a turn. */
  after(): void;
}

interface Waiting<T> {
  readonly item: T;
  readonly dueMs: number;
}

interface Queue<T> {
  readonly periodMs: number;
  waiting: Waiting<T>[];
  /** Those before it have had their turn. */
  head: number;
  timer: Timer | undefined;
}

export class Rota<T> {
  readonly #timers: Timers;
  readonly #nowMs: () => number;
  readonly #work: RotaWork<T>;
  readonly #queues = new Map<number, Queue<T>>();
  #closed = false;

  constructor(timers: Timers, nowMs: () => number, work: RotaWork<T>) {
    this.#timers = timers;
    this.#nowMs = nowMs;
    this.#work = work;
  }

  /** Its first turn is one period from now. */
  add(item: T, periodSeconds: number): void {
    const periodMs = periodSeconds * 1000;
    let queue = this.#queues.get(periodMs);
    if (queue === undefined) {
      queue = { periodMs, waiting: [], head: 0, timer: undefined };
      this.#queues.set(periodMs, queue);
    }
    queue.waiting.push({ item, dueMs: this.#nowMs() + periodMs });
    if (queue.timer === undefined) this.#arm(queue);
  }

  close(): void {
    this.#closed = true;
    for (const queue of this.#queues.values()) queue.timer?.cancel();
    this.#queues.clear();
  }

  #arm(queue: Queue<T>): void {
    const next = queue.waiting[queue.head];
    queue.timer =
      next === undefined || this.#closed
        ? undefined
        : this.#timers.after(Math.max(0, next.dueMs - this.#nowMs()), () => this.#turn(queue));
  }

  #turn(queue: Queue<T>): void {
    const nowMs = this.#nowMs();
    for (let turns = 0; turns < PER_TURN; turns++) {
      const next = queue.waiting[queue.head];
      if (next === undefined || next.dueMs > nowMs) break;
      queue.head++;
      // The phase is kept; turns that a held-up process has missed are not made up for.
      const dueMs = Math.max(next.dueMs + queue.periodMs, nowMs);
      if (this.#work.run(next.item)) queue.waiting.push({ item: next.item, dueMs });
    }
    if (queue.head > queue.waiting.length / 2) {
      queue.waiting = queue.waiting.slice(queue.head);
      queue.head = 0;
    }
    this.#work.after();
    this.#arm(queue);
  }
}
