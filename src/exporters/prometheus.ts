/**
 * Our own counters and gauges, published as a Prometheus page by prom-client.
 *
 * A registry of our own: prom-client's global one would let two servers of one process, or two tests, write into each
 * other. prom-client has no notion of a name that is wrong for its type; those rules (`promtool check metrics`) are held
 * here, where a wrong name is a mistake in our code.
 */
import { collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Registry } from "prom-client";
import { assert } from "../core/errors.ts";
import type { Counter, Metrics, NamedReading, Reading } from "../core/metrics.ts";

export interface PublishedMetrics extends Metrics {
  /** The page, and the Content-Type to serve it with. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface MetricsOptions {
  /** Add Node's own: heap, event loop, garbage collection, processor time. Not in a simulation: they watch real time. */
  readonly processMetrics: boolean;
}

export function createMetrics(options: MetricsOptions = { processMetrics: false }): PublishedMetrics {
  const registry = new Registry();
  if (options.processMetrics) addProcessMetrics(registry);
  const counters = new Map<string, DeclaredCounter>();
  return {
    counter: <Label extends string = never>(name: string, help: string, labels: readonly Label[] = []) => {
      const known = counters.get(name);
      if (known !== undefined) {
        assert(known.labels === labels.join(), `the counter ${name} is declared with the same labels everywhere`);
        return known.counter;
      }
      assert(name.endsWith("_total"), `the counter ${name} ends in _total`);
      assertDeclaration(name, help, labels);
      const counter = publishCounter(registry, name, help, labels);
      counters.set(name, { counter, labels: labels.join() });
      return counter;
    },
    total: <Label extends string = never>(
      name: string,
      help: string,
      labels: readonly Label[],
      read: () => Iterable<Reading<Label>>,
    ) => {
      assert(name.endsWith("_total"), `the counter ${name} ends in _total`);
      assertDeclaration(name, help, labels);
      publishTotal(registry, name, help, labels, read);
    },
    gauge: <Label extends string = never>(
      name: string,
      help: string,
      labels: readonly Label[],
      read: () => Iterable<Reading<Label>>,
    ) => {
      assert(!/_(?:total|count|sum|bucket|info)$/.test(name), `the gauge ${name} has no suffix of another type`);
      assertDeclaration(name, help, labels);
      publishGauge(registry, name, help, labels, read);
    },
    readings: () => readAll(registry),
    page: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

interface DeclaredCounter {
  readonly counter: Counter<string>;
  readonly labels: string;
}

function assertDeclaration(name: string, help: string, labels: readonly string[]): void {
  assert(/^[a-z][a-z0-9_]*$/.test(name), `the metric ${name} is named in small letters, digits and _`);
  assert(help !== "", `the metric ${name} has a help text`);
  for (const label of labels) assert(/^[a-z][a-z0-9_]*$/.test(label), `the label ${label} of ${name} is named so too`);
}

function publishCounter(registry: Registry, name: string, help: string, labels: readonly string[]): Counter<string> {
  const counter = new PromCounter({ name, help, labelNames: labels, registers: [registry] });
  return {
    add(by, values) {
      assert(by >= 0, `the counter ${name} only grows`);
      counter.inc(values, by);
    },
  };
}

function publishTotal(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly string[],
  read: () => Iterable<Reading<string>>,
): void {
  assert(registry.getSingleMetric(name) === undefined, `the counter ${name} is declared once`);
  new PromCounter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const reading of read()) this.inc(reading.labels, reading.value);
    },
  });
}

function publishGauge(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly string[],
  read: () => Iterable<Reading<string>>,
): void {
  assert(registry.getSingleMetric(name) === undefined, `the gauge ${name} is declared once`);
  new PromGauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    /** Asked by prom-client before each page: what is gone since the last one is gone from the page too. */
    collect() {
      this.reset();
      for (const reading of read()) this.set(reading.labels, reading.value);
    },
  });
}

async function readAll(registry: Registry): Promise<readonly NamedReading[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap((metric) =>
    metric.values.map((value) => ({
      name: "metricName" in value && typeof value.metricName === "string" ? value.metricName : metric.name,
      labels: Object.fromEntries(Object.entries(value.labels).map(([label, text]) => [label, String(text)])),
      value: value.value,
    })),
  );
}

/** Gauges that prom-client calls `_total`, as only counters may be; each is the sum of one that stays. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
