/**
 * Virtual time: events in the order of their time, run one after the other; between two events nothing happens, so
 * hours take seconds. After each event everything that it set going is let settle before the clock moves.
 */
export class Scheduler {
  #nowMs = 0;
  #sequence = 0;
  #events = 0;
  /** A binary heap by (time, sequence): events of the same moment run in the order in which they were asked for. */
  readonly #heap: SimEvent[] = [];

  /** Milliseconds of true time since the start of the simulation. */
  get nowMs(): number {
    return this.#nowMs;
  }
  get events(): number {
    return this.#events;
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const event: SimEvent = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, run };
    this.#push(event);
    return {
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Runs events up to this moment. */
  async runUntil(atMs: number): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > atMs) break;
      this.#pop();
      if (next.run === undefined) continue;
      this.#nowMs = next.atMs;
      this.#events++;
      next.run();
      await settle();
    }
    this.#nowMs = atMs;
  }

  /** Runs events until the promise has settled, and passes on how. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await settle();
    while (!settled) {
      const next = this.#heap[0];
      if (next === undefined) throw new Error("nothing is left to happen, and the promise has not settled");
      await this.runUntil(next.atMs);
    }
    return promise;
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

interface SimEvent {
  readonly atMs: number;
  readonly sequence: number;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
}

function before(a: SimEvent, b: SimEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

/** Lets all promises that can go on go on: a macrotask comes after every microtask. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
