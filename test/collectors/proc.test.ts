import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDiskstats } from "#src/collectors/proc/diskstats.ts";
import { parseLoadavg } from "#src/collectors/proc/loadavg.ts";
import { parseMeminfo } from "#src/collectors/proc/meminfo.ts";
import { parseNetDev } from "#src/collectors/proc/net-dev.ts";
import { parseFileNr, parseUptime } from "#src/collectors/proc/single.ts";
import { type CpuTimes, cpuShares, parseStat } from "#src/collectors/proc/stat.ts";

const STAT_TAIL = "ctxt 1990473\nbtime 1062191376\nprocesses 2915\nprocs_running 3\nprocs_blocked 1\n";

function ticks(...[user, nice, system, idle, iowait, irq, softirq, steal]: readonly number[]): CpuTimes {
  return { user, nice, system, idle, iowait, irq, softirq, steal } as CpuTimes;
}

test("/proc/stat gives the ticks of all processors and the machine's counts", () => {
  const text = `cpu  10 2 30 400 50 6 7 8 9 1\ncpu0 5 1 15 200 25 3 3 4 0 0\ncpu1 5 1 15 200 25 3 4 4 0 0\n${STAT_TAIL}`;
  assert.deepEqual(parseStat(text), {
    cpu: ticks(10, 2, 30, 400, 50, 6, 7, 8),
    processors: 2,
    contextSwitches: 1_990_473,
    forks: 2915,
    running: 3,
    blocked: 1,
  });
});

test("/proc/stat of a kernel that knows fewer states is read", () => {
  assert.deepEqual(parseStat(`cpu 10 2 30 400\n${STAT_TAIL}`).cpu, ticks(10, 2, 30, 400, 0, 0, 0, 0));
});

test("shares are of the time between two looks, together one", () => {
  const before = ticks(100, 0, 50, 1000, 20, 0, 0, 0);
  const now = ticks(125, 0, 60, 1060, 25, 0, 0, 0);
  assert.deepEqual(cpuShares(before, now), ticks(0.25, 0, 0.1, 0.6, 0.05, 0, 0, 0));
  assert.equal(cpuShares(now, now), undefined, "no time went by");
  assert.equal(cpuShares(now, before), undefined, "counts that went back say nothing");
  assert.equal(cpuShares(before, { ...now, iowait: 10 })?.iowait, 0, "iowait may go back a little");
});

test("/proc/meminfo gives bytes", () => {
  const memory = parseMeminfo("MemTotal:        2048 kB\nHugePages_Total:       7\nActive(anon):      3 kB\n");
  assert.deepEqual(
    [...memory],
    [
      ["MemTotal", 2_097_152],
      ["Active(anon)", 3072],
    ],
  );
});

test("/proc/diskstats gives whole disks, in bytes and seconds", () => {
  const numbers = "10 1 16 5 20 2 64 6 0 1500 11";
  const named = (...names: readonly string[]) =>
    names.map((name) => `   8  0 ${name} ${numbers} 4 0 8 1 2 3\n`).join("");
  const disks = parseDiskstats(
    named("sda", "sda1", "sda10", "nvme0n1", "nvme0n1p1", "dm-0", "dm-1", "dm-10", "md0", "md0p1", "xvdb1", "mmcblk0") +
      named(
        "mmcblk0p2",
        "nbd1",
        "nbd10",
        "loop0",
        "loop0p1",
        "ram3",
        "zram0",
        "fd0",
        "sr0",
        "cciss/c0d0",
        "cciss/c0d0p1",
      ),
  );
  assert.deepEqual(
    disks.map(({ device }) => device),
    ["sda", "nvme0n1", "dm-0", "dm-1", "dm-10", "md0", "xvdb1", "mmcblk0", "nbd1", "nbd10", "sr0", "cciss/c0d0"],
  );
  assert.deepEqual(disks[0], {
    device: "sda",
    reads: 10,
    readBytes: 8192,
    writes: 20,
    writtenBytes: 32_768,
    busySeconds: 1.5,
  });
});

test("/proc/net/dev gives each interface but the loopback, whatever stands before the colon", () => {
  const text =
    "Inter-|   Receive                |  Transmit\n face |bytes    packets errs drop fifo|bytes\n" +
    "    lo:    8960     101    0    0    0     0          0         0     8960     101    0    0    0     0       0          0\n" +
    "  eth0:1099511627776 10 1 2 0 0 0 0 500 20 3 4 0 0 0 0\n" +
    "eth0:1: 5 1 0 0 0 0 0 0 6 2 0 0 0 0 0 0\n";
  assert.deepEqual(parseNetDev(text), [
    {
      name: "eth0",
      rx: { bytes: 1_099_511_627_776, packets: 10, errors: 1, drops: 2 },
      tx: { bytes: 500, packets: 20, errors: 3, drops: 4 },
    },
    {
      name: "eth0:1",
      rx: { bytes: 5, packets: 1, errors: 0, drops: 0 },
      tx: { bytes: 6, packets: 2, errors: 0, drops: 0 },
    },
  ]);
});

test("files of one line are read", () => {
  assert.deepEqual(parseLoadavg("0.20 0.18 1.12 1/80 11206\n"), { "1min": 0.2, "5min": 0.18, "15min": 1.12 });
  assert.equal(parseUptime("350735.47 234388.90\n"), 350_735.47);
  assert.deepEqual(parseFileNr("449\t9\t9223372036854775807\n"), { open: 440, limit: 2 ** 63 });
});

test("a file that is not what its name says is an error that names file and line", () => {
  const rows: readonly (readonly [() => unknown, RegExp])[] = [
    [() => parseStat("ctxt 1\n"), /cannot read \/proc\/stat: it has no line "cpu"/],
    [() => parseStat(`cpu a b c d\n${STAT_TAIL}`), /\/proc\/stat: word 2 of "cpu a b c d" is no number/],
    [() => parseStat("cpu 1 2 3 4\n"), /\/proc\/stat: word 2 of "ctxt" is no number/],
    [() => parseMeminfo("MemTotal: lots kB\n"), /\/proc\/meminfo: word 2 of "MemTotal: lots kB"/],
    [() => parseLoadavg(""), /\/proc\/loadavg: word 1 of "" is no number/],
    [() => parseLoadavg("0.1 0.2\n"), /\/proc\/loadavg: word 3 of "0.1 0.2"/],
    [() => parseDiskstats("8 0 sda 1 2 3\n"), /\/proc\/diskstats: word 6|word 8/],
    [() => parseNetDev("eth0: 1 2 3\n"), /\/proc\/net\/dev: word 4 of "1 2 3"/],
    [() => parseUptime("\n"), /\/proc\/uptime/],
    [() => parseFileNr("1 2\n"), /\/proc\/sys\/fs\/file-nr/],
  ];
  for (const [parse, message] of rows) assert.throws(parse, { code: "HOST_PROC_FORMAT", message });
});
