/**
 * The world: all that Lockstep touches outside itself.
 *
 * Rooms receive a World and never reach for Node's clock, timers, sockets, files or randomness themselves. Production
 * passes the real one (`core/real/`); `test/sim` passes one with virtual time, simulated links and disks, faults and a
 * seed, so that ten hours of a cluster run in seconds and a failing seed can be replayed.
 */
export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly net: Net;
  readonly http: HttpClient;
  readonly files: Files;
  readonly threads: Threads;
  readonly random: Random;
  readonly host: Host;
}

// ---- time -------------------------------------------------------------------------------------------------------

export interface Clock {
  /** Wall clock, whole milliseconds since 1970 UTC. May step, drift, and be wrong. */
  wallMs(): number;
  /** Milliseconds (with fraction) since some start. Never steps, never goes back; stands still while suspended. */
  monotonicMs(): number;
  /**
   * The wall clock finer than a millisecond, with the error of the reading.
   * Costs a millisecond of waiting for an edge of the wall clock, more on a machine that preempts us just then: once per
   * burst of exchanges, not per line.
   */
  readWall(): WallReading;
}

/** Says that at `monotonicMs` the wall clock showed `wallMs`, give or take `uncertaintyMs`. */
export interface WallReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly uncertaintyMs: number;
}

export interface Timers {
  /** Runs once after the delay. A cancelled timer never runs. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

// ---- network ----------------------------------------------------------------------------------------------------

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

export interface Net {
  /** Rejects with the system's error when the peer can't be reached within the time. */
  connect(options: ConnectOptions): Promise<Connection>;
  listen(options: ListenOptions): Promise<Listener>;
  bindUdp(options: UdpOptions): Promise<UdpSocket>;
}

export interface ConnectOptions extends SocketAddress {
  readonly timeoutMs: number;
  readonly events: ConnectionEvents;
}

export interface ListenOptions extends SocketAddress {
  /** Connections over this number are closed at once; `onRefused` hears of each. */
  readonly maxConnections: number;
  readonly onRefused?: (remote: SocketAddress) => void;
  accept(connection: Connection): ConnectionEvents;
}

export interface Listener {
  readonly address: SocketAddress;
  /** Stops accepting and destroys what is open. */
  close(): Promise<void>;
}

/** One TCP stream. */
export interface Connection {
  readonly remote: SocketAddress;
  /** Hands bytes to the stream, which owns them from now on. Watch `unsentBytes`: nothing else bounds the queue. */
  send(bytes: Uint8Array): void;
  readonly unsentBytes: number;
  pause(): void;
  resume(): void;
  /** Half-closes: everything sent is followed by FIN; reading goes on. */
  end(): void;
  /** Cuts the connection; what is unsent is lost. */
  destroy(): void;
}

export interface ConnectionEvents {
  /** The bytes may be reused after the call. */
  onData(bytes: Uint8Array): void;
  /** The peer half-closed. */
  onEnd(): void;
  /** All that was handed over has left. */
  onDrain?(): void;
  /** Called exactly once, after which nothing else is. */
  onClose(error: Error | undefined): void;
}

export interface UdpOptions extends SocketAddress {
  onMessage(bytes: Uint8Array, from: SocketAddress): void;
  onError(error: Error): void;
}

export interface UdpSocket {
  readonly address: SocketAddress;
  /** Best effort, as UDP is: an error reaches `onError`. */
  send(bytes: Uint8Array, to: SocketAddress): void;
  close(): Promise<void>;
}

// ---- HTTP, as a client ------------------------------------------------------------------------------------------

export interface HttpClient {
  /**
   * One request, one answer, no redirects followed, no body decoded.
   * Rejects when the peer can't be reached, is too slow, or sends more than `maxResponseBytes`.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  /** Asked with every address before it is connected to, literals included. Absent: every address is allowed. */
  readonly allowAddress?: (ip: string) => boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

// ---- files ------------------------------------------------------------------------------------------------------

/** Errors carry Node's codes (`ENOENT`, `ENOSPC`, `EACCES`). */
export interface Files {
  open(path: string, mode: OpenMode): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Gives a file a second name. Rejects with `EEXIST` when there is such a file, with `EXDEV` across file systems. */
  link(from: string, to: string): Promise<void>;
  /** With all parents; no error when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** An empty one. */
  removeDirectory(path: string): Promise<void>;
  /** Names in the directory, sorted. */
  list(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileStat>;
  /** Makes renames and new names in the directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /**
   * Claims a path, at which a file appears, for this process. Rejects with the code `ELOCKED` while a living process of
   * this machine holds it; the claim of a dead one is void.
   */
  lock(path: string): Promise<FileLock>;
}

export interface FileLock {
  release(): Promise<void>;
}

/** `read` needs the file; `write` creates or empties it; `update` creates or keeps it. */
export type OpenMode = "read" | "write" | "update";

export interface FileStat {
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly directory: boolean;
}

export interface FileHandle {
  /** Fills `into` from `position`; returns the bytes read, less than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`, or rejects; after a rejection the file may hold a part of them. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(bytes: number): Promise<void>;
  /** Returns when what was written is on the disk. */
  sync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

// ---- threads ----------------------------------------------------------------------------------------------------

export interface Threads {
  /** A thread for work that would hold up the main one. It starts with its first job. */
  start<Job, Result>(program: ThreadProgram<Job, Result>): WorkThread<Job, Result>;
}

/** What a thread runs. Jobs and results are plain data: they are copied, except for shared memory. */
export interface ThreadProgram<Job, Result> {
  /** Address of the module that exports `run`: its own `import.meta.url`. */
  readonly module: string;
  readonly run: (files: Files, job: Job) => Promise<Result>;
}

export interface WorkThread<Job, Result> {
  /**
   * Jobs run one after the other, in order. Rejects with the job's own error (its code and message), or with
   * `THREAD_ENDED` when the thread ended before the job did; the next job then gets a new thread.
   */
  run(job: Job): Promise<Result>;
  close(): Promise<void>;
}

// ---- the rest ---------------------------------------------------------------------------------------------------

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** For identities and secrets: from the system's generator in production. */
  bytes(count: number): Uint8Array;
}

export interface Host {
  readonly hostname: string;
  readonly processId: number;
  /** Changes at every boot of the machine; empty where the system does not tell. */
  readonly bootId: string;
  usage(): ProcessUsage;
}

export interface ProcessUsage {
  readonly residentBytes: number;
  /** User and system time since the start of the process. */
  readonly cpuSeconds: number;
}
