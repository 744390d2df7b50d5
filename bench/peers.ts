/**
 * Who is measured: our built program, and beside it Debian's victoria-metrics and carbon-cache, and a sink that only
 * counts lines. Each is a process of its own with a directory of its own; all listen on free ports of the loopback.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../test/support/live.ts";
import { directoryBytes, type Measured, startMeasured, waitFor, waitUntilQuiet } from "./process.ts";
import { countWhisperPoints } from "./whisper-points.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const SINK = fileURLToPath(new URL("./sink.js", import.meta.url));
const VICTORIA = "/usr/bin/victoria-metrics";
const CARBON = "/usr/bin/carbon-cache";
/** As `npm start` starts it. */
const NODE_FLAGS = ["--max-semi-space-size=4"];
const LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
/** Two days are the retention of what is sent; less some time for the measurement. */
const KEPT_SECONDS = 46 * 3_600;
const ASK_MS = 60_000;
/** What a peer that gives no receipts may take to read what it was sent. */
const STORED_MS = 180_000;

export interface Peer {
  readonly name: string;
  /** Changes when it is started again. */
  readonly program: Measured;
  readonly linePort: number;
  /** Of pages and queries. */
  readonly url: string;
  readonly givesReceipts: boolean;
  /** When all of so many lines are stored, as far as it can be asked; at once where receipts say so. */
  stored(lines: number): Promise<void>;
  /** Does all that it does sooner or later with samples that span so much, until it does nothing for so long. */
  tidy(spanSeconds: number, quietSeconds: number): Promise<void>;
  disk(): Disk;
}

export interface Disk {
  /** Of the samples as they were sent, without what is summed up from them. */
  readonly sampleBytes: number;
  readonly allBytes: number;
}

export interface Ours extends Peer {
  readonly directory: string;
  /** As after a kill; returns when it listens, and says how long it took to do what `ready` asks. */
  start(ready: () => Promise<boolean>, env?: Environment): Promise<number>;
}

/** What is not there to be measured, and so is no failure. */
export class Missing extends Error {}

type Environment = Readonly<Record<string, string>>;

export type WithPeer = <T>(work: (peer: Peer) => Promise<T>) => Promise<T>;

/** The work without the peer where that is not installed. */
export async function optionally<T>(withPeer: WithPeer, work: (peer: Peer | undefined) => Promise<T>): Promise<T> {
  try {
    return await withPeer(work);
  } catch (error) {
    if (error instanceof Missing) return work(undefined);
    throw error;
  }
}

export interface OursOptions {
  /** A module that is loaded before the program. */
  readonly preload?: string;
  readonly env?: Environment;
}

export function withOurs<T>(work: (ours: Ours) => Promise<T>, { preload, env: always }: OursOptions = {}): Promise<T> {
  return inDirectory("ours", async (directory) => {
    const [http, line, time] = [await freePort(), await freePort(), await freePort()];
    const addresses = ["--http", http, "--line", line, "--time", time].map((word) =>
      typeof word === "number" ? `127.0.0.1:${word}` : word,
    );
    const args = [
      ...NODE_FLAGS,
      ...(preload === undefined ? [] : ["--import", preload]),
      ...[PROGRAM, "aggregator", ...addresses, "--data", directory],
    ];
    const url = `http://127.0.0.1:${http}`;
    let program: Measured;
    const start: Ours["start"] = async (ready, env) => {
      const started = performance.now();
      program = startMeasured(process.execPath, args, {
        LOCKSTEP_RECEIVERS_NEW_SERIES_PER_SECOND: "10000000",
        ...always,
        ...env,
      });
      try {
        await waitFor("our program", program, async () => (await ready()) || undefined, {
          everyMs: 5,
          giveUpMs: STORED_MS,
        });
      } catch (error) {
        await program.kill();
        throw error;
      }
      return performance.now() - started;
    };
    const listening = async () => (await accepts(line)) && (await accepts(http));
    await start(listening);
    return whileRunning(
      {
        name: "ours",
        directory,
        url,
        linePort: line,
        givesReceipts: true,
        get program() {
          return program;
        },
        start,
        stored: () => Promise.resolve(),
        async tidy(spanSeconds, quietSeconds) {
          await program.stop();
          await start(listening, clockAhead(KEPT_SECONDS - spanSeconds));
          await waitUntilQuiet(program, directory, quietSeconds);
        },
        disk: () => ({
          sampleBytes: directoryBytes(join(directory, "store"), /^0-.*\.seg$/),
          allBytes: directoryBytes(directory),
        }),
      },
      work,
    );
  });
}

export function withVictoria<T>(work: (victoria: Peer) => Promise<T>): Promise<T> {
  if (!existsSync(VICTORIA)) throw new Missing(`${VICTORIA} is not there`);
  return inDirectory("victoria", async (directory) => {
    const [http, line] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${http}`;
    const program = startMeasured(VICTORIA, [
      `-graphiteListenAddr=127.0.0.1:${line}`,
      `-httpListenAddr=127.0.0.1:${http}`,
      `-storageDataPath=${directory}`,
      "-retentionPeriod=1y",
      "-search.maxUniqueTimeseries=2000000",
      "-loggerLevel=ERROR",
    ]);
    const peer: Peer = {
      name: "VictoriaMetrics",
      program,
      url,
      linePort: line,
      givesReceipts: false,
      async stored(lines) {
        const ask = async () =>
          (await counter(url, 'vm_rows_inserted_total{type="graphite"}')) >= lines ? true : undefined;
        await waitFor(`${lines} rows in VictoriaMetrics`, program, ask, { giveUpMs: STORED_MS });
        await ok(`${url}/internal/force_flush`);
      },
      async tidy(_, quietSeconds) {
        await ok(`${url}/internal/force_merge`);
        await waitUntilQuiet(program, directory, quietSeconds);
      },
      disk: () => ({ sampleBytes: directoryBytes(directory), allBytes: directoryBytes(directory) }),
    };
    return whileRunning(peer, async (running) => {
      await waitFor(
        "VictoriaMetrics",
        program,
        async () => ((await accepts(line)) && (await accepts(http))) || undefined,
      );
      return work(running);
    });
  });
}

/** Whisper files with one archive of a day; each has all of its room from the start. */
export function withCarbon<T>(work: (carbon: Peer) => Promise<T>): Promise<T> {
  if (!existsSync(CARBON)) throw new Missing(`${CARBON} is not there`);
  return inDirectory("carbon", async (directory) => {
    const line = await freePort();
    await writeCarbonSettings(directory, line);
    const arguments_ = ["--nodaemon", `--config=${directory}/conf/carbon.conf`, `--pidfile=${directory}/pid`, "start"];
    const program = startMeasured(CARBON, arguments_);
    const whisper = join(directory, "whisper", "connect");
    const peer: Peer = {
      name: "carbon-cache",
      program,
      url: "",
      linePort: line,
      givesReceipts: false,
      async stored(lines) {
        const ask = async () => (countWhisperPoints(whisper) >= lines ? true : undefined);
        await waitFor(`${lines} points in whisper files`, program, ask, { everyMs: 500, giveUpMs: STORED_MS });
      },
      tidy: () => Promise.resolve(),
      disk: () => ({ sampleBytes: directoryBytes(whisper), allBytes: directoryBytes(whisper) }),
    };
    return whileRunning(peer, async (running) => {
      await waitFor("carbon-cache", program, async () => (await accepts(line)) || undefined);
      return work(running);
    });
  });
}

async function writeCarbonSettings(directory: string, line: number): Promise<void> {
  const configuration = join(directory, "conf");
  for (const name of ["conf", "whisper", "log"]) mkdirSync(join(directory, name));
  writeFileSync(join(configuration, "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 10s:1d\n");
  const settings = {
    STORAGE_DIR: directory,
    LOCAL_DATA_DIR: join(directory, "whisper"),
    LOG_DIR: join(directory, "log"),
    CONF_DIR: configuration,
    PID_DIR: directory,
    LINE_RECEIVER_INTERFACE: "127.0.0.1",
    LINE_RECEIVER_PORT: line,
    PICKLE_RECEIVER_INTERFACE: "127.0.0.1",
    PICKLE_RECEIVER_PORT: await freePort(),
    CACHE_QUERY_INTERFACE: "127.0.0.1",
    CACHE_QUERY_PORT: await freePort(),
    MAX_CACHE_SIZE: "inf",
    MAX_CREATES_PER_MINUTE: "inf",
    MAX_UPDATES_PER_SECOND: "inf",
    ENABLE_UDP_LISTENER: "False",
    LOG_UPDATES: "False",
    LOG_CREATES: "False",
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  writeFileSync(join(configuration, "carbon.conf"), `[cache]\n${lines.join("\n")}\n`);
}

export async function withSink<T>(work: (sink: Peer) => Promise<T>): Promise<T> {
  const line = await freePort();
  const program = startMeasured(process.execPath, [SINK, String(line)]);
  const peer: Peer = {
    name: "a sink",
    program,
    url: "",
    linePort: line,
    givesReceipts: true,
    async stored(lines) {
      // It counts the requests for receipts as well: one for each time that it was sent to.
      const reports = [...program.output().matchAll(/^lines (\d+)$/gm)].map(([, counted]) => Number(counted));
      if (reports.at(-1) !== lines + reports.length)
        throw new Error(`the sink counted ${reports.join()}, not ${lines}`);
    },
    tidy: () => Promise.resolve(),
    disk: () => ({ sampleBytes: 0, allBytes: 0 }),
  };
  return whileRunning(peer, async (running) => {
    await waitFor("the sink", program, async () => (await accepts(line)) || undefined);
    return work(running);
  });
}

/**
 * A window is closed when the clock says that it is over, and merged with others when their day is: so, for what is left
 * on disk in the end, our program is started with a clock that is ahead, as far as the samples' retention allows.
 */
function clockAhead(seconds: number): Environment {
  if (!existsSync(LIBFAKETIME)) throw new Missing(`${LIBFAKETIME} is not there`);
  return {
    LD_PRELOAD: LIBFAKETIME,
    FAKETIME: `+${seconds}`,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
}

async function whileRunning<P extends Peer, T>(peer: P, work: (peer: P) => Promise<T>): Promise<T> {
  try {
    return await work(peer);
  } finally {
    // What it would still write out is removed with its directory.
    await peer.program.kill();
  }
}

async function inDirectory<T>(name: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), `lockstep-bench-${name}-`));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, maxRetries: 3 });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A page that has to answer well. */
export async function ok(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.slice(0, 300)} answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}

async function counter(url: string, series: string): Promise<number> {
  const line = (await ok(`${url}/metrics`)).split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}
