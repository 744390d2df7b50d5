/**
 * A small world for unit tests of code that waits, reads files and asks over HTTP: virtual time, files in memory, scripted
 * answers. The simulator (test/sim) is the one with links, disks and faults.
 */
import { setImmediate } from "node:timers/promises";
import type {
  Clock,
  FileHandle,
  Files,
  Host,
  HttpClient,
  HttpRequest,
  HttpResponse,
  Net,
  Random,
  Threads,
  Timers,
  World,
} from "#src/core/world.ts";

/** What a path holds: bytes, or the code of the error that using it gives. */
export type FakeFile = string | Uint8Array | { readonly errorCode: string };

export type FakePage = (request: HttpRequest) => Promise<Partial<HttpResponse>> | Partial<HttpResponse>;

const START_WALL_MS = 1_700_000_000_000;

export class FakeWorld implements World {
  /** Milliseconds that the wall clock is ahead of where it started beside the time that went by. */
  wallStepMs = 0;
  readonly fileByPath = new Map<string, FakeFile>();
  /** Mount points that `space` knows. */
  readonly spaceByPath = new Map<string, { freeBytes: number; totalBytes: number }>();
  readonly requests: HttpRequest[] = [];
  /** Answers every request; absent: connection refused. */
  answer: FakePage | undefined;
  nextRandom = 0.5;
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();

  readonly clock: Clock = {
    wallMs: () => START_WALL_MS + this.wallStepMs + Math.floor(this.#nowMs),
    monotonicMs: () => this.#nowMs,
    readWall: () => ({ wallMs: this.clock.wallMs(), monotonicMs: this.#nowMs, uncertaintyMs: 0 }),
  };

  readonly timers: Timers = {
    after: (delayMs, run) => {
      const timer = { dueMs: this.#nowMs + delayMs, run };
      this.#timers.add(timer);
      return { cancel: () => void this.#timers.delete(timer) };
    },
  };

  readonly http: HttpClient = {
    request: async (request) => {
      this.requests.push(request);
      if (this.answer === undefined) throw systemError("ECONNREFUSED");
      return { status: 200, headers: {}, body: new Uint8Array(), ...(await this.answer(request)) };
    },
  };

  readonly files: Files = {
    open: async (path) => new FakeHandle(this.#bytes(path)),
    stat: async (path) => ({ bytes: this.#bytes(path).length, modifiedMs: 0, directory: false }),
    space: async (path) => {
      const space = this.spaceByPath.get(path);
      if (space === undefined) throw systemError("ENOENT");
      return space;
    },
    list: unsupported,
    rename: unsupported,
    unlink: unsupported,
    link: unsupported,
    makeDirectory: unsupported,
    removeDirectory: unsupported,
    syncDirectory: unsupported,
    lock: unsupported,
  };

  readonly net: Net = {
    connect: unsupported,
    listen: unsupported,
    listenUnix: unsupported,
    serveHttp: unsupported,
    bindUdp: unsupported,
  };
  readonly threads: Threads = { start: () => ({ run: unsupported, close: unsupported }) };
  readonly random: Random = { next: () => this.nextRandom, bytes: (count) => new Uint8Array(count) };
  readonly host: Host = {
    hostname: "n1",
    processId: 1,
    bootId: "",
    usage: () => ({ residentBytes: 1_000, cpuSeconds: this.#nowMs / 1e6 }),
  };

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets time go by, running what falls due, and what follows from it, in order. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await setImmediate();
    for (;;) {
      const due = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined || due.dueMs > untilMs) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.run();
      await setImmediate();
    }
    this.#nowMs = untilMs;
  }

  /** Moves time on without running anything: the process was held up. */
  holdUp(ms: number): void {
    this.#nowMs += ms;
  }

  #bytes(path: string): Uint8Array {
    const file = this.fileByPath.get(path);
    if (file === undefined) throw systemError("ENOENT");
    if (typeof file === "object" && "errorCode" in file) throw systemError(file.errorCode);
    return typeof file === "string" ? new TextEncoder().encode(file) : file;
  }
}

class FakeHandle implements FileHandle {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const part = this.#bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  write = unsupported;
  truncate = unsupported;
  sync = unsupported;
  size = async () => 0; // as files under /proc say
  close = async () => undefined;
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: by the test`), { code });
}

async function unsupported(): Promise<never> {
  throw new Error("the fake world of unit tests has nothing for this");
}
