/**
 * What all receivers over streams have in common, whatever is spoken: who is let in, TLS, compression, back-pressure,
 * and the end of connections that have fallen silent. What the bytes mean is a session's business.
 */
import { type Compression, recogniseCompression } from "../carbon/compression.ts";
import type { LineRejection, LineSink } from "../carbon/line.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type {
  Connection,
  ConnectionEvents,
  Door,
  Listener,
  SocketAddress,
  Timer,
  TlsIdentity,
  TlsListenOptions,
  World,
} from "../core/world.ts";
import type { Doorkeeper } from "./doorkeeper.ts";
import { type Flow, openFlow } from "./flow.ts";
import type { Intake } from "./intake.ts";

export interface ReceiverContext {
  readonly world: World;
  readonly log: Log;
  readonly intake: Intake;
  readonly doorkeeper: Doorkeeper;
}

/** One way to speak Carbon over a stream. */
export interface StreamProtocol {
  /** The label of its counters: `line_tcp`. */
  readonly receiver: string;
  /** Whether what comes may be compressed. */
  readonly compressed: boolean;
  open(peer: StreamPeer): StreamSession;
}

export interface StreamPeer {
  sink(onReceiptRequest?: (node: string, sequence: number) => void): LineSink;
  send(bytes: Uint8Array): void;
  /** Nothing that follows can be read: the connection ends, and the reason is counted. */
  cut(reason: LineRejection, what: Uint8Array): void;
  destroy(): void;
}

export interface StreamSession {
  feed(bytes: Uint8Array): void;
  /** The stream has ended, in order or not: tells of what has no end. */
  end(): void;
}

const IDLE_CHECK_MS = 30_000;
/** No compression is recognised by more. */
const LONGEST_BEGINNING = 512;
const encoder = new TextEncoder();

export function openStream(
  context: ReceiverContext,
  protocol: StreamProtocol,
  listen: SocketAddress,
  identity?: TlsIdentity,
): Promise<Listener> {
  const tls = identity === undefined ? undefined : tlsListen(context, protocol.receiver, identity);
  return withIdleWatch(
    context,
    (accept) => context.world.net.listen({ ...listen, tls, door: context.doorkeeper.door(protocol.receiver), accept }),
    protocol,
  );
}

export function openUnixStream(context: ReceiverContext, protocol: StreamProtocol, path: string): Promise<Listener> {
  const door: Door = context.doorkeeper.door(protocol.receiver);
  return withIdleWatch(context, (accept) => context.world.net.listenUnix({ path, door, accept }), protocol);
}

/** Peers that fail at the handshake are counted, and told of now and then. */
export function tlsListen({ log, intake }: ReceiverContext, receiver: string, identity: TlsIdentity): TlsListenOptions {
  return {
    identity,
    onFailure: (remote, error) => {
      intake.rejects.add(receiver, remote, "tls", encoder.encode(errorText(error)));
      log.limited("warn", "tls-peer", `a peer failed at TLS: ${errorText(error)}`, { remote: remote.host });
    },
  };
}

async function withIdleWatch(
  context: ReceiverContext,
  listen: (accept: (connection: Connection) => ConnectionEvents) => Promise<Listener>,
  protocol: StreamProtocol,
): Promise<Listener> {
  const { world } = context;
  const open = new Set<StreamConnection>();
  const listener = await listen((connection) => {
    const one = new StreamConnection(context, protocol, connection, () => open.delete(one));
    open.add(one);
    return one;
  });
  let timer: Timer;
  const look = (): void => {
    const nowMs = world.clock.monotonicMs();
    for (const connection of open) connection.closeIfIdle(nowMs);
    timer = world.timers.after(IDLE_CHECK_MS, look);
  };
  timer = world.timers.after(IDLE_CHECK_MS, look);
  return {
    ...listener,
    close: () => {
      timer.cancel();
      return listener.close();
    },
  };
}

class StreamConnection implements ConnectionEvents, StreamPeer {
  readonly #context: ReceiverContext;
  readonly #receiver: string;
  readonly #connection: Connection;
  readonly #session: StreamSession;
  readonly #onGone: () => void;
  /** Bytes by which the compression is to be recognised; undefined once it is. */
  #beginning: Uint8Array | undefined;
  #flow: Flow;
  #congested = false;
  #busy = false;
  #open = true;
  #heardMs: number;

  constructor(context: ReceiverContext, protocol: StreamProtocol, connection: Connection, onGone: () => void) {
    this.#context = context;
    this.#receiver = protocol.receiver;
    this.#connection = connection;
    this.#onGone = onGone;
    this.#heardMs = context.world.clock.monotonicMs();
    this.#session = protocol.open(this);
    this.#flow = this.#openFlow("none");
    if (protocol.compressed) this.#beginning = new Uint8Array(0);
  }

  // ---- for the session --------------------------------------------------------------------------------------------

  sink(onReceiptRequest?: (node: string, sequence: number) => void): LineSink {
    return this.#context.intake.sender(this.#receiver, this.#connection.remote, onReceiptRequest);
  }
  send(bytes: Uint8Array): void {
    if (this.#open) this.#connection.send(bytes);
  }
  cut(reason: LineRejection, what: Uint8Array): void {
    this.#context.intake.rejects.add(this.#receiver, this.#connection.remote, reason, what);
    this.destroy();
  }
  destroy(): void {
    this.#open = false;
    this.#flow.close();
    this.#connection.destroy();
  }

  // ---- from the connection ----------------------------------------------------------------------------------------

  onData(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#heardMs = this.#context.world.clock.monotonicMs();
    if (this.#beginning === undefined) this.#flow.feed(bytes);
    else this.#begin(Buffer.concat([this.#beginning, bytes]), false);
  }

  onEnd(): void {
    if (!this.#open) return;
    if (this.#beginning !== undefined) this.#begin(this.#beginning, true);
    this.#flow.end(() => {
      this.#session.end();
      // Our FIN says that everything was read; a sender may wait for it. Receipts that are due go out before it.
      this.#context.intake.store.durable().then(
        () => this.#connection.end(),
        () => this.#connection.destroy(),
      );
    });
  }

  onClose(): void {
    this.#open = false;
    this.#flow.close();
    this.#session.end();
    this.#onGone();
  }

  closeIfIdle(nowMs: number): void {
    const waits = this.#congested || this.#busy;
    if (waits || nowMs - this.#heardMs <= LIMITS.idleConnectionMs) return;
    this.#context.doorkeeper.countIdle(this.#receiver, this.#connection.remote);
    this.#connection.destroy();
  }

  // ---- between the two --------------------------------------------------------------------------------------------

  #begin(bytes: Uint8Array, ended: boolean): void {
    const last = ended || bytes.length >= LONGEST_BEGINNING;
    const compression = recogniseCompression(bytes) ?? (last ? "none" : undefined);
    this.#beginning = compression === undefined ? bytes : undefined;
    if (compression === undefined) return;
    this.#flow = this.#openFlow(compression);
    if (bytes.length > 0) this.#flow.feed(bytes);
  }

  #openFlow(compression: Compression): Flow {
    return openFlow(compression, {
      timers: this.#context.world.timers,
      mayBeUnfinished: true,
      onBytes: (bytes) => {
        if (!this.#open) return;
        this.#session.feed(bytes);
        this.#waitIfCongested();
      },
      onDamage: (reason, error) => {
        const { intake, log } = this.#context;
        const { remote } = this.#connection;
        intake.rejects.add(this.#receiver, remote, reason, encoder.encode(errorText(error)));
        log.limited("warn", reason, errorText(error), { remote: remote.host });
        this.destroy();
      },
      onBusy: (busy) => {
        this.#busy = busy;
        this.#pauseOrResume();
      },
    });
  }

  #waitIfCongested(): void {
    const { intake, world } = this.#context;
    if (this.#congested || !intake.congested) return;
    this.#congested = true;
    this.#flow.pause();
    this.#pauseOrResume();
    intake.whenRelieved(() => {
      this.#congested = false;
      this.#heardMs = world.clock.monotonicMs();
      if (!this.#open) return;
      this.#pauseOrResume();
      this.#flow.resume();
    });
  }

  #pauseOrResume(): void {
    if (!this.#open) return;
    if (this.#congested || this.#busy) this.#connection.pause();
    else this.#connection.resume();
  }
}
