/**
 * The identity of a set of labels, as Prometheus and Alertmanager compute it (common/model `LabelSet.Fingerprint`):
 * FNV-1a, 64 bits, over the labels sorted by name, each followed by a byte 255. So an alert of ours and the same alert
 * in an Alertmanager have one fingerprint.
 */
const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;
const SEPARATOR = 255;

const encoder = new TextEncoder();

/** Rules find the same labels again every second: what was computed is remembered, up to a bound. */
const remembered = new Map<string, string>();
const REMEMBERED = 50_000;

export function fingerprint(labels: Readonly<Record<string, string>>): string {
  const key = JSON.stringify(labels);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size >= REMEMBERED) remembered.clear();
  const computed = compute(labels);
  remembered.set(key, computed);
  return computed;
}

function compute(labels: Readonly<Record<string, string>>): string {
  let hash = OFFSET;
  const add = (byte: number): void => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name]!]) {
      for (const byte of encoder.encode(text)) add(byte);
      add(SEPARATOR);
    }
  }
  return hash.toString(16).padStart(16, "0");
}
