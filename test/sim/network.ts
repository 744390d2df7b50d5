/**
 * Links between simulated hosts: TCP streams that stall, reset and come back, and UDP datagrams that get lost.
 *
 * A TCP stream delivers in order; a lost or cut-off segment is sent again with growing pauses, and after STUCK_MS both
 * ends see the connection break. What a killed process had handed to the system before its death still arrives.
 */
import type {
  Connection,
  ConnectionEvents,
  ConnectOptions,
  Listener,
  ListenOptions,
  Net,
  SocketAddress,
  UdpOptions,
  UdpSocket,
} from "#src/core/world.ts";
import type { SeededRandom } from "../support/random.ts";
import type { SimProcess } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";

export interface LinkQuality {
  readonly minDelayMs: number;
  /** Added to the least, uniformly. */
  readonly jitterMs: number;
  /** Chance that a datagram or segment is lost. */
  readonly loss: number;
}

const LAN: LinkQuality = { minDelayMs: 0.1, jitterMs: 0.4, loss: 0 };
const RETRANSMIT_MS = 200;
const LONGEST_RETRANSMIT_MS = 5_000;
const STUCK_MS = 30_000;
/** What the two systems buffer between them: bytes under way beyond it count as unsent. */
const SOCKET_BUFFER_BYTES = 256 * 1024;

export class Network {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  quality: LinkQuality = LAN;
  readonly #qualities = new Map<string, LinkQuality>();
  readonly #cut = new Set<string>();
  readonly #listeners = new Map<string, { options: ListenOptions; process: SimProcess }>();
  readonly #udp = new Map<string, { options: UdpOptions; process: SimProcess }>();
  #nextPort = 40_000;

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.scheduler = scheduler;
    this.random = random;
  }

  setQuality(a: string, b: string, quality: LinkQuality): void {
    this.#qualities.set(linkKey(a, b), quality);
  }
  /** Cuts the link in both directions; nothing tells the ends. */
  cut(a: string, b: string): void {
    this.#cut.add(linkKey(a, b));
  }
  mend(a: string, b: string): void {
    this.#cut.delete(linkKey(a, b));
  }
  mendAll(): void {
    this.#cut.clear();
  }

  /** Whether something sent now gets through, and how long it takes. */
  transit(from: string, to: string): { readonly arrives: boolean; readonly delayMs: number } {
    if (from === to) return { arrives: true, delayMs: 0.02 };
    const quality = this.#qualities.get(linkKey(from, to)) ?? this.quality;
    const delayMs = quality.minDelayMs + this.random.next() * quality.jitterMs;
    const arrives = !this.#cut.has(linkKey(from, to)) && !this.random.chance(quality.loss);
    return { arrives, delayMs };
  }

  isCut(a: string, b: string): boolean {
    return this.#cut.has(linkKey(a, b));
  }

  netFor(process: SimProcess): Net {
    return {
      connect: (options) => this.#connect(process, options),
      listen: (options) => this.#listen(process, options),
      listenUnix: unsupported,
      serveHttp: unsupported,
      bindUdp: (options) => this.#bindUdp(process, options),
    };
  }

  /** Forgets what a dead process listened on. */
  release(process: SimProcess): void {
    for (const table of [this.#listeners, this.#udp]) {
      for (const [key, entry] of table) if (entry.process === process) table.delete(key);
    }
  }

  port(): number {
    return this.#nextPort++;
  }

  #listen(process: SimProcess, options: ListenOptions): Promise<Listener> {
    const port = options.port === 0 ? this.port() : options.port;
    const key = `${process.host.name}:${port}`;
    if (this.#listeners.has(key)) return Promise.reject(new Error(`EADDRINUSE: ${key}`));
    this.#listeners.set(key, { options, process });
    const close = (): Promise<void> => {
      this.#listeners.delete(key);
      process.closeConnections(port);
      return Promise.resolve();
    };
    return Promise.resolve({ address: { host: options.host, port }, close });
  }

  #connect(process: SimProcess, options: ConnectOptions): Promise<Connection> {
    const from = process.host.name;
    const to = hostOf(options.host, from);
    return new Promise((resolve, reject) => {
      const failAfter = (ms: number, code: string): void => {
        process.after(ms, () => reject(Object.assign(new Error(`${code}: connect ${to}:${options.port}`), { code })));
      };
      const { arrives, delayMs } = this.transit(from, to);
      if (!arrives) {
        failAfter(options.timeoutMs, "ETIMEDOUT");
        return;
      }
      this.scheduler.after(delayMs, () => {
        const entry = this.#listeners.get(`${to}:${options.port}`);
        if (entry === undefined || !entry.process.alive) {
          failAfter(delayMs, "ECONNREFUSED");
          return;
        }
        const ends = pair(this, process, entry.process, options.port);
        ends.client.events = options.events;
        const leave = entry.options.door.enter(ends.server.remote);
        if (leave === undefined) {
          ends.server.destroy();
          return;
        }
        ends.server.onGone = leave;
        entry.process.enter(() => {
          ends.server.events = entry.options.accept(ends.server);
        });
        process.after(delayMs, () => resolve(ends.client));
      });
    });
  }

  #bindUdp(process: SimProcess, options: UdpOptions): Promise<UdpSocket> {
    const port = options.port === 0 ? this.port() : options.port;
    const key = `${process.host.name}:${port}`;
    if (this.#udp.has(key)) return Promise.reject(new Error(`EADDRINUSE: ${key}`));
    this.#udp.set(key, { options, process });
    return Promise.resolve({
      address: { host: process.host.name, port },
      send: (bytes, to) => this.#sendUdp(process, port, bytes.slice(), to),
      close: () => {
        this.#udp.delete(key);
        return Promise.resolve();
      },
    });
  }

  #sendUdp(process: SimProcess, port: number, bytes: Uint8Array, to: SocketAddress): void {
    const from = process.host.name;
    const target = hostOf(to.host, from);
    const { arrives, delayMs } = this.transit(from, target);
    if (!arrives) return;
    this.scheduler.after(delayMs, () => {
      const entry = this.#udp.get(`${target}:${to.port}`);
      if (entry === undefined) return;
      entry.process.enter(() => entry.options.onMessage(bytes, { host: from, port }));
    });
  }
}

function unsupported(): Promise<never> {
  return Promise.reject(new Error("the simulated network has TCP and UDP"));
}

function linkKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function hostOf(address: string, own: string): string {
  return address === "127.0.0.1" || address === "localhost" ? own : address;
}

function pair(
  network: Network,
  client: SimProcess,
  server: SimProcess,
  port: number,
): { client: SimEnd; server: SimEnd } {
  const clientEnd = new SimEnd(network, client, { host: server.host.name, port }, port);
  const serverEnd = new SimEnd(network, server, { host: client.host.name, port: network.port() }, port);
  clientEnd.peer = serverEnd;
  serverEnd.peer = clientEnd;
  client.connections.add(clientEnd);
  server.connections.add(serverEnd);
  return { client: clientEnd, server: serverEnd };
}

/** A piece of the stream on its way: bytes, or the end. */
interface Piece {
  readonly bytes: Uint8Array | undefined;
  arrivesMs: number;
}

export class SimEnd implements Connection {
  readonly remote: SocketAddress;
  readonly port: number;
  readonly process: SimProcess;
  peer!: SimEnd;
  events: ConnectionEvents | undefined;
  /** The door's, of a listener. */
  onGone: (() => void) | undefined;
  readonly #network: Network;
  /** What this end has sent and the peer has not taken. */
  readonly #outgoing: Piece[] = [];
  #bytesUnderWay = 0;
  #lastArrivalMs = 0;
  #pumping = false;
  #stuckSinceMs: number | undefined;
  #retransmitMs = RETRANSMIT_MS;
  #paused = false;
  #ended = false;
  closed = false;

  constructor(network: Network, process: SimProcess, remote: SocketAddress, port: number) {
    this.#network = network;
    this.process = process;
    this.remote = remote;
    this.port = port;
  }

  get unsentBytes(): number {
    return Math.max(0, this.#bytesUnderWay - SOCKET_BUFFER_BYTES);
  }

  send(bytes: Uint8Array): void {
    if (this.closed || this.#ended) return;
    this.#enqueue({ bytes: bytes.slice(), arrivesMs: 0 });
  }
  end(): void {
    if (this.closed || this.#ended) return;
    this.#ended = true;
    this.#enqueue({ bytes: undefined, arrivesMs: 0 });
  }
  pause(): void {
    this.#paused = true;
  }
  resume(): void {
    this.#paused = false;
    this.peer.#pump();
  }
  destroy(): void {
    this.abort(undefined);
    this.#resetPeer();
  }

  /** The process has died: what the system had taken is still delivered, then the peer sees a reset. */
  orphan(): void {
    this.closed = true;
    if (this.#outgoing.length === 0) this.#resetPeer();
  }

  /** Ends this side at once. */
  abort(error: Error | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.#outgoing.length = 0;
    this.process.connections.delete(this);
    this.process.enter(() => {
      this.onGone?.();
      this.events?.onClose(error);
    });
  }

  #resetPeer(): void {
    const { delayMs } = this.#network.transit(this.process.host.name, this.peer.process.host.name);
    const tryReset = (): void => {
      const cut = this.#network.isCut(this.process.host.name, this.peer.process.host.name);
      if (cut) this.#network.scheduler.after(LONGEST_RETRANSMIT_MS, tryReset);
      else this.peer.abort(Object.assign(new Error("ECONNRESET: read"), { code: "ECONNRESET" }));
    };
    this.#network.scheduler.after(delayMs, tryReset);
  }

  #enqueue(piece: Piece): void {
    const { delayMs } = this.#network.transit(this.process.host.name, this.peer.process.host.name);
    piece.arrivesMs = Math.max(this.#lastArrivalMs, this.#network.scheduler.nowMs + delayMs);
    this.#lastArrivalMs = piece.arrivesMs;
    this.#outgoing.push(piece);
    this.#bytesUnderWay += piece.bytes?.length ?? 0;
    this.#pump();
  }

  /** Delivers the first piece when its time has come; one at a time, so the order holds. */
  #pump(): void {
    const first = this.#outgoing[0];
    if (first === undefined || this.#pumping || this.peer.#paused) return;
    this.#pumping = true;
    this.#network.scheduler.after(first.arrivesMs - this.#network.scheduler.nowMs, () => {
      this.#pumping = false;
      if (this.#outgoing[0] !== first) return;
      if (this.#network.transit(this.process.host.name, this.peer.process.host.name).arrives) this.#deliver(first);
      else this.#retransmit(first);
    });
  }

  #deliver(piece: Piece): void {
    if (this.peer.#paused) return; // resume() pumps
    this.#stuckSinceMs = undefined;
    this.#retransmitMs = RETRANSMIT_MS;
    this.#outgoing.shift();
    this.#bytesUnderWay -= piece.bytes?.length ?? 0;
    const peer = this.peer;
    if (!peer.closed) {
      peer.process.enter(() => {
        if (peer.closed) return;
        if (piece.bytes !== undefined) peer.events?.onData(piece.bytes);
        else peer.#onPeerEnd();
      });
    }
    if (this.#outgoing.length > 0) this.#pump();
    else if (this.closed) this.#resetPeer();
    else this.process.enter(() => this.events?.onDrain?.());
  }

  #onPeerEnd(): void {
    this.events?.onEnd();
    if (this.#ended && this.#outgoing.length === 0) {
      this.abort(undefined);
      this.peer.abort(undefined);
    }
  }

  #retransmit(piece: Piece): void {
    const nowMs = this.#network.scheduler.nowMs;
    this.#stuckSinceMs ??= nowMs;
    if (nowMs - this.#stuckSinceMs > STUCK_MS) {
      this.abort(Object.assign(new Error("ETIMEDOUT: write"), { code: "ETIMEDOUT" }));
      this.#resetPeer();
      return;
    }
    piece.arrivesMs = nowMs + this.#retransmitMs;
    this.#retransmitMs = Math.min(LONGEST_RETRANSMIT_MS, this.#retransmitMs * 2);
    this.#pump();
  }
}
