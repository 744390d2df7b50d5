/**
 * Sends samples to a Carbon server over TCP, in plaintext, and knows what has arrived.
 *
 * Samples gather into batches; each batch ends with a request for a receipt and is kept until the receipt comes. When
 * the connection breaks, everything without a receipt is sent again: a slot holds its last write, so sending twice does
 * no harm. A server that never gives receipts (carbon-cache, VictoriaMetrics, a relay) is recognised by that: then a
 * batch counts as sent once the system has taken it, and as unproven.
 *
 *     send ─► open batch ─► queue: [sent, waiting for its receipt …][not sent yet …] ─► connection
 *                             oldest dropped first when the queue is full, and counted
 */
import { formatReceiptRequest, ReceiptParser } from "../carbon/receipt.ts";
import { errorText } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import { formatHostPort } from "../core/options.ts";
import type { Sample } from "../core/sample.ts";
import type { Connection, ConnectionEvents, SocketAddress, Timer, World } from "../core/world.ts";
import type { CarbonOptions } from "./options.ts";

/** A batch is sealed at this size, or after FLUSH_MS. */
const BATCH_BYTES = 64 * 1024;
const FLUSH_MS = 200;
const CONNECT_MS = 5_000;
const BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** No receipt for this long after a request: the server does not give any, or the connection is dead. */
const RECEIPT_MS = 15_000;
/** Sent and not yet receipted, or not yet taken by the system: no more than this at once. */
const WINDOW_BYTES = 1024 * 1024;
/** Batches that are kept for sending again towards a server that gives no receipts. */
const UNPROVEN_BATCHES = 2;

interface Batch {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly samples: number;
  sentMs: number | undefined;
}

export interface CarbonExporterOptions {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names the sender in receipts. */
  readonly node: string;
  readonly to: SocketAddress;
  readonly options: CarbonOptions;
}

export interface CarbonExporter {
  send(samples: readonly Sample[]): void;
  status(): CarbonStatus;
  /** Sends what is left, as far as that goes within the time; returns how many samples were left behind. */
  close(timeoutMs: number): Promise<number>;
}

export interface CarbonStatus {
  readonly to: string;
  readonly connected: boolean;
  /** Whether the server proves by receipts that samples are on its disk; undefined while that is not known. */
  readonly receipts: boolean | undefined;
  readonly queuedSamples: number;
  readonly queuedBytes: number;
  readonly confirmedSamples: number;
  readonly unprovenSamples: number;
  readonly droppedSamples: Readonly<Record<DropReason, number>>;
}

type DropReason = "queue_full" | "not_a_number" | "bad_name";

const encoder = new TextEncoder();

export function openCarbonExporter(options: CarbonExporterOptions): CarbonExporter {
  return new TcpCarbonExporter(options);
}

class TcpCarbonExporter implements CarbonExporter {
  readonly #world: World;
  readonly #log: Log;
  readonly #node: string;
  readonly #to: SocketAddress;
  readonly #queueBytesLimit: number;
  readonly #sentPoints: Counter<"proof">;
  readonly #droppedPoints: Counter<"reason">;
  readonly #counts = { confirmed: 0, unproven: 0 };
  readonly #dropped: Record<DropReason, number> = { queue_full: 0, not_a_number: 0, bad_name: 0 };
  #lines: string[] = [];
  #linesBytes = 0;
  #queue: Batch[] = [];
  #queueBytes = 0;
  #sequence = 0;
  #connection: Connection | undefined;
  #connecting = false;
  /** Of the queue, how many batches have been sent over the present connection. */
  #sent = 0;
  #receipts: boolean | undefined;
  #failures = 0;
  #timers = new Set<Timer>();
  #flushTimer: Timer | undefined;
  #onDrained: (() => void) | undefined;
  #closed = false;
  #closing: Promise<number> | undefined;

  constructor({ world, log, metrics, node, to, options }: CarbonExporterOptions) {
    this.#world = world;
    this.#log = log;
    this.#node = node;
    this.#to = to;
    this.#queueBytesLimit = options.queueSize;
    this.#sentPoints = metrics.counter(
      "lockstep_carbon_sent_points_total",
      "Points sent: proven to be on the server's disk by a receipt, or only taken by it.",
      ["proof"],
    );
    this.#droppedPoints = metrics.counter("lockstep_carbon_dropped_points_total", "Points given up, by reason.", [
      "reason",
    ]);
    metrics.gauge("lockstep_carbon_queued_points", "Points that wait to be sent or confirmed.", [], () => [
      { labels: {}, value: this.#queuedSamples() },
    ]);
    this.#connect();
    this.#after(RECEIPT_MS / 3, () => this.#watchReceipts());
  }

  send(samples: readonly Sample[]): void {
    for (const { name, value, seconds } of samples) {
      if (Number.isNaN(value)) this.#drop("not_a_number", 1);
      else if (!isSendable(name)) this.#drop("bad_name", 1);
      else {
        const line = `${name} ${formatValue(value)} ${seconds}\n`;
        this.#lines.push(line);
        this.#linesBytes += line.length;
        if (this.#linesBytes >= BATCH_BYTES) this.#seal();
      }
    }
    if (this.#lines.length > 0) this.#flushTimer ??= this.#world.timers.after(FLUSH_MS, () => this.#seal());
  }

  status(): CarbonStatus {
    return {
      to: formatHostPort(this.#to),
      connected: this.#connection !== undefined,
      receipts: this.#receipts,
      queuedSamples: this.#queuedSamples(),
      queuedBytes: this.#queueBytes + this.#linesBytes,
      confirmedSamples: this.#counts.confirmed,
      unprovenSamples: this.#counts.unproven,
      droppedSamples: { ...this.#dropped },
    };
  }

  close(timeoutMs: number): Promise<number> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<number> {
    this.#seal();
    if (this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
        this.#after(timeoutMs, resolve);
      });
    }
    this.#closed = true;
    this.#flushTimer?.cancel();
    for (const timer of this.#timers) timer.cancel();
    const left = this.#receipts === false && this.#sent === this.#queue.length ? 0 : this.#queuedSamples();
    this.#connection?.end();
    return left;
  }

  // ---- batches ----------------------------------------------------------------------------------------------------

  /** Closes the open batch with a request for a receipt and queues it. */
  #seal(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    if (this.#lines.length === 0) return;
    const sequence = ++this.#sequence;
    const seconds = Math.floor(this.#world.clock.wallMs() / 1000);
    const bytes = encoder.encode(this.#lines.join("") + formatReceiptRequest(this.#node, sequence, seconds));
    this.#queue.push({ sequence, bytes, samples: this.#lines.length, sentMs: undefined });
    this.#queueBytes += bytes.length;
    this.#lines = [];
    this.#linesBytes = 0;
    while (this.#queueBytes > this.#queueBytesLimit && this.#queue.length > 1) this.#dropOldest();
    this.#sendMore();
  }

  #dropOldest(): void {
    const oldest = this.#queue.shift()!;
    this.#queueBytes -= oldest.bytes.length;
    if (this.#sent > 0) this.#sent--;
    this.#drop("queue_full", oldest.samples);
    this.#log.limited("warn", "queue-full", "dropped the oldest samples: the queue is full", {
      to: formatHostPort(this.#to),
    });
  }

  #drop(reason: DropReason, samples: number): void {
    this.#dropped[reason] += samples;
    this.#droppedPoints.add(samples, { reason });
  }

  #queuedSamples(): number {
    return this.#queue.reduce((sum, batch) => sum + batch.samples, this.#lines.length);
  }

  /** Sends batches as long as the window has room. */
  #sendMore(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    let underWay = 0;
    for (let i = 0; i < this.#sent; i++) underWay += this.#queue[i]!.bytes.length;
    while (
      this.#sent < this.#queue.length &&
      (underWay === 0 || underWay < WINDOW_BYTES) &&
      connection.unsentBytes < WINDOW_BYTES
    ) {
      const batch = this.#queue[this.#sent++]!;
      batch.sentMs = this.#world.clock.monotonicMs();
      underWay += batch.bytes.length;
      connection.send(batch.bytes);
    }
    if (this.#receipts === false && connection.unsentBytes === 0) this.#releaseUnproven();
  }

  /** Batches up to this one are on the server's disk. */
  #onReceipt(sequence: number): void {
    this.#receipts = true;
    while (this.#sent > 0 && this.#queue[0]!.sequence <= sequence) {
      const batch = this.#queue.shift()!;
      this.#sent--;
      this.#queueBytes -= batch.bytes.length;
      this.#counts.confirmed += batch.samples;
      this.#sentPoints.add(batch.samples, { proof: "receipt" });
    }
    if (this.#queue.length === 0) this.#onDrained?.();
    this.#sendMore();
  }

  /** Without receipts: what the system has taken counts as sent; the last batches are kept in case it breaks now. */
  #releaseUnproven(): void {
    while (this.#sent > UNPROVEN_BATCHES) {
      const batch = this.#queue.shift()!;
      this.#sent--;
      this.#queueBytes -= batch.bytes.length;
      this.#counts.unproven += batch.samples;
      this.#sentPoints.add(batch.samples, { proof: "none" });
    }
    if (this.#sent === this.#queue.length) this.#onDrained?.();
  }

  // ---- the connection ---------------------------------------------------------------------------------------------

  #connect(): void {
    if (this.#closed || this.#connecting) return;
    this.#connecting = true;
    const receipts = new ReceiptParser(this.#node, (sequence) => this.#onReceipt(sequence));
    let connection: Connection | undefined;
    const events: ConnectionEvents = {
      onData: (bytes) => receipts.feed(bytes),
      onEnd: () => connection?.destroy(), // a server that has stopped reading can't confirm anything
      onDrain: () => this.#sendMore(),
      onClose: (error) => this.#onClose(connection, error),
    };
    this.#world.net.connect({ ...this.#to, timeoutMs: CONNECT_MS, events }).then(
      (made) => {
        connection = made;
        this.#onConnected(made);
      },
      (error: unknown) => {
        this.#connecting = false;
        this.#retry(errorText(error));
      },
    );
  }

  #onConnected(connection: Connection): void {
    this.#connecting = false;
    if (this.#closed) {
      connection.destroy();
      return;
    }
    if (this.#failures > 0) this.#log.info("connected again", { to: formatHostPort(this.#to) });
    this.#failures = 0;
    this.#connection = connection;
    this.#sent = 0;
    this.#sendMore();
  }

  #onClose(connection: Connection | undefined, error: Error | undefined): void {
    if (connection === undefined || connection !== this.#connection) return;
    this.#connection = undefined;
    this.#sent = 0;
    if (!this.#closed) this.#retry(error === undefined ? "the server closed the connection" : errorText(error));
  }

  /** Tries again after a random part of a pause that doubles: many sidecars must not come back in the same instant. */
  #retry(cause: string): void {
    const pauseMs = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** this.#failures++);
    this.#log.limited("warn", `connect ${cause}`, `no connection to ${formatHostPort(this.#to)}: ${cause}`);
    this.#after(pauseMs * this.#world.random.next(), () => this.#connect());
  }

  /** A server that has given receipts and stops is dead; one that has never given any does not know them. */
  #watchReceipts(): void {
    const oldest = this.#sent > 0 ? this.#queue[0]!.sentMs : undefined;
    const overdue = oldest !== undefined && this.#world.clock.monotonicMs() - oldest > RECEIPT_MS;
    if (overdue && this.#receipts === true) {
      this.#log.limited("warn", "silent", "no receipt came; connecting anew", { to: formatHostPort(this.#to) });
      this.#connection?.destroy();
    } else if (overdue && this.#receipts === undefined && this.#connection?.unsentBytes === 0) {
      this.#receipts = false;
      this.#log.info(
        "the server gives no receipts: samples count as sent once it has taken them, not proven on its disk",
        {
          to: formatHostPort(this.#to),
        },
      );
    }
    this.#sendMore();
    this.#after(RECEIPT_MS / 3, () => this.#watchReceipts());
  }

  #after(delayMs: number, run: () => void): void {
    const timer = this.#world.timers.after(delayMs, () => {
      this.#timers.delete(timer);
      if (!this.#closed) run();
    });
    this.#timers.add(timer);
  }
}

/** A name that would not split or end the line. */
function isSendable(name: string): boolean {
  return /^[\x21-\x7e\u00a1-\uffff]+$/.test(name);
}

/** As Python reads it: JavaScript's shortest form, with its own words for the infinities. */
function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  return String(value);
}
