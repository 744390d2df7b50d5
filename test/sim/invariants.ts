/** What has to be true of every run, whatever happened in it. */
import assert from "node:assert/strict";
import type { FetchedSeries } from "#src/core/series-store.ts";
import type { SimCluster } from "./cluster.ts";

/** Further back than this a series of the default schema is read from summaries. */
const RAW_SECONDS = 47 * 3600;

/**
 * No sample is invented, and every sample that was receipted is stored; what a living sidecar has taken is confirmed,
 * or still queued.
 */
export async function checkSamples(cluster: SimCluster): Promise<void> {
  let stored = 0;
  for (const [name, samples] of byName(cluster)) {
    const series = await fetchRaw(cluster, name);
    if (series === undefined) {
      assert.ok(
        !samples.some(({ confirmed }) => confirmed),
        `seed ${cluster.seed}: ${name} was receipted, and is unknown`,
      );
      continue;
    }
    const slots = bySlot(samples, series.stepSeconds);
    series.values.forEach((value, i) => {
      const seconds = series.startSeconds + i * series.stepSeconds;
      const slot = slots.get(seconds);
      const what = `seed ${cluster.seed}: ${name} at ${seconds}`;
      if (Number.isNaN(value)) assert.ok(slot?.confirmed !== true, `${what} was receipted, and is not stored`);
      else assert.ok(slot?.values.has(value), `${what} holds ${value}, which was never sent`);
      if (!Number.isNaN(value)) stored++;
    });
  }
  assert.ok(stored > 0);
  for (const node of cluster.nodes()) {
    const { droppedSamples, unprovenSamples } = cluster.sidecar(node).status();
    assert.equal(unprovenSamples, 0, `${node} knows that the aggregator gives receipts`);
    assert.deepEqual(droppedSamples, { queue_full: 0, not_a_number: 0, bad_name: 0 }, `seed ${cluster.seed}: ${node}`);
  }
}

async function fetchRaw(cluster: SimCluster, name: string): Promise<FetchedSeries | undefined> {
  const { store } = cluster.aggregator;
  const id = store.names.idOfName(name);
  if (id < 0) return undefined;
  const nowSeconds = Math.floor(cluster.simulation.nowMs / 1000) + 3600; // what waits for its time counts, too
  const window = { fromSeconds: nowSeconds - RAW_SECONDS, untilSeconds: nowSeconds, nowSeconds };
  const [series] = await cluster.wait(store.fetch({ series: [{ path: name, id }], ...window }));
  return series;
}

interface SentSample {
  readonly seconds: number;
  readonly value: number;
  readonly confirmed: boolean;
}

function byName(cluster: SimCluster): ReadonlyMap<string, readonly SentSample[]> {
  const names = new Map<string, SentSample[]>();
  for (const { text, confirmed } of cluster.wiretap.batches) {
    for (const line of text.split("\n")) {
      const [name, value, seconds] = line.split(" ") as [string, string, string];
      if (name === "") continue;
      const samples = names.get(name) ?? [];
      names.set(name, samples);
      samples.push({ seconds: Number(seconds), value: Number(value) + 0, confirmed });
    }
  }
  return names;
}

interface SentSlot {
  readonly values: Set<number>;
  confirmed: boolean;
}

function bySlot(samples: readonly SentSample[], stepSeconds: number): ReadonlyMap<number, SentSlot> {
  const slots = new Map<number, SentSlot>();
  for (const { seconds, value, confirmed } of samples) {
    const slotSeconds = seconds - (seconds % stepSeconds);
    const slot = slots.get(slotSeconds) ?? { values: new Set<number>(), confirmed: false };
    slots.set(slotSeconds, slot);
    slot.values.add(value);
    slot.confirmed ||= confirmed;
  }
  return slots;
}

/** Every resolution follows its firing. */
export function checkAlertOrder(cluster: SimCluster): void {
  const firing = new Set<string>();
  for (const { status, alertname, severity, node } of cluster.told) {
    const key = `${alertname} ${severity} ${node}`;
    if (status === "firing") firing.add(key);
    else assert.ok(firing.has(key), `seed ${cluster.seed}: ${key} resolved before it fired`);
  }
}

/** Firings and resolutions without repetitions: `StaleHeartbeat critical n3 firing`. */
export function story(cluster: SimCluster): string[] {
  const last = new Map<string, string>();
  const lines: string[] = [];
  for (const { status, alertname, severity, node } of cluster.told) {
    const key = `${alertname} ${severity} ${node}`;
    if (last.get(key) === status) continue;
    last.set(key, status);
    lines.push(`${key} ${status}`);
  }
  return lines;
}
