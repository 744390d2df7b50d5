/** Metrics whose counters a test can read; gauges are among the readings. */
import type { Metrics, NamedReading } from "#src/core/metrics.ts";

export interface CountingMetrics extends Metrics {
  /** The value of a counter with exactly these labels; 0 when it was never touched. */
  count(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The same over all labels. */
  sum(name: string): number;
}

export function countingMetrics(): CountingMetrics {
  const values = new Map<string, number>();
  const gauges: (() => NamedReading[])[] = [];
  const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
    `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
  return {
    counter: (name) => ({
      add: (by, labels) => {
        const key = keyOf(name, labels);
        values.set(key, (values.get(key) ?? 0) + by);
      },
    }),
    total: (name, _help, _labels, read) => gauges.push(() => [...read()].map((one) => ({ name, ...one }))),
    gauge: (name, _help, _labels, read) => gauges.push(() => [...read()].map((one) => ({ name, ...one }))),
    readings: async () => gauges.flatMap((read) => read()),
    sum: (name) => {
      let sum = 0;
      for (const [key, value] of values) if (key.startsWith(`${name} `)) sum += value;
      return sum;
    },
    count: (name, labels = {}) => values.get(keyOf(name, labels)) ?? 0,
  };
}
