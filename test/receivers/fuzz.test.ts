/**
 * Every wire, fed with what foreign programs wrote and chance has damaged: nothing breaks, nothing hangs, every connection
 * comes to its end, and what is taken is a sample. `SEED=…` replays.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { silentLog } from "#src/core/log.ts";
import { NameTable } from "#src/core/name-table.ts";
import { realWorld } from "#src/core/real/world.ts";
import type { SampleBatch, SeriesStore } from "#src/core/series-store.ts";
import type { Connection, ConnectionEvents, HttpBodyEvents, HttpExchange, Listener, Net } from "#src/core/world.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { Doorkeeper } from "#src/receivers/doorkeeper.ts";
import { frameProtocol } from "#src/receivers/frames.ts";
import { openHttp } from "#src/receivers/http.ts";
import { Intake } from "#src/receivers/intake.ts";
import { lineProtocol } from "#src/receivers/line.ts";
import { openStream } from "#src/receivers/stream.ts";
import { type SeededRandom, seeded } from "../support/random.ts";

const RUNS = 150;
const REMOTE = { host: "10.0.0.7", port: 40_000 };
const NOWHERE = { host: "127.0.0.1", port: 0 };
/** Turns of the event loop that cost next to nothing, then waits of a millisecond: gzip works on another thread. */
const QUICK_TURNS = 100;
const MAX_TURNS = 10_000;

function fixture(name: string): Uint8Array {
  return Uint8Array.from(
    readFileSync(fileURLToPath(new URL(`../../../test/fixtures/streams/${name}`, import.meta.url))),
  );
}

/** Receivers whose connections are calls. */
class Wires {
  readonly names = new NameTable(1);
  samples = 0;
  connect!: (connection: Connection) => ConnectionEvents;
  request!: (exchange: HttpExchange) => HttpBodyEvents;
  readonly listeners: Listener[] = [];

  async open(wire: string): Promise<void> {
    const listener: Listener = { address: NOWHERE, close: () => Promise.resolve() };
    const net = {
      listen: (options: { accept: Wires["connect"] }) => {
        this.connect = (connection) => options.accept(connection);
        return Promise.resolve(listener);
      },
      serveHttp: (options: { accept: Wires["request"] }) => {
        this.request = (exchange) => options.accept(exchange);
        return Promise.resolve(listener);
      },
    } as unknown as Net;
    const world = { ...realWorld(), net };
    const metrics = createMetrics();
    const store = {
      names: this.names,
      resolve: (name: string) => this.names.addSeries(name),
      append: (batch: SampleBatch) => this.#take(batch),
      pendingBytes: () => 0,
      durable: () => Promise.resolve(),
    } as unknown as SeriesStore;
    const log = silentLog;
    const intake = new Intake({ world, log, metrics, store, newSeriesPerSecond: 1e9, onSamples: () => undefined });
    const context = { world, log, intake, doorkeeper: new Doorkeeper({ log, metrics, rejects: intake.rejects }) };
    if (wire === "http") this.listeners.push(await openHttp(context, NOWHERE));
    else {
      const framed = wire === "pickle" || wire === "protobuf";
      const protocol = framed ? frameProtocol(context, wire) : lineProtocol(context, "line_tcp");
      this.listeners.push(await openStream(context, protocol, NOWHERE));
    }
  }

  #take({ length, ids, seconds, values }: SampleBatch): void {
    this.samples += length;
    for (let i = 0; i < length; i++) {
      assert.ok(ids[i]! >= 0 && ids[i]! < this.names.ids, `id ${ids[i]}`);
      assert.ok(!Number.isNaN(values[i]) && Number.isInteger(seconds[i]), `${values[i]} ${seconds[i]}`);
    }
  }
}

/** Feeds a stream in pieces, as sockets do; resolves when the receiver has ended or cut the connection. */
async function stream(wires: Wires, bytes: Uint8Array, random: SeededRandom): Promise<void> {
  let over = false;
  let paused = false;
  const done = (): void => {
    over = true;
  };
  const events = wires.connect({
    remote: REMOTE,
    unsentBytes: 0,
    send: () => undefined,
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    end: done,
    destroy: done,
  });
  await pour(
    bytes,
    random,
    (piece) => events.onData(piece),
    () => paused,
    () => over,
  );
  events.onEnd();
  await settle(() => over);
  events.onClose(undefined);
}

async function post(wires: Wires, bytes: Uint8Array, random: SeededRandom, encoding: string): Promise<number> {
  let status = 0;
  let paused = false;
  const events = wires.request({
    remote: REMOTE,
    method: "POST",
    target: "/",
    headers: { "content-encoding": encoding },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    respond: (given) => {
      assert.equal(status, 0, "one answer a request");
      status = given;
    },
  });
  await pour(
    bytes,
    random,
    (piece) => events.onData(piece),
    () => paused,
    () => status !== 0,
  );
  events.onEnd();
  await settle(() => status !== 0);
  return status;
}

async function pour(
  bytes: Uint8Array,
  random: SeededRandom,
  feed: (piece: Uint8Array) => void,
  isPaused: () => boolean,
  isOver: () => boolean,
): Promise<void> {
  for (let at = 0; at < bytes.length && !isOver(); ) {
    const next = at + 1 + random.below(random.pick([3, 60, 4_000]));
    feed(bytes.slice(at, next));
    at = next;
    await settle(() => !isPaused() || isOver());
  }
}

async function settle(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    assert.ok(turn < MAX_TURNS, "it hangs");
    await (turn < QUICK_TURNS ? setImmediate() : setTimeout(1));
  }
}

function damaged(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let i = random.below(5); i > 0; i--) copy[random.below(copy.length)] = random.below(256);
  const kind = random.below(5);
  if (kind === 0) return copy.subarray(0, random.below(copy.length));
  if (kind === 1)
    return Buffer.concat([copy.subarray(0, random.below(copy.length)), copy.subarray(random.below(copy.length))]);
  if (kind === 2) return Buffer.concat([copy, copy]);
  return copy;
}

const CORPUS: Readonly<Record<string, readonly string[]>> = {
  line: [
    "lines.txt",
    "small.txt",
    "carbon-c-relay.gzip",
    "carbon-c-relay.lz4",
    "carbon-c-relay.snappy",
    "lz4-all-checksums.lz4",
    "python-snappy.framing",
    "gzip-two-members.gz",
  ],
  pickle: ["python.pickle"],
  protobuf: ["carbon.protobuf"],
};

for (const [wire, corpus] of Object.entries(CORPUS)) {
  test(`${wire}: damaged streams of foreign programs`, async () => {
    const random = seeded();
    const wires = new Wires();
    await wires.open(wire);
    for (const name of corpus) {
      const whole = fixture(name);
      await stream(wires, whole, random);
      assert.ok(wires.samples > 0, `${name} holds samples`);
      for (let run = 0; run < RUNS; run++) {
        try {
          await stream(wires, damaged(whole, random), random);
        } catch (error) {
          throw new Error(`seed ${random.seed}, ${name}, run ${run}`, { cause: error });
        }
      }
    }
    for (const listener of wires.listeners) await listener.close();
  });
}

test("http: damaged bodies have one answer each", async () => {
  const random = seeded();
  const wires = new Wires();
  await wires.open("http");
  const lines = fixture("lines.txt");
  assert.equal(await post(wires, lines, random, ""), 200);
  const statuses = new Set<number>();
  for (let run = 0; run < RUNS * 2; run++) {
    const gzip = random.chance(0.5);
    const body = damaged(gzip ? gzipSync(lines) : lines, random);
    statuses.add(await post(wires, body, random, gzip ? "gzip" : "identity"));
  }
  assert.deepEqual(
    [...statuses].filter((status) => ![200, 204, 400].includes(status)),
    [],
    `seed ${random.seed}`,
  );
  assert.ok(statuses.has(400) && statuses.has(200));
});
