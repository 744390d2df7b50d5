/**
 * Counters and gauges of our own, as rooms see them.
 *
 * The implementation (exporters/prometheus.ts, on prom-client) publishes them on /metrics; the `self` collector sends
 * them through Carbon. Whatever is dropped or refused is counted here under a label `reason`.
 */
export interface Metrics {
  /** Declares a counter; its name ends in `_total`. Declaring it again returns the same one. */
  counter<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  /** Declares a counter that is kept elsewhere, and read when somebody looks; its name ends in `_total`. */
  total<Label extends string = never>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => Iterable<Reading<Label>>,
  ): void;
  /** Declares a gauge whose values are read when somebody looks. */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => Iterable<Reading<Label>>,
  ): void;
  /** All values now, for the self collector. */
  readings(): Promise<readonly NamedReading[]>;
}

export interface Counter<Label extends string> {
  add(by: number, labels: Readonly<Record<Label, string>>): void;
}

export interface Reading<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

export interface NamedReading extends Reading<string> {
  readonly name: string;
}
