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

/** One node of a name, reversibly. */
export function pathNode(text: string): string {
  return text === "" ? "%" : text.replace(/[^A-Za-z0-9_-]/gu, percentEncoded);
}

const encoder = new TextEncoder();

function percentEncoded(character: string): string {
  return ASCII[character.charCodeAt(0)] ?? Array.from(encoder.encode(character), percentByte).join("");
}

function percentByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

const ASCII = Array.from({ length: 128 }, (_, byte) => percentByte(byte));

/** A text that two label sets share only if they are the same set; lengths keep a value from posing as the next label. */
export function labelKey(labels: readonly Label[]): string {
  let key = "";
  for (const { name, value } of sortedLabels(labels)) key += `${name}=${value.length}:${value},`;
  return key;
}

function sortedLabels(labels: readonly Label[]): readonly Label[] {
  return isSorted(labels) ? labels : labels.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Most servers sort them. */
function isSorted(labels: readonly Label[]): boolean {
  for (let i = 1; i < labels.length; i++) if (labels[i - 1]!.name > labels[i]!.name) return false;
  return true;
}
