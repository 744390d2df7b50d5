/** What the store tells of itself on /metrics is what its stats say, and every drop has its reason. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreStats } from "#src/core/series-store.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import { publishStoreStats } from "#src/store/publish-stats.ts";

test("the stats of the store are on the page as they are when somebody looks", async () => {
  const metrics = createMetrics();
  let stats: StoreStats = {
    series: 7,
    seriesLimit: 10,
    deletedSeries: { asked: 2, unseen: 3 },
    diskBytes: 4096,
    segments: 5,
    pendingBytes: 11,
    samples: { appended: 100, late: 8, future: 1, dropped: { future_buffer_full: 6 } },
    blocked: undefined,
    damage: [],
  };
  publishStoreStats(metrics, () => stats);
  const values = async (): Promise<Record<string, string>> => {
    const lines = (await metrics.page()).text.split("\n").filter((line) => /^lockstep/.test(line));
    return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
  };
  assert.deepEqual(await values(), {
    lockstep_store_series: "7",
    lockstep_store_series_limit: "10",
    lockstep_store_disk_bytes: "4096",
    lockstep_store_segments: "5",
    lockstep_store_pending_bytes: "11",
    lockstep_store_blocked: "0",
    lockstep_store_damaged: "0",
    lockstep_store_samples_total: "100",
    lockstep_store_late_samples_total: "8",
    lockstep_store_future_samples_total: "1",
    'lockstep_store_dropped_samples_total{reason="future_buffer_full"}': "6",
    'lockstep_store_deleted_series_total{reason="asked"}': "2",
    'lockstep_store_deleted_series_total{reason="unseen"}': "3",
  });
  stats = { ...stats, blocked: "segments: ENOSPC", damage: ["page 3"], samples: { ...stats.samples, appended: 101 } };
  const later = await values();
  const changed = ["lockstep_store_blocked", "lockstep_store_damaged", "lockstep_store_samples_total"];
  assert.deepEqual(
    changed.map((name) => later[name]),
    ["1", "1", "101"],
  );
});
