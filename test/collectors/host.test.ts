import assert from "node:assert/strict";
import { test } from "node:test";
import { HOST_SUBJECTS, hostCollector } from "#src/collectors/host.ts";
import { LIMITS } from "#src/core/limits.ts";
import { subjectLookup } from "#src/core/subject.ts";
import { counted, gather, testContext } from "../support/collect.ts";
import { FakeWorld } from "../support/fake-world.ts";

const STAT = (user: number, idle: number) =>
  `cpu  ${user} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 ${user} 0 0 ${idle} 0 0 0 0 0 0\n` +
  "intr 1 2 3\nctxt 500\nbtime 1\nprocesses 60\nprocs_running 2\nprocs_blocked 1\n";

function machine(): FakeWorld {
  const world = new FakeWorld();
  world.fileByPath.set("/proc/stat", STAT(100, 900));
  world.fileByPath.set("/proc/loadavg", "0.20 0.18 0.12 1/80 11206\n");
  world.fileByPath.set(
    "/proc/meminfo",
    "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\nBuffers: 10 kB\nCached: 20 kB\nSwapTotal: 50 kB\nSwapFree: 40 kB\n",
  );
  world.fileByPath.set("/proc/uptime", "3600.5 100\n");
  world.fileByPath.set("/proc/sys/fs/file-nr", "449 0 1000\n");
  world.fileByPath.set("/proc/diskstats", "254 0 vda 10 0 16 0 20 0 64 0 0 1500 0\n");
  world.fileByPath.set(
    "/proc/net/dev",
    "h\nh\n lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0: 5 1 2 3 0 0 0 0 6 4 7 8 0 0 0 0\n",
  );
  world.spaceByPath.set("/", { freeBytes: 5, totalBytes: 9 });
  return world;
}

function collectorIn(world: FakeWorld, settings: Record<string, unknown> = {}) {
  const context = testContext(world);
  return { context, collector: hostCollector.create(context, hostCollector.options.parse(settings)) };
}

const COUNTS = {
  "n1.host.cpu.processors": 1,
  "n1.host.context_switches_total": 500,
  "n1.host.forks_total": 60,
  "n1.host.processes.running": 2,
  "n1.host.processes.blocked": 1,
};

const REST = {
  "n1.host.load.1min": 0.2,
  "n1.host.load.5min": 0.18,
  "n1.host.load.15min": 0.12,
  "n1.host.memory.total_bytes": 1_024_000,
  "n1.host.memory.available_bytes": 614_400,
  "n1.host.memory.used_bytes": 409_600,
  "n1.host.memory.free_bytes": 102_400,
  "n1.host.memory.buffers_bytes": 10_240,
  "n1.host.memory.cached_bytes": 20_480,
  "n1.host.swap.total_bytes": 51_200,
  "n1.host.swap.free_bytes": 40_960,
  "n1.host.swap.used_bytes": 10_240,
  "n1.host.uptime_seconds": 3600.5,
  "n1.host.files.open": 449,
  "n1.host.files.limit": 1000,
  "n1.host.disk.vda.read_bytes_total": 8192,
  "n1.host.disk.vda.written_bytes_total": 32_768,
  "n1.host.disk.vda.reads_total": 10,
  "n1.host.disk.vda.writes_total": 20,
  "n1.host.disk.vda.busy_seconds_total": 1.5,
  "n1.host.network.eth0.rx_bytes_total": 5,
  "n1.host.network.eth0.rx_packets_total": 1,
  "n1.host.network.eth0.rx_errors_total": 2,
  "n1.host.network.eth0.rx_drops_total": 3,
  "n1.host.network.eth0.tx_bytes_total": 6,
  "n1.host.network.eth0.tx_packets_total": 4,
  "n1.host.network.eth0.tx_errors_total": 7,
  "n1.host.network.eth0.tx_drops_total": 8,
  "n1.host.filesystem.root.size_bytes": 9,
  "n1.host.filesystem.root.free_bytes": 5,
};

test("the whole machine is measured, and shares of processor time from the second look on", async () => {
  const world = machine();
  const { collector } = collectorIn(world);
  const first = await gather(collector);
  assert.equal(first.error, undefined);
  assert.deepEqual(Object.fromEntries(first.values), { ...COUNTS, ...REST });
  world.fileByPath.set("/proc/stat", STAT(125, 975));
  const second = await gather(collector);
  assert.deepEqual(Object.fromEntries(second.values), {
    "n1.host.cpu.user": 0.25,
    "n1.host.cpu.nice": 0,
    "n1.host.cpu.system": 0,
    "n1.host.cpu.idle": 0.75,
    "n1.host.cpu.iowait": 0,
    "n1.host.cpu.irq": 0,
    "n1.host.cpu.softirq": 0,
    "n1.host.cpu.steal": 0,
    ...COUNTS,
    ...REST,
  });
});

test("what is sent is what is documented, and the other way round", async () => {
  const world = machine();
  const { collector } = collectorIn(world);
  await gather(collector);
  world.fileByPath.set("/proc/stat", STAT(125, 975));
  const { values } = await gather(collector);
  const lookup = subjectLookup(HOST_SUBJECTS);
  const found = [...values.keys()].map((name) => [name, lookup(name.replace(/^n1\./, ""))] as const);
  assert.deepEqual(
    found.filter(([, subject]) => subject === undefined),
    [],
  );
  const sent = new Set(found.map(([, subject]) => subject));
  assert.deepEqual(
    HOST_SUBJECTS.filter((subject) => !sent.has(subject)),
    [],
  );
});

test("elsewhere than on Linux it says so", async () => {
  const { collector } = collectorIn(new FakeWorld());
  const { error, values } = await gather(collector);
  assert.equal((error as { code?: string }).code, "HOST_NOT_LINUX");
  assert.equal(values.size, 0);
});

test("a part that is not there is not there, and one that can't be read costs only itself", async () => {
  const world = machine();
  world.fileByPath.delete("/proc/diskstats");
  world.fileByPath.set("/proc/meminfo", "MemTotal: much kB\n");
  world.fileByPath.set("/proc/uptime", { errorCode: "EACCES" });
  const { error, values } = await gather(collectorIn(world).collector);
  assert.match(String(error), /could not read 2 parts: cannot read \/proc\/meminfo: .*; EACCES/);
  assert.equal(values.get("n1.host.load.1min"), 0.2);
  assert.equal(values.get("n1.host.filesystem.root.free_bytes"), 5);
  assert.ok(![...values.keys()].some((name) => /disk|memory|uptime/.test(name)));
});

test("filesystems are those of the settings, and one that is gone is an error", async () => {
  const world = machine();
  world.spaceByPath.set("/data", { freeBytes: 1, totalBytes: 2 });
  const { collector } = collectorIn(world, { filesystems: { data: "/data", gone: "/gone" } });
  const { error, values } = await gather(collector);
  assert.equal((error as { code?: string }).code, "HOST_FILESYSTEM");
  assert.match(String(error), /cannot measure the filesystem gone at \/gone/);
  assert.deepEqual(
    [...values].filter(([name]) => name.includes("filesystem")),
    [
      ["n1.host.filesystem.data.size_bytes", 2],
      ["n1.host.filesystem.data.free_bytes", 1],
    ],
  );
});

test("more devices than the limit are counted, not sent", async () => {
  const world = machine();
  const line = (i: number) => `veth${i}: 5 1 2 3 0 0 0 0 6 4 7 8 0 0 0 0\n`;
  world.fileByPath.set("/proc/net/dev", Array.from({ length: LIMITS.hostDevices + 3 }, (_, i) => line(i)).join(""));
  const { context, collector } = collectorIn(world);
  const { values } = await gather(collector);
  assert.equal([...values.keys()].filter((name) => name.endsWith("rx_bytes_total")).length, LIMITS.hostDevices);
  assert.equal(await counted(context, "lockstep_host_dropped_total", { reason: "device_limit" }), 3);
});
