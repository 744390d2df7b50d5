/** Carbon's plaintext protocol over TCP and UDP (by convention on port 2003). */
import { LineParser } from "../carbon/line.ts";
import { formatReceipt } from "../carbon/receipt.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { formatHostPort } from "../core/options.ts";
import type { Connection, ConnectionEvents, Listener, SocketAddress, Timer, UdpSocket, World } from "../core/world.ts";
import type { Intake } from "./intake.ts";

const IDLE_CHECK_MS = 30_000;

export interface LineReceiverOptions {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly intake: Intake;
  readonly listen: SocketAddress;
}

const encoder = new TextEncoder();

/** Listens for plaintext lines over TCP; answers receipts. Rejects when the address can't be bound. */
export async function openLineTcp(options: LineReceiverOptions): Promise<Listener> {
  const { world, log, metrics, intake, listen } = options;
  const open = new Set<LineConnection>();
  const refused = metrics.counter("lockstep_receiver_connections_refused_total", "Connections over the limit.", []);
  metrics.gauge("lockstep_receiver_connections", "Open connections of the line receiver.", [], () => [
    { labels: {}, value: open.size },
  ]);
  const listener = await world.net.listen({
    ...listen,
    maxConnections: LIMITS.connections,
    onRefused: (remote) => {
      refused.add(1, {});
      log.limited("warn", "connections", "refused a connection: too many are open", { remote: remote.host });
    },
    accept: (connection) => {
      const line = new LineConnection(connection, intake, world, () => open.delete(line));
      open.add(line);
      return line;
    },
  });
  const idle = watchIdle(open, world);
  log.info("receiving Carbon lines over TCP", { address: formatHostPort(listener.address) });
  return {
    address: listener.address,
    close: () => {
      idle.cancel();
      return listener.close();
    },
  };
}

/** Closes connections that have fallen silent. */
function watchIdle(open: ReadonlySet<LineConnection>, world: World): Timer {
  let timer: Timer;
  const look = (): void => {
    const nowMs = world.clock.monotonicMs();
    for (const connection of open) connection.closeIfIdle(nowMs);
    timer = world.timers.after(IDLE_CHECK_MS, look);
  };
  timer = world.timers.after(IDLE_CHECK_MS, look);
  return { cancel: () => timer.cancel() };
}

class LineConnection implements ConnectionEvents {
  #paused = false;
  readonly #connection: Connection;
  readonly #intake: Intake;
  readonly #world: World;
  readonly #parser: LineParser;
  readonly #onGone: () => void;
  #heardMs: number;
  #open = true;

  constructor(connection: Connection, intake: Intake, world: World, onGone: () => void) {
    this.#connection = connection;
    this.#intake = intake;
    this.#world = world;
    this.#onGone = onGone;
    this.#heardMs = world.clock.monotonicMs();
    const sink = intake.sender("line_tcp", connection.remote, (node, sequence) => this.#answer(node, sequence));
    this.#parser = new LineParser(intake.store.names, sink, () => Math.floor(world.clock.wallMs() / 1000));
  }

  onData(bytes: Uint8Array): void {
    this.#heardMs = this.#world.clock.monotonicMs();
    this.#parser.feed(bytes);
    if (this.#paused || !this.#intake.congested) return;
    this.#paused = true;
    this.#connection.pause();
    this.#intake.whenRelieved(() => {
      this.#paused = false;
      this.#heardMs = this.#world.clock.monotonicMs();
      this.#connection.resume();
    });
  }

  onEnd(): void {
    this.#parser.end();
    // Our FIN says that everything was read; a sender may wait for it. Receipts that are due go out before it.
    this.#intake.store.durable().then(
      () => this.#connection.end(),
      () => this.#connection.destroy(),
    );
  }

  onClose(): void {
    this.#open = false;
    this.#parser.end();
    this.#onGone();
  }

  closeIfIdle(nowMs: number): void {
    if (!this.#paused && nowMs - this.#heardMs > LIMITS.idleConnectionMs) this.#connection.destroy();
  }

  #answer(node: string, sequence: number): void {
    this.#intake.store.durable().then(
      () => {
        if (this.#open) this.#connection.send(encoder.encode(formatReceipt(node, sequence)));
      },
      () => this.#connection.destroy(), // the store is closing: the sender keeps what it has no receipt for
    );
  }
}

/** Listens for plaintext lines over UDP. Rejects when the address can't be bound. */
export async function openLineUdp(options: LineReceiverOptions): Promise<UdpSocket> {
  const { world, log, intake, listen, metrics } = options;
  const dropped = metrics.counter(
    "lockstep_receiver_datagrams_dropped_total",
    "Datagrams not read: the disk does not keep up.",
    [],
  );
  const nowSeconds = (): number => Math.floor(world.clock.wallMs() / 1000);
  const socket = await world.net.bindUdp({
    ...listen,
    onMessage: (bytes, from) => {
      // UDP has no back-pressure: what comes while the store can't take it is lost, and counted.
      if (intake.congested) dropped.add(1, {});
      else new LineParser(intake.store.names, intake.sender("line_udp", from), nowSeconds).feedDatagram(bytes);
    },
    onError: (error) => log.limited("warn", "udp", `UDP receiver: ${errorText(error)}`),
  });
  log.info("receiving Carbon lines over UDP", { address: formatHostPort(socket.address) });
  return socket;
}
