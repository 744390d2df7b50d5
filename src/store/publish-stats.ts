/** What the store says of itself, for our own /metrics: above all what it could not keep, and why. */
import type { Metrics, Reading } from "../core/metrics.ts";
import type { StoreStats } from "../core/series-store.ts";

type Amount = readonly [name: string, help: string, value: (stats: StoreStats) => number];

const GAUGES: readonly Amount[] = [
  ["lockstep_store_series", "Series that the store knows.", ({ series }) => series],
  ["lockstep_store_series_limit", "Series that it may know.", ({ seriesLimit }) => seriesLimit],
  ["lockstep_store_disk_bytes", "Bytes of its files.", ({ diskBytes }) => diskBytes],
  ["lockstep_store_segments", "Segments, of all partitions and tiers.", ({ segments }) => segments],
  ["lockstep_store_pending_bytes", "Bytes taken that are not on disk yet.", ({ pendingBytes }) => pendingBytes],
  ["lockstep_store_blocked", "1 while something can't be written.", ({ blocked }) => (blocked === undefined ? 0 : 1)],
  ["lockstep_store_damaged", "Places that could not be read since the start.", ({ damage }) => damage.length],
];

const TOTALS: readonly Amount[] = [
  ["lockstep_store_samples_total", "Samples taken.", ({ samples }) => samples.appended],
  ["lockstep_store_late_samples_total", "Of these, older than the open window.", ({ samples }) => samples.late],
  ["lockstep_store_future_samples_total", "Of these, ahead of our clock.", ({ samples }) => samples.future],
];

export function publishStoreStats(metrics: Metrics, read: () => StoreStats): void {
  for (const [name, help, value] of GAUGES) metrics.gauge(name, help, [], () => [{ labels: {}, value: value(read()) }]);
  for (const [name, help, value] of TOTALS) metrics.total(name, help, [], () => [{ labels: {}, value: value(read()) }]);
  metrics.total("lockstep_store_dropped_samples_total", "Samples not kept, by reason.", ["reason"], () =>
    byReason(read().samples.dropped),
  );
  metrics.total(
    "lockstep_store_deleted_series_total",
    "Series deleted: asked for, or unseen for too long.",
    ["reason"],
    () => byReason(read().deletedSeries),
  );
}

function byReason(counts: Readonly<Record<string, number>>): Reading<"reason">[] {
  return Object.entries(counts).map(([reason, value]) => ({ labels: { reason }, value }));
}
