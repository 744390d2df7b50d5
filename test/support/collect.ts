/** Running a collector once, for tests. */
import type { Collector, CollectorContext, Measurement } from "#src/collectors/collector.ts";
import { nodeNames } from "#src/collectors/collector.ts";
import { type Log, type LogFields, silentLog } from "#src/core/log.ts";
import { createMetrics } from "#src/exporters/prometheus.ts";
import type { FakeWorld } from "./fake-world.ts";

export const NAMES = nodeNames("c", "n1");

export interface TestContext extends CollectorContext {
  readonly world: FakeWorld;
  /** Lines that were logged: `level message {fields}`. */
  readonly logged: readonly string[];
}

export function testContext(world: FakeWorld): TestContext {
  const logged: string[] = [];
  return { world, log: recordingLog(logged), metrics: createMetrics(), names: NAMES, logged };
}

export function recordingLog(into: string[]): Log {
  const line = (level: string) => (message: string, fields?: LogFields) => {
    into.push(`${level} ${message} ${fields === undefined ? "" : JSON.stringify(fields)}`);
  };
  return {
    ...silentLog,
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    limited: (level, _key, message, fields) => line(level)(message, fields),
    child: () => recordingLog(into),
  };
}

export interface Gathered {
  /** By the name without `connect.c.`: `n1.host.load.1min`, `_cluster.queue.default.size`. */
  readonly values: ReadonlyMap<string, number>;
  readonly measurements: readonly Measurement[];
  readonly error: unknown;
}

/** What one collection emits, and how it ended. A name that comes twice is an error of the test. */
export async function gather(collector: Collector): Promise<Gathered> {
  const measurements: Measurement[] = [];
  let error: unknown;
  try {
    await collector.collect((measurement) => measurements.push(measurement), new AbortController().signal);
  } catch (thrown) {
    error = thrown;
  }
  const values = new Map<string, number>();
  for (const { name, value } of measurements) {
    const short = name.replace(/^connect\.c\./, "");
    if (values.has(short)) throw new Error(`${short} was emitted twice`);
    values.set(short, value);
  }
  return { values, measurements, error };
}

/** The value of one of our own counters, over all labels that match. */
export async function counted(
  context: CollectorContext,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const readings = await context.metrics.readings();
  return readings
    .filter((reading) => reading.name === name)
    .filter((reading) => Object.entries(labels).every(([label, value]) => reading.labels[label] === value))
    .reduce((sum, reading) => sum + reading.value, 0);
}
