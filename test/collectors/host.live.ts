/** What the host collector measures on this machine, beside what Debian's node_exporter does. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostCollector } from "#src/collectors/host.ts";
import { silentLog } from "#src/core/log.ts";
import { realWorld } from "#src/core/real/world.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { parsePage } from "#src/exposition/page.ts";
import { seriesPath } from "#src/exposition/series-path.ts";
import { gather, NAMES } from "../support/collect.ts";
import { freePort, type Program, startProgram, until } from "../support/live.ts";

let exporter: Program;
let url: string;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/metrics`;
  exporter = startProgram("prometheus-node-exporter", [`--web.listen-address=127.0.0.1:${port}`]);
  await until(readExporter, exporter.output);
});

after(() => exporter?.stop());

async function readExporter(): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(url);
  const { families } = parsePage(await answer.text(), { contentType: answer.headers.get("content-type") ?? undefined });
  const samples = families.flatMap((family) => family.samples);
  return new Map(samples.map(({ name, labels, value }) => [seriesPath(name, labels), value]));
}

/** Ours, and node_exporter's for the same thing. What does not change is equal; what counts lies between two looks. */
const FIXED: readonly (readonly [string, string])[] = [
  ["host.memory.total_bytes", "node_memory_MemTotal_bytes"],
  ["host.swap.total_bytes", "node_memory_SwapTotal_bytes"],
  ["host.filesystem.root.size_bytes", "node_filesystem_size_bytes"],
  ["host.files.limit", "node_filefd_maximum"],
];
const COUNTED: readonly (readonly [string, string])[] = [
  ["host.context_switches_total", "node_context_switches_total"],
  ["host.forks_total", "node_forks_total"],
];
const PER_DISK: readonly (readonly [string, string])[] = [
  ["read_bytes_total", "node_disk_read_bytes_total"],
  ["written_bytes_total", "node_disk_written_bytes_total"],
  ["reads_total", "node_disk_reads_completed_total"],
  ["writes_total", "node_disk_writes_completed_total"],
  ["busy_seconds_total", "node_disk_io_time_seconds_total"],
];
const PER_INTERFACE: readonly (readonly [string, string])[] = ["bytes", "packets", "errors", "drops"].flatMap(
  (what) => {
    const theirs = { errors: "errs", drops: "drop" }[what] ?? what;
    return [
      [`rx_${what}_total`, `node_network_receive_${theirs}_total`] as const,
      [`tx_${what}_total`, `node_network_transmit_${theirs}_total`] as const,
    ];
  },
);

test("the host collector and node_exporter see one machine", async (context) => {
  const collector = hostCollector.create(
    { world: realWorld(), metrics: createMetrics(), names: NAMES, log: silentLog },
    hostCollector.options.parse({}),
  );
  await gather(collector);
  const earlier = await readExporter();
  const { values, error } = await gather(collector);
  const later = await readExporter();
  assert.equal(error, undefined);
  const ours = (path: string) => values.get(`n1.${path}`);
  const counted = [
    ...COUNTED,
    ...devicePairs(values.keys(), "disk", PER_DISK),
    ...devicePairs(values.keys(), "network", PER_INTERFACE),
  ];
  for (const [path, theirs] of FIXED) {
    const want = [...earlier].find(
      ([name]) => name === theirs || (name.startsWith(`${theirs}.`) && name.endsWith(".mountpoint.%2F")),
    );
    assert.ok(want, `node_exporter has ${theirs}`);
    assert.equal(ours(path), want[1], path);
  }
  for (const [path, theirs] of counted) {
    const value = ours(path)!;
    assert.ok(earlier.has(theirs), `node_exporter has ${theirs}`);
    // node_exporter multiplies milliseconds by 0.001, which is not the nearest double to what they are in seconds.
    const last = 1e-12 * value;
    assert.ok(
      value >= earlier.get(theirs)! - last && value <= later.get(theirs)! + last,
      `${path} ${value}, ${theirs} ${earlier.get(theirs)}…`,
    );
  }
  const shares = [...values].filter(([name]) => /host\.cpu\.(?!processors)/.test(name)).map(([, value]) => value);
  assert.equal(shares.length, 8);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
  context.diagnostic(`${FIXED.length + counted.length} of ${values.size} values compared with node_exporter's`);
});

/** `host.disk.vda.reads_total` beside `node_disk_reads_completed_total.device.vda`, for each device we know. */
function devicePairs(names: Iterable<string>, kind: string, pairs: readonly (readonly [string, string])[]) {
  const devices = new Set<string>();
  for (const name of names) if (name.startsWith(`n1.host.${kind}.`)) devices.add(name.split(".")[3]!);
  assert.ok(devices.size > 0, `there is a ${kind} device`);
  return [...devices].flatMap((device) =>
    pairs.map(([leaf, theirs]) => [`host.${kind}.${device}.${leaf}`, `${theirs}.device.${device}`] as const),
  );
}
