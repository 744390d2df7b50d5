/**
 * The clock collector and the SNTP answerer against software that others wrote: Debian's chrony, as server and as
 * client, and libfaketime, which gives a process of ours a wrong clock.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "#src/core/log.ts";
import { formatHostPort } from "#src/core/options.ts";
import { realWorld } from "#src/core/real/world.ts";
import { openSntp, type SntpAnswerer, sntpOptions } from "#src/receivers/sntp.ts";
import { chronyIsInstalled, freeUdpPort, startChrony, waitFor } from "../support/chrony.ts";
import { type CountingMetrics, countingMetrics } from "../support/counting-metrics.ts";
import { MEASURE_CLOCK, type MeasuredClock } from "../support/measure-clock.ts";

const LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const chronyMissing = chronyIsInstalled() ? false : "chronyd is not installed here";
const faketimeMissing = existsSync(LIBFAKETIME) ? false : "libfaketime is not installed here";

/** The collector in a process of its own; the environment may give it a clock of its own. `meanwhile` runs after the first. */
async function measureFrom(
  server: string,
  collections: number,
  intervalMs: number,
  environment: Readonly<Record<string, string>> = {},
  meanwhile: (child: ChildProcess) => void = () => undefined,
): Promise<readonly MeasuredClock[]> {
  const child = spawn(process.execPath, [MEASURE_CLOCK, server, String(collections), String(intervalMs)], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.once("data", () => meanwhile(child));
  child.stdout.on("data", (chunk) => (output += chunk));
  assert.equal(await exitOf(child), 0);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as MeasuredClock);
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

function fake(clock: string): Record<string, string> {
  return { LD_PRELOAD: LIBFAKETIME, FAKETIME: clock, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

async function withAnswerer(
  use: (answerer: SntpAnswerer, metrics: CountingMetrics) => Promise<void>,
  settings: Record<string, unknown> = {},
): Promise<void> {
  const metrics = countingMetrics();
  const options = sntpOptions.parse({ listen: "127.0.0.1:0", ...settings });
  const answerer = await openSntp({ world: realWorld(), log: silentLog, metrics, ...options });
  try {
    await use(answerer, metrics);
  } finally {
    await answerer.close();
  }
}

// ---- chrony as the server ---------------------------------------------------------------------------------------

test("measured against chronyd on the same machine, the offset is 0 within its bound, every time", {
  skip: chronyMissing,
}, async (t) => {
  const port = await freeUdpPort();
  const chrony = await startChrony([`port ${port}`, "bindaddress 127.0.0.1", "allow 127.0.0.1", "local stratum 8"]);
  t.after(() => chrony.stop());
  const measured = await measureFrom(`127.0.0.1:${port}`, 50, 20);
  for (const values of measured) {
    assert.equal(values["aggregator.reachable"], 1);
    const { "aggregator.offset_seconds": offset, "aggregator.bound_seconds": bound } = values;
    assert.ok(Math.abs(offset!) <= bound!, `${offset} ± ${bound}`);
  }
  const [median] = measured
    .map((values) => values["aggregator.bound_seconds"]!)
    .sort((a, b) => a - b)
    .slice(25);
  t.diagnostic(`median bound ${(median! * 1e6).toFixed(1)} µs`);
});

test("chronyd that is not synchronised is not believed", { skip: chronyMissing }, async (t) => {
  const port = await freeUdpPort();
  const chrony = await startChrony([`port ${port}`, "bindaddress 127.0.0.1", "allow 127.0.0.1"]);
  t.after(() => chrony.stop());
  const [values] = await measureFrom(`127.0.0.1:${port}`, 1, 0);
  assert.equal(values!["aggregator.reachable"], 0);
  assert.equal("aggregator.offset_seconds" in values!, false);
});

test("chronyd that does not let us in is unreachable", { skip: chronyMissing }, async (t) => {
  const port = await freeUdpPort();
  const chrony = await startChrony([`port ${port}`, "bindaddress 127.0.0.1", "local stratum 8", "deny all"]);
  t.after(() => chrony.stop());
  const [values] = await measureFrom(`127.0.0.1:${port}`, 1, 0);
  assert.equal(values!["aggregator.reachable"], 0);
});

test("chronyd that limits the rate is measured with what it answers", { skip: chronyMissing }, async (t) => {
  const port = await freeUdpPort();
  const chrony = await startChrony([
    `port ${port}`,
    "bindaddress 127.0.0.1",
    "allow 127.0.0.1",
    "local stratum 8",
    "ratelimit interval 4 burst 2 leak 4",
  ]);
  t.after(() => chrony.stop());
  const [values] = await measureFrom(`127.0.0.1:${port}`, 1, 0);
  assert.equal(values!["aggregator.reachable"], 1);
  assert.ok(Math.abs(values!["aggregator.offset_seconds"]!) <= values!["aggregator.bound_seconds"]!);
});

// ---- chrony as the client ---------------------------------------------------------------------------------------

test("chronyd takes our answerer as its source, and finds no more offset than its own error", {
  skip: chronyMissing,
}, async (t) => {
  await withAnswerer(async (answerer, metrics) => {
    const chrony = await startChrony([
      "port 0",
      `server 127.0.0.1 port ${answerer.address.port} minpoll -2 maxpoll -2 iburst`,
    ]);
    t.after(() => chrony.stop());
    const source = await waitFor(async () => {
      const [line] = await chrony.ask("sources");
      const [mode, state, address, stratum, , reach] = line!;
      return mode === "^" && state === "*" && reach === "377" ? { line: line!, address, stratum } : undefined;
    });
    assert.deepEqual([source.address, source.stratum], ["127.0.0.1", "10"]);
    const [offset, , error] = source.line.slice(7).map(Number);
    t.diagnostic(`chrony: offset ${offset! * 1e6} µs ± ${error! * 1e6} µs`);
    assert.ok(Math.abs(offset!) <= error!, `${offset} ± ${error}`);
    const [tracking] = await chrony.ask("tracking");
    assert.deepEqual([tracking![0], tracking![2], tracking![13]], ["7F000001", "11", "Normal"]);
    const [data] = await chrony.ask("ntpdata");
    t.diagnostic(`ntpdata: ${data!.join(",")}`);
    assert.equal(metrics.count("lockstep_sntp_ignored_total", { reason: "mode" }), 0);
  });
});

test("chronyd takes our RATE for a valid answer without the time", { skip: chronyMissing }, async (t) => {
  const settings = { requestsPerSecond: 1, burst: 3 };
  await withAnswerer(async (answerer, metrics) => {
    const chrony = await startChrony([
      "port 0",
      `server 127.0.0.1 port ${answerer.address.port} minpoll -4 maxpoll -4 iburst`,
    ]);
    t.after(() => chrony.stop());
    const [valid, good] = await waitFor(async () => {
      const [data] = await chrony.ask("ntpdata");
      const [, , valid, good] = data!.slice(-4).map(Number);
      return valid! > good! ? [valid!, good!] : undefined;
    });
    assert.ok(metrics.count("lockstep_sntp_ignored_total", { reason: "rate" }) >= 1);
    t.diagnostic(`${valid} valid answers, ${good} of them with the time`);
  }, settings);
});

// ---- a node with a wrong clock ----------------------------------------------------------------------------------

for (const [clock, seconds] of [
  ["+2s", 2],
  ["-1.5s", -1.5],
  ["+1d", 86_400],
] as const) {
  test(`a node whose clock is set ${clock} is found ${seconds} s off, within the bound`, {
    skip: faketimeMissing,
  }, async (t) => {
    await withAnswerer(async ({ address }) => {
      const measured = await measureFrom(formatHostPort(address), 10, 50, fake(clock));
      for (const values of measured) {
        const { "aggregator.offset_seconds": offset, "aggregator.bound_seconds": bound } = values;
        assert.ok(Math.abs(offset! - seconds) <= bound!, `${offset} ± ${bound}`);
      }
      t.diagnostic(`bounds ${measured.map((values) => (values["aggregator.bound_seconds"]! * 1e6).toFixed(0))} µs`);
    });
  });
}

for (const [rate, ppm] of [
  ["1.0002", 200],
  ["0.99995", -50],
] as const) {
  test(`a node whose clock runs ${rate} times as fast is found to drift ${ppm} ppm, within the bound`, {
    skip: faketimeMissing,
  }, async (t) => {
    await withAnswerer(async ({ address }) => {
      const measured = await measureFrom(formatHostPort(address), 60, 200, fake(`+0 x${rate}`));
      const { "aggregator.drift_ppm": drift, "aggregator.drift_bound_ppm": bound } = measured.at(-1)!;
      t.diagnostic(`${drift} ± ${bound} ppm over ${60 * 0.2} s`);
      assert.ok(Math.abs(drift! - ppm) <= bound!, `${drift} ± ${bound}`);
      const grewMs =
        (measured.at(-1)!["aggregator.offset_seconds"]! - measured[0]!["aggregator.offset_seconds"]!) * 1000;
      assert.equal(Math.sign(grewMs), Math.sign(ppm));
    });
  });
}

test("a clock that is set while it is watched: the step is told to 10 ms, once, and the offset follows", {
  skip: faketimeMissing,
}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "lockstep-step-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "faketime");
  writeFileSync(file, "+0");
  const environment = {
    LD_PRELOAD: LIBFAKETIME,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  await withAnswerer(async ({ address }) => {
    const measured = await measureFrom(formatHostPort(address), 20, 300, environment, () => writeFileSync(file, "+5"));
    const steps = measured.flatMap(({ step_seconds }) => (step_seconds === undefined ? [] : [step_seconds]));
    assert.equal(steps.length, 1);
    assert.ok(Math.abs(steps[0]! - 5) <= 0.01, String(steps[0]));
    const { steps_total, ...last } = measured.at(-1)!;
    assert.equal(steps_total, 1);
    assert.ok(Math.abs(last["aggregator.offset_seconds"]! - 5) <= last["aggregator.bound_seconds"]!);
    t.diagnostic(`told as ${steps[0]} s`);
  });
});

test("a process that is stopped for three seconds is a stall, and its clock is not stepped", async () => {
  await withAnswerer(async ({ address }) => {
    const measured = await measureFrom(formatHostPort(address), 6, 600, {}, (child) => {
      child.kill("SIGSTOP");
      setTimeout(() => child.kill("SIGCONT"), 3_000);
    });
    const { steps_total, stalls_total } = measured.at(-1)!;
    assert.equal(steps_total, 0);
    assert.ok(stalls_total! >= 1);
  });
});
