/** Receivers over real sockets of the loopback and a store in memory: what was taken, refused and counted. */
import { connect } from "node:net";
import { Closing } from "#src/commands/compose/closing.ts";
import { openReceivers, type ReceiverAddresses } from "#src/commands/compose/receivers.ts";
import { loadConfig } from "#src/config/load.ts";
import { configSchema } from "#src/config/schema.ts";
import { LockstepError } from "#src/core/errors.ts";
import { createLog } from "#src/core/log.ts";
import { NameTable } from "#src/core/name-table.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { SampleBatch, SeriesStore } from "#src/core/series-store.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { Intake } from "#src/receivers/intake.ts";

export interface Receiving {
  readonly addresses: ReceiverAddresses;
  readonly intake: Intake;
  /** `name value stamp`, in the order of arrival. */
  readonly samples: string[];
  /** Lines of the log. */
  readonly logged: string[];
  /** What the store tells receivers of itself; tests change it. */
  readonly store: { pendingBytes: number; seriesLimit: number; durable: () => Promise<void> };
  /** Reasons with how often. */
  rejected(): Record<string, number>;
  /** The value of a counter or gauge, all labels together. */
  reading(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  close(): Promise<void>;
}

/** Settings by their path: `receivers.pickle` → `127.0.0.1:0`. */
export async function openReceiving(
  settings: Readonly<Record<string, unknown>> = {},
  world = realWorld(),
): Promise<Receiving> {
  const config = loadConfig(configSchema, {
    environment: {},
    flags: Object.entries({ "receivers.line": "127.0.0.1:0", ...settings }).map(([key, value]) => {
      return { flag: key, path: key.split("."), value };
    }),
  }).values;
  const metrics = createMetrics();
  const samples: string[] = [];
  const logged: string[] = [];
  const names = new NameTable(1);
  const store = { pendingBytes: 0, seriesLimit: 1_000_000, durable: () => Promise.resolve() };
  const log = createLog({ clock: world.clock, level: "info", write: (line) => logged.push(line) });
  const intake = new Intake({
    world,
    log,
    metrics,
    newSeriesPerSecond: config.receivers.newSeriesPerSecond,
    onSamples: () => undefined,
    store: {
      names,
      resolve: (name: string) => {
        if (names.ids >= store.seriesLimit) throw new LockstepError("STORE_SERIES_LIMIT", "the store is full");
        return names.addSeries(name);
      },
      append: ({ length, ids, seconds, values }: SampleBatch) => {
        for (let i = 0; i < length; i++) samples.push(`${names.nameOf(ids[i]!)} ${values[i]} ${seconds[i]}`);
      },
      pendingBytes: () => store.pendingBytes,
      durable: () => store.durable(),
    } as unknown as SeriesStore,
  });
  const closing = new Closing();
  const opening = openReceivers({ world, log, metrics, config }, intake, closing);
  const addresses = await opening.catch(async (error: unknown) => {
    await closing.run();
    throw error;
  });
  return {
    addresses,
    intake,
    samples,
    logged,
    store,
    rejected: () => Object.fromEntries(intake.rejects.byReason().map(({ reason, count }) => [reason, count])),
    async reading(name, labels = {}) {
      const found = (await metrics.readings()).filter((one) => {
        return one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value);
      });
      return found.reduce((sum, { value }) => sum + value, 0);
    },
    close: () => closing.run(),
  };
}

/** Sends bytes, half-closes, and resolves with the answer once the receiver has closed too. */
export function sendAll(
  to: { readonly port: number } | { readonly path: string },
  bytes: Uint8Array | string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: "127.0.0.1", ...to }, () => socket.end(bytes));
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => resolve(answer));
  });
}
