/**
 * The dotted name of a sample whose labels mean nothing to us.
 *
 *     node_cpu_seconds_total{mode="idle",cpu="0"}   →  node_cpu_seconds_total.cpu.0.mode.idle
 *     up{path="/var/lib",zone=""}                   →  up.path.%2Fvar%2Flib.zone.%
 *
 * After the metric's name come label name and label value in turn, sorted by label name. Whatever is not a letter, digit,
 * `_` or `-` is written as the percent-encoded bytes of its UTF-8, and an empty value as `%` alone. So two different
 * samples never get one name, and the labels can be read back: a `/` that became `_` would let `/a_b` and `/a/b` write
 * into each other. The same label set gives the same name in every order.
 */
import type { Label } from "./family.ts";

export function seriesPath(metric: string, labels: readonly Label[]): string {
  let path = pathNode(metric);
  for (const label of sortedLabels(labels)) path += `.${label.name}.${pathNode(label.value)}`;
  return path;
}

const encoder = new TextEncoder();

/** How each byte is written. */
const WRITTEN = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** One node of a name, reversibly. */
export function pathNode(text: string): string {
  if (text === "") return "%";
  if (!/[^A-Za-z0-9_-]/.test(text)) return text;
  let node = "";
  for (const byte of encoder.encode(text)) node += WRITTEN[byte];
  return node;
}

/** A text that two label sets share only if they are the same set. */
export function labelKey(labels: readonly Label[]): string {
  return sortedLabels(labels)
    .map((label) => `${label.name}=${JSON.stringify(label.value)}`)
    .join(",");
}

function sortedLabels(labels: readonly Label[]): readonly Label[] {
  return labels.length < 2 ? labels : labels.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
