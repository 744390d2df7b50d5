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
  /**
   * Listens on a stream socket of this machine: a path that its owner and group may connect to. A socket that a dead
   * process has left there is replaced; rejects with `EADDRINUSE` when a living one listens, with `ENOTSOCK` when
   * something else is there.
   */
  listenUnix(options: UnixListenOptions): Promise<Listener>;
  /** Listens for HTTP/1.1 requests. */
  serveHttp(options: HttpListenOptions): Promise<Listener>;
  bindUdp(options: UdpOptions): Promise<UdpSocket>;
}

export interface ConnectOptions extends SocketAddress {
  readonly timeoutMs: number;
  readonly events: ConnectionEvents;
}

/** Who is let in. Asked before a byte is read. */
export interface Door {
  /** Refuses a peer with undefined: it is cut off. Else what to call when it has gone. */
  readonly enter: (remote: SocketAddress) => (() => void) | undefined;
}

/** Texts in PEM. TLS is 1.2 at the least. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
  /** Given: peers have to show a certificate that one of these vouches for. */
  readonly clientCa?: string | undefined;
}

export interface TlsListenOptions {
  readonly identity: TlsIdentity;
  /** A peer that could not agree with us, or showed no certificate that we know. */
  readonly onFailure: (remote: SocketAddress, error: Error) => void;
}

export interface ListenOptions extends SocketAddress {
  readonly door: Door;
  readonly tls?: TlsListenOptions | undefined;
  accept(connection: Connection): ConnectionEvents;
}

/** The peers' address is `unix`, whoever they are. */
export interface UnixListenOptions {
  readonly path: string;
  readonly door: Door;
  accept(connection: Connection): ConnectionEvents;
}

export interface HttpListenOptions extends SocketAddress {
  readonly door: Door;
  readonly tls?: TlsListenOptions | undefined;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** A connection on which nothing moves for so long is cut. */
  readonly silentMs: number;
  accept(exchange: HttpExchange): HttpBodyEvents;
}

/** A request whose headers have come, and the answer to it. */
export interface HttpExchange {
  readonly remote: SocketAddress;
  readonly method: string;
  /** As sent: path and query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  pause(): void;
  resume(): void;
  /** Once. What comes of the body afterwards is thrown away. */
  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void;
}

export interface HttpBodyEvents {
  /** The bytes may be reused after the call. */
  onData(bytes: Uint8Array): void;
  /** The body is complete. */
  onEnd(): void;
  /** The peer has gone before the body was complete. */
  onAborted(): void;
}

export interface Listener {
  readonly address: SocketAddress;
  /** Shows another certificate from now on; of listeners with TLS. Open connections go on. */
  renew?(identity: TlsIdentity): void;
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
  start<Job, Result, Question = never, Reply = never>(
    program: ThreadProgram<Job, Result, Question, Reply>,
  ): WorkThread<Job, Result, Question, Reply>;
}

/** What a thread runs. Jobs, results, questions and replies are plain data: they are copied, except for shared memory. */
export interface ThreadProgram<Job, Result, Question = never, Reply = never> {
  /** Address of the module that exports `run`: its own `import.meta.url`. */
  readonly module: string;
  readonly run: (here: ThreadWorld<Question, Reply>, job: Job) => Promise<Result>;
}

/** What a program in a thread can do. */
export interface ThreadWorld<Question = never, Reply = never>
  extends Pick<World, "files" | "clock" | "timers" | "random"> {
  /** Asks whoever gave the job; rejects with their error. */
  ask(question: Question): Promise<Reply>;
  /** Aborted when nobody wants the result any more. */
  readonly signal: AbortSignal;
}

export interface WorkThread<Job, Result, Question = never, Reply = never> {
  /**
   * Jobs run one after the other, in order. Rejects with the job's own error (its code and message), or with
   * `THREAD_ENDED` when the thread ended before the job did; the next job then gets a new thread.
   */
  run(job: Job, options?: JobOptions<Question, Reply>): Promise<Result>;
  close(): Promise<void>;
}

export interface JobOptions<Question, Reply> {
  /** Replies to what the job asks. */
  readonly answer?: (question: Question) => Promise<Reply>;
  /** Aborted: the job is told; one that goes on all the same for a second is ended with its thread. */
  readonly signal?: AbortSignal | undefined;
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
