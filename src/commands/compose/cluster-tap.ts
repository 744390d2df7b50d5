/**
 * Shows the cluster room the samples that it reads, out of all that arrive. Which series those are is known by name once,
 * when the series is new; per sample it costs one look into an array.
 */
import type { Clusters } from "../../cluster/cluster.ts";
import { isClusterSeries } from "../../cluster/series.ts";
import type { SampleBatch, SeriesStore } from "../../core/series-store.ts";
import type { Clock } from "../../core/world.ts";

export function tapClusterSeries(store: SeriesStore, clusters: Clusters, clock: Clock): (batch: SampleBatch) => void {
  let wanted = new Uint8Array(1024);
  const names = new Map<number, string>();
  store.onSeries((id, name) => {
    if (!isClusterSeries(name)) return;
    if (id >= wanted.length) {
      const bigger = new Uint8Array(Math.max(id + 1, wanted.length * 2));
      bigger.set(wanted);
      wanted = bigger;
    }
    wanted[id] = 1;
    names.set(id, name);
  });
  return ({ length, ids, seconds, values }) => {
    for (let i = 0; i < length; i++) {
      if (wanted[ids[i]!] !== 1) continue;
      const arrival = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      clusters.observe({ name: names.get(ids[i]!)!, value: values[i]!, seconds: seconds[i]! }, arrival);
    }
  };
}
