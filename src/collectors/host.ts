/**
 * The machine itself: processors, memory, disks, filesystems and network, out of /proc. Connect's own page says nothing of
 * them, and its RRD files, which do, are deprecated.
 *
 * Each part stands for itself: one that is missing (a container without /proc/diskstats) is not there, and one that can't
 * be read is an error at the end, after all others were sent. Filesystems come last, since asking a network filesystem
 * whose server is gone never returns.
 */
import { z } from "zod";
import { errorCode, errorText, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { nameNode } from "../core/metric-name.ts";
import type { Counter } from "../core/metrics.ts";
import { readText } from "../core/read-file.ts";
import type { Subject } from "../core/subject.ts";
import { type Collector, type CollectorContext, collectorModule, type Emit, schedule } from "./collector.ts";
import { DISKSTATS, parseDiskstats } from "./proc/diskstats.ts";
import { LOADAVG, parseLoadavg } from "./proc/loadavg.ts";
import { MEMINFO, parseMeminfo } from "./proc/meminfo.ts";
import { NET_DEV, parseNetDev } from "./proc/net-dev.ts";
import { FILE_NR, parseFileNr, parseUptime, UPTIME } from "./proc/single.ts";
import { CPU_STATES, type CpuTimes, cpuShares, parseStat, STAT } from "./proc/stat.ts";

const options = z.strictObject({
  ...schedule("10s", "5s"),
  filesystems: z
    .record(
      z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a name here is made of letters, digits, _ and -"),
      z.string().min(1),
    )
    .default({ root: "/" })
    .describe(
      "Filesystems to measure, as name: path where it is mounted; `root: /` becomes `host.filesystem.root.free_bytes`. " +
        "Leave network filesystems to the storage probe: asking one whose server is gone can hang.",
    ),
});

export const hostCollector = collectorModule({
  name: "host",
  summary: "Reads the machine's load, processors, memory, disks, filesystems and network out of /proc (Linux only).",
  options,
  create: (context, settings) => new HostCollector(context, settings.filesystems),
});

/** Sends a value under `host.<path>`. */
type Say = (path: string, value: number | undefined) => void;

class HostCollector implements Collector {
  readonly #context: CollectorContext;
  readonly #filesystems: Readonly<Record<string, string>>;
  readonly #dropped: Counter<"reason">;
  #cpu: CpuTimes | undefined;

  constructor(context: CollectorContext, filesystems: Readonly<Record<string, string>>) {
    this.#context = context;
    this.#filesystems = filesystems;
    this.#dropped = context.metrics.counter(
      "lockstep_host_dropped_total",
      "Disks and network interfaces that were not sent because there are too many.",
      ["reason"],
    );
  }

  async collect(emit: Emit): Promise<void> {
    const say: Say = (path, value) => {
      if (value !== undefined) emit({ name: this.#context.names.ofNode(`host.${path}`), value });
    };
    const failures: unknown[] = [];
    await this.#requireLinux();
    for (const part of this.#parts()) {
      try {
        await part(say);
      } catch (error) {
        if (errorCode(error) !== "ENOENT") failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) {
      throw new LockstepError(
        "HOST_PARTS",
        `could not read ${failures.length} parts: ${failures.map(errorText).join("; ")}`,
      );
    }
  }

  async #requireLinux(): Promise<void> {
    try {
      await this.#context.world.files.stat(STAT);
    } catch (cause) {
      throw new LockstepError("HOST_NOT_LINUX", `cannot measure the host: there is no ${STAT}, as Linux has`, {
        cause,
      });
    }
  }

  #parts(): ((say: Say) => Promise<void>)[] {
    return [
      (say) => this.#sayStat(say),
      async (say) => sayEach(say, "load", parseLoadavg(await this.#read(LOADAVG))),
      async (say) => sayMemory(say, parseMeminfo(await this.#read(MEMINFO))),
      async (say) => say("uptime_seconds", parseUptime(await this.#read(UPTIME))),
      async (say) => sayEach(say, "files", parseFileNr(await this.#read(FILE_NR))),
      (say) => this.#sayDisks(say),
      (say) => this.#sayNetwork(say),
      ...Object.entries(this.#filesystems).map(
        ([name, path]) =>
          (say: Say) =>
            this.#sayFilesystem(say, name, path),
      ),
    ];
  }

  #read(path: string): Promise<string> {
    return readText(this.#context.world.files, path, LIMITS.smallFileBytes);
  }

  async #sayStat(say: Say): Promise<void> {
    const stat = parseStat(await this.#read(STAT));
    const shares = this.#cpu === undefined ? undefined : cpuShares(this.#cpu, stat.cpu);
    this.#cpu = stat.cpu;
    for (const state of CPU_STATES) say(`cpu.${state}`, shares?.[state]);
    say("cpu.processors", stat.processors);
    say("context_switches_total", stat.contextSwitches);
    say("forks_total", stat.forks);
    say("processes.running", stat.running);
    say("processes.blocked", stat.blocked);
  }

  async #sayDisks(say: Say): Promise<void> {
    for (const disk of this.#bounded(parseDiskstats(await this.#read(DISKSTATS)))) {
      sayEach(say, `disk.${nameNode(disk.device)}`, {
        read_bytes_total: disk.readBytes,
        written_bytes_total: disk.writtenBytes,
        reads_total: disk.reads,
        writes_total: disk.writes,
        busy_seconds_total: disk.busySeconds,
      });
    }
  }

  async #sayNetwork(say: Say): Promise<void> {
    for (const { name, rx, tx } of this.#bounded(parseNetDev(await this.#read(NET_DEV)))) {
      for (const [way, traffic] of Object.entries({ rx, tx })) {
        sayEach(say, `network.${nameNode(name)}`, {
          [`${way}_bytes_total`]: traffic.bytes,
          [`${way}_packets_total`]: traffic.packets,
          [`${way}_errors_total`]: traffic.errors,
          [`${way}_drops_total`]: traffic.drops,
        });
      }
    }
  }

  #bounded<T>(devices: readonly T[]): readonly T[] {
    const over = devices.length - LIMITS.hostDevices;
    if (over > 0) this.#dropped.add(over, { reason: "device_limit" });
    return devices.slice(0, LIMITS.hostDevices);
  }

  async #sayFilesystem(say: Say, name: string, path: string): Promise<void> {
    try {
      const { freeBytes, totalBytes } = await this.#context.world.files.space(path);
      sayEach(say, `filesystem.${name}`, { size_bytes: totalBytes, free_bytes: freeBytes });
    } catch (cause) {
      throw new LockstepError("HOST_FILESYSTEM", `cannot measure the filesystem ${name} at ${path}`, { cause });
    }
  }
}

function sayMemory(say: Say, memory: ReadonlyMap<string, number>): void {
  sayEach(say, "memory", {
    total_bytes: memory.get("MemTotal"),
    available_bytes: memory.get("MemAvailable"),
    used_bytes: difference(memory.get("MemTotal"), memory.get("MemAvailable")),
    free_bytes: memory.get("MemFree"),
    buffers_bytes: memory.get("Buffers"),
    cached_bytes: memory.get("Cached"),
  });
  sayEach(say, "swap", {
    total_bytes: memory.get("SwapTotal"),
    free_bytes: memory.get("SwapFree"),
    used_bytes: difference(memory.get("SwapTotal"), memory.get("SwapFree")),
  });
}

function difference(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined || part === undefined ? undefined : whole - part;
}

function sayEach(say: Say, path: string, values: Readonly<Record<string, number | undefined>>): void {
  for (const [leaf, value] of Object.entries(values)) say(`${path}.${leaf}`, value);
}

type Row = readonly [path: string, kind: Subject["kind"], of: Subject["class"], unit: string, meaning: string];

const TRAFFIC: readonly Row[] = ["rx", "tx"].flatMap((way): Row[] => {
  const done = way === "rx" ? "received" : "sent";
  return [
    [`network.<if>.${way}_bytes_total`, "counter", "sum", "bytes", `Bytes ${done} by the interface`],
    [`network.<if>.${way}_packets_total`, "counter", "sum", "", `Packets ${done}`],
    [`network.<if>.${way}_errors_total`, "counter", "sum", "", `Packets ${done} with an error`],
    [`network.<if>.${way}_drops_total`, "counter", "sum", "", `Packets that were to be ${done} and were dropped`],
  ];
});

const ROWS: readonly Row[] = [
  ["load.1min", "gauge", "node", "", "Load average over one minute"],
  ["load.5min", "gauge", "node", "", "Load average over five minutes"],
  ["load.15min", "gauge", "node", "", "Load average over fifteen minutes"],
  ...CPU_STATES.map((state): Row => {
    return [
      `cpu.${state}`,
      "gauge",
      "node",
      "",
      `Share of all processors' time in state ${state} since the collection before`,
    ];
  }),
  ["cpu.processors", "gauge", "sum", "", "Processors"],
  ["memory.total_bytes", "gauge", "sum", "bytes", "Memory of the machine"],
  ["memory.available_bytes", "gauge", "sum", "bytes", "Memory that programs can have without swapping"],
  ["memory.used_bytes", "gauge", "sum", "bytes", "Total less available"],
  ["memory.free_bytes", "gauge", "sum", "bytes", "Memory used for nothing at all"],
  ["memory.buffers_bytes", "gauge", "sum", "bytes", "Buffers of block devices"],
  ["memory.cached_bytes", "gauge", "sum", "bytes", "Cached files"],
  ["swap.total_bytes", "gauge", "sum", "bytes", "Swap space"],
  ["swap.free_bytes", "gauge", "sum", "bytes", "Swap space that is free"],
  ["swap.used_bytes", "gauge", "sum", "bytes", "Total less free"],
  ["disk.<disk>.read_bytes_total", "counter", "sum", "bytes", "Bytes read from the disk"],
  ["disk.<disk>.written_bytes_total", "counter", "sum", "bytes", "Bytes written to it"],
  ["disk.<disk>.reads_total", "counter", "sum", "", "Reads that ended"],
  ["disk.<disk>.writes_total", "counter", "sum", "", "Writes that ended"],
  ["disk.<disk>.busy_seconds_total", "counter", "node", "seconds", "Time in which it had something to do"],
  [
    "filesystem.<name>.size_bytes",
    "gauge",
    "node",
    "bytes",
    "Size of the filesystem; a shared one is the same on every node",
  ],
  ["filesystem.<name>.free_bytes", "gauge", "node", "bytes", "What ordinary users can still write"],
  ...TRAFFIC,
  ["uptime_seconds", "gauge", "node", "seconds", "Time since the machine started"],
  ["context_switches_total", "counter", "sum", "", "Changes from one task to another"],
  ["forks_total", "counter", "sum", "", "Processes and threads that were started"],
  ["processes.running", "gauge", "sum", "", "Tasks that run or could run"],
  ["processes.blocked", "gauge", "sum", "", "Tasks that wait for a disk"],
  ["files.open", "gauge", "sum", "", "File handles in use by the whole machine"],
  ["files.limit", "gauge", "node", "", "File handles that the kernel allows"],
];

export const HOST_SUBJECTS: readonly Subject[] = ROWS.map(([path, kind, of, unit, meaning]) => {
  return { path: `host.${path}`, scope: "node", kind, class: of, unit, meaning };
});
