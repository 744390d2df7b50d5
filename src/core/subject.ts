/**
 * What is known of a series beside its values: what it counts, in which unit, and how the values of several nodes become
 * one. Dashboards and documents are made from this; adding up what every node reports for the whole cluster is the mistake
 * that it is there to prevent.
 */

/**
 * How the values of several nodes become one: `sum` where each node counts its own share, `max` where each reports the
 * same thing, `node` where a value means something for its node only (a fraction, a percentile, a load).
 */
export type AggregationClass = "sum" | "max" | "node";

export interface Subject {
  /** Dotted, below the root; `<queue>` stands for one node, made of a label or a device: `queue.<queue>.size`. */
  readonly path: string;
  /** Below which root: this node's, the cluster's `_cluster`, or that of the node which the source names. */
  readonly scope: "node" | "cluster" | "host";
  /** A counter only grows, until what it counts in restarts. */
  readonly kind: "gauge" | "counter";
  readonly class: AggregationClass;
  /** As Prometheus names them: `bytes`, `seconds`; empty for plain counts. */
  readonly unit: string;
  /** A sentence without a full stop. */
  readonly meaning: string;
}

/** A function from the dotted subject of a series (`queue.default.size`) to what is known of it. */
export function subjectLookup<T extends Subject>(subjects: readonly T[]): (path: string) => T | undefined {
  const byLength = new Map<number, { readonly nodes: readonly string[]; readonly subject: T }[]>();
  for (const subject of subjects) {
    const nodes = subject.path.split(".");
    byLength.set(nodes.length, [...(byLength.get(nodes.length) ?? []), { nodes, subject }]);
  }
  // Where two match, the one with fewer placeholders says more.
  for (const entries of byLength.values()) entries.sort((a, b) => placeholders(a.nodes) - placeholders(b.nodes));
  return (path) => {
    const nodes = path.split(".");
    const matches = byLength.get(nodes.length)?.find((entry) => entry.nodes.every((node, i) => fits(node, nodes[i]!)));
    return matches?.subject;
  };
}

function fits(pattern: string, node: string): boolean {
  return isPlaceholder(pattern) ? node !== "" : pattern === node;
}

function isPlaceholder(node: string): boolean {
  return node.startsWith("<") && node.endsWith(">");
}

function placeholders(nodes: readonly string[]): number {
  return nodes.filter(isPlaceholder).length;
}

/** A pattern with its placeholders filled in; undefined when `value` knows one of them not. */
export function fillSubject(path: string, value: (placeholder: string) => string | undefined): string | undefined {
  const nodes: string[] = [];
  for (const node of path.split(".")) {
    const filled = isPlaceholder(node) ? value(node.slice(1, -1)) : node;
    if (filled === undefined) return undefined;
    nodes.push(filled);
  }
  return nodes.join(".");
}
