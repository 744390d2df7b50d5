/** Our sidecar's exporter into Debian's carbon-cache: what it writes into whisper files is what we sent. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { openCarbonExporter } from "#src/exporters/carbon.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { freePort, startProgram, until } from "../support/live.ts";

const run = promisify(execFile);

test("carbon-cache stores what we send, and is known to give no receipts", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lockstep-carbon-"));
  const linePort = await freePort();
  const configuration = join(directory, "conf");
  for (const name of ["conf", "whisper", "log"]) await mkdir(join(directory, name));
  await writeFile(join(configuration, "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 10s:1h\n");
  await writeFile(
    join(configuration, "carbon.conf"),
    `[cache]
STORAGE_DIR = ${directory}
LOCAL_DATA_DIR = ${directory}/whisper
LOG_DIR = ${directory}/log
CONF_DIR = ${configuration}
PID_DIR = ${directory}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${linePort}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${await freePort()}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${await freePort()}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
ENABLE_UDP_LISTENER = False
`,
  );
  const carbon = startProgram("/usr/bin/carbon-cache", [
    "--nodaemon",
    `--config=${join(configuration, "carbon.conf")}`,
    `--pidfile=${directory}/pid`,
    "start",
  ]);
  const exporter = openCarbonExporter({
    world: realWorld(),
    log: silentLog,
    metrics: createMetrics(),
    node: "n1",
    to: { host: "127.0.0.1", port: linePort },
    options: { queueSize: 1_000_000 },
  });
  try {
    const now = Math.floor(Date.now() / 1000);
    const newest = now - (now % 10);
    const samples = Array.from({ length: 60 }, (_, i) => ({
      name: `connect.prod.n1.m${i % 3}`,
      value: i / 8,
      seconds: newest - 10 * Math.floor(i / 3),
    }));
    exporter.send(samples);
    await until(
      async () => ((await readdir(join(directory, "whisper/connect/prod/n1"))).length === 3 ? true : undefined),
      () => carbon.output(),
    );
    for (let metric = 0; metric < 3; metric++) {
      const want = samples
        .filter(({ name }) => name.endsWith(`m${metric}`))
        .map(({ seconds, value }) => `${seconds}\t${value.toFixed(6)}`);
      await until(
        async () => {
          const { stdout } = await run("/usr/bin/whisper-fetch", [
            `--from=${newest - 200}`,
            `--until=${newest}`,
            join(directory, `whisper/connect/prod/n1/m${metric}.wsp`),
          ]);
          const known = stdout.split("\n").filter((line) => line !== "" && !line.endsWith("None"));
          assert.deepEqual(known, [...want].sort(), `m${metric}`);
          return true;
        },
        () => carbon.output(),
      );
    }
    assert.deepEqual(
      await readdir(join(directory, "whisper/lockstep/receipt")),
      ["n1.wsp"],
      "the request for a receipt is an ordinary metric",
    );
    await until(
      () => Promise.resolve(exporter.status().receipts === false || undefined),
      () => JSON.stringify(exporter.status()),
      40_000,
    );
    assert.equal(await exporter.close(1_000), 0);
  } finally {
    await exporter.close(0);
    await carbon.stop();
    await rm(directory, { recursive: true });
  }
});
