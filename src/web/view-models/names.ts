/** Where a node is found: among the series, and among the pages. */

/** Not core's `nodeRoot`, which makes names clean: these stand in series already, however odd they look. */
export function seriesRoot(cluster: string, node: string): string {
  return `connect.${cluster}.${node}`;
}

export function nodeHref(cluster: string, node: string): string {
  return `/node/${encodeURIComponent(cluster)}/${encodeURIComponent(node)}`;
}
