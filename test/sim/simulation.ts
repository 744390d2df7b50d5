/**
 * A cluster in one process, in virtual time: hosts with clocks and disks of their own, links between them, and a seed
 * that decides everything that is random. The same seed gives the same run.
 */
import type { Clock, HttpRequest, HttpResponse, Random, Threads, Timers, World } from "#src/core/world.ts";
import { type SeededRandom, seeded } from "../support/random.ts";
import { type DriftShape, exact } from "./clock.ts";
import { SimDisk } from "./disk.ts";
import { Network } from "./network.ts";
import { SimProcess } from "./process.ts";
import { Scheduler } from "./scheduler.ts";

/** When simulations begin: any moment will do, as long as it is always the same. */
export const START_MS = Date.UTC(2026, 10, 23, 9, 0, 0);

export type HttpHandler = (request: HttpRequest, from: SimProcess) => HttpResponse | Promise<HttpResponse>;

export class Simulation {
  readonly random: SeededRandom;
  readonly scheduler = new Scheduler();
  readonly network: Network;
  readonly #hosts = new Map<string, SimHost>();
  readonly #http = new Map<string, HttpHandler>();

  constructor(seed?: number) {
    this.random = seeded(seed);
    this.network = new Network(this.scheduler, this.random);
  }

  get seed(): number {
    return this.random.seed;
  }
  /** True time, ms since 1970. */
  get nowMs(): number {
    return START_MS + this.scheduler.nowMs;
  }

  host(name: string, clock: DriftShape = exact): SimHost {
    const host = new SimHost(this, name, clock);
    this.#hosts.set(name, host);
    return host;
  }

  hostOf(name: string): SimHost {
    return this.#hosts.get(name)!;
  }

  /** Answers requests to `http://<authority>/…`; the host before the colon decides over which link they go. */
  serveHttp(authority: string, handler: HttpHandler): void {
    this.#http.set(authority, handler);
  }

  async run(durationMs: number): Promise<void> {
    await this.scheduler.runUntil(this.scheduler.nowMs + durationMs);
  }

  request(process: SimProcess, request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const from = process.host.name;
    const { arrives, delayMs } = this.network.transit(from, url.hostname);
    return new Promise((resolve, reject) => {
      const timeout = process.after(request.timeoutMs, () => reject(new Error(`ETIMEDOUT: ${url.host}`)));
      if (!arrives) return;
      this.scheduler.after(delayMs, () => {
        const handler = this.#http.get(url.host);
        const answer =
          handler === undefined ? Promise.reject(new Error(`ECONNREFUSED: ${url.host}`)) : handler(request, process);
        Promise.resolve(answer).then(
          (response) => {
            if (!this.network.transit(url.hostname, from).arrives) return;
            process.after(delayMs, () => {
              timeout.cancel();
              resolve(response);
            });
          },
          (error: unknown) => process.enter(() => reject(error)),
        );
      });
    });
  }
}

export class SimHost {
  readonly name: string;
  readonly disk: SimDisk;
  readonly scheduler: Scheduler;
  readonly network: Network;
  clock: DriftShape;
  readonly #simulation: Simulation;
  #processes = 0;

  constructor(simulation: Simulation, name: string, clock: DriftShape) {
    this.#simulation = simulation;
    this.name = name;
    this.clock = clock;
    this.scheduler = simulation.scheduler;
    this.network = simulation.network;
    this.disk = new SimDisk(this.scheduler);
  }

  /** What this host's wall clock shows, with fractions of a millisecond. */
  wallMs(): number {
    return START_MS + this.scheduler.nowMs + this.clock(this.scheduler.nowMs);
  }

  start(): SimProcess {
    return new SimProcess(this, (process) => this.#world(process));
  }

  #world(process: SimProcess): World {
    const { random } = this.#simulation;
    const processId = 1000 + this.#processes++;
    const files = this.disk.filesFor({
      get alive() {
        return process.alive;
      },
      wallMs: () => process.wallMs(),
    });
    const clock: Clock = {
      wallMs: () => process.wallMs(),
      monotonicMs: () => this.scheduler.nowMs,
      readWall: () => ({ wallMs: this.wallMs(), monotonicMs: this.scheduler.nowMs, uncertaintyMs: 0.001 }),
    };
    const timers: Timers = { after: (delayMs, run) => process.after(delayMs, run) };
    const chance: Random = {
      next: () => random.next(),
      bytes: (count) => Uint8Array.from({ length: count }, () => random.below(256)),
    };
    return {
      clock,
      timers,
      net: this.network.netFor(process),
      http: { request: (request) => this.#simulation.request(process, request) },
      files,
      threads: inProcessThreads({ files, clock, timers, random: chance }),
      random: chance,
      host: {
        hostname: this.name,
        processId,
        bootId: `${this.name}-boot`,
        usage: () => ({ residentBytes: 50e6, cpuSeconds: this.scheduler.nowMs / 1e6 }),
      },
    };
  }
}

/** Jobs run where they are given: the simulator has one thread. */
function inProcessThreads(here: Pick<World, "files" | "clock" | "timers" | "random">): Threads {
  return {
    start: ({ run }) => ({
      run: (job, { answer, signal } = {}) => {
        const ask: NonNullable<typeof answer> = (question) =>
          answer === undefined ? Promise.reject(new Error("BUG: nobody answers this job")) : answer(question);
        return run({ ...here, ask, signal: signal ?? new AbortController().signal }, job);
      },
      close: () => Promise.resolve(),
    }),
  };
}
