/**
 * Shows the cluster room the samples that it reads, out of all that arrive. Which series those are is known by name, once for
 * each series; per sample it costs one look into an array.
 */
import type { Clusters } from "../../cluster/cluster.ts";
import { isClusterSeries } from "../../cluster/series.ts";
import type { SampleBatch, SeriesStore } from "../../core/series-store.ts";
import type { Clock } from "../../core/world.ts";

const UNKNOWN = 0;
const WANTED = 1;
const UNWANTED = 2;

export function tapClusterSeries(store: SeriesStore, clusters: Clusters, clock: Clock): (batch: SampleBatch) => void {
  /** By series id: whether the room wants it, once that is known. */
  let wish = new Uint8Array(1024);
  const names = new Map<number, string>();
  const judge = (id: number): number => {
    if (id >= wish.length) {
      const bigger = new Uint8Array(Math.max(id + 1, wish.length * 2));
      bigger.set(wish);
      wish = bigger;
    }
    const name = store.names.nameOf(id);
    const wanted = isClusterSeries(name);
    if (wanted) names.set(id, name);
    wish[id] = wanted ? WANTED : UNWANTED;
    return wish[id]!;
  };
  return ({ length, ids, seconds, values }) => {
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const known = id < wish.length ? wish[id]! : UNKNOWN;
      if ((known === UNKNOWN ? judge(id) : known) === UNWANTED) continue;
      const arrival = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
      clusters.observe({ name: names.get(id)!, value: values[i]!, seconds: seconds[i]! }, arrival);
    }
  };
}
