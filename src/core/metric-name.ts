/** Building dotted metric names out of text that was not made for it: host names, label values, file stems. */

/** One node of a dotted name: whatever is not a letter, digit, `_` or `-` becomes `_`; empty becomes `_`. */
export function nameNode(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9_-]/g, "_");
  return clean === "" ? "_" : clean;
}

/** `connect.<cluster>.<node>`: the root under which everything about one node lives. */
export function nodeRoot(cluster: string, node: string): string {
  return `connect.${nameNode(cluster)}.${nameNode(node)}`;
}

/** `connect.<cluster>._cluster`: values that every node reports for the whole cluster. */
export function clusterRoot(cluster: string): string {
  return `connect.${nameNode(cluster)}._cluster`;
}

/** The node that stands for the cluster in names; no host can have it, since a host name has no underscore first. */
export const CLUSTER_NODE = "_cluster";

/** Splits `connect.<cluster>.<node>.<subject>`; undefined for any other name. */
export function parseNodeName(name: string): { cluster: string; node: string; subject: string } | undefined {
  const match = /^connect\.([^.;]+)\.([^.;]+)\.([^;]+)$/.exec(name);
  if (match === null) return undefined;
  return { cluster: match[1]!, node: match[2]!, subject: match[3]! };
}
