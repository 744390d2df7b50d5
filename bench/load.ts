/**
 * What the benchmarks of the store send, as a pure function of series and slot, so that a sender in another process and
 * whoever checks what arrived agree without passing data.
 *
 * The reference mix, by series: 5 of 20 counters of many paces, 5 walks of two decimals, 3 noise of three decimals, 3
 * small integers that change now and then, 2 constants, 2 slow walks with all digits of a double.
 */

export const STEP_SECONDS = 10;
/** Nodes that the series are spread over. */
export const NODES = 50;

export interface Load {
  /** First two nodes of every name. */
  readonly prefix: string;
  readonly series: number;
  /** Different sets of values; slot `k` has those of variant `k % variants`. */
  readonly variants: number;
}

export function seriesName({ prefix }: Load, series: number): string {
  return `${prefix}.${nodeName(series % NODES)}.queue.q${Math.floor(series / NODES)}.jobs`;
}

export function nodeName(node: number): string {
  return `node${String(node).padStart(2, "0")}`;
}

/** The series of one node, by number. */
export function seriesOfNode({ series }: Load, node: number): number[] {
  return Array.from({ length: Math.ceil((series - node) / NODES) }, (_, i) => node + i * NODES);
}

export function valueText({ variants }: Load, series: number, slot: number): string {
  const variant = slot % variants;
  const kind = series % 20;
  /** How far it moves from slot to slot, and where in the walks it begins. */
  const pace = 1 + 20 * noise(series, 1);
  const place = (series * 977 + variant) & MASK;
  if (kind < 5) return String(Math.floor(1e9 * noise(series, 3) + 5 * pace * pace * COUNTED[place]!));
  if (kind < 10) return String(Math.abs(Math.round(10_000 * noise(series, 3) + pace * WALKED[place]!)) / 100);
  if (kind < 13) {
    const value = 100 * noise(series, 3) + (noise(series, variant + 5) + noise(series, -variant) - 1) * pace;
    return String(Math.round(value * 1000) / 1000);
  }
  if (kind < 16) return String(COUNTS[place]);
  if (kind < 18) return String(Math.floor(1000 * noise(series, Math.floor((series + variant) / 2000))) / 10);
  return String(Math.abs(100 * noise(series, 3) + DRIFTED[place]!) / 3);
}

/** When slot `k` of a load is stamped: one after the other up to the end, or again and again within the last minute. */
export type Stamps = "in order" | "last minute" | "by the clock";

const OPEN_SLOTS = 6;

/** In seconds; not for those that go by the clock. */
export function stampOf(stamps: Stamps, slot: number, slots: number, endSeconds: number): number {
  if (stamps === "in order") return endSeconds - (slots - 1 - slot) * STEP_SECONDS;
  return endSeconds - (OPEN_SLOTS - 1 - (slot % OPEN_SLOTS)) * STEP_SECONDS;
}

/** The newest whole slot. */
export function currentSlotSeconds(): number {
  return Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;
}

/** One slot of all series as lines, with the places where the ten digits of the stamps lie. */
export class Lines {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly #stampOffsets: Uint32Array;
  #stampSeconds = 0;

  constructor(load: Load, variant: number) {
    const parts: Buffer[] = [];
    this.lines = load.series;
    this.#stampOffsets = new Uint32Array(load.series);
    let text = "";
    let length = 0;
    for (let series = 0; series < load.series; series++) {
      const line = `${seriesName(load, series)} ${valueText(load, series, variant)} `;
      this.#stampOffsets[series] = length + line.length;
      length += line.length + 11;
      text += `${line}0000000000\n`;
      if (text.length < 1 << 20) continue;
      parts.push(Buffer.from(text, "latin1"));
      text = "";
    }
    this.bytes = Buffer.concat([...parts, Buffer.from(text, "latin1")]);
  }

  stamp(seconds: number): void {
    if (seconds === this.#stampSeconds) return;
    this.#stampSeconds = seconds;
    const digits = Buffer.from(String(seconds), "latin1");
    const { bytes } = this;
    for (const offset of this.#stampOffsets) for (let i = 0; i < 10; i++) bytes[offset + i] = digits[i]!;
  }
}

const MASK = 0xffff;

/** In [0, 1), from two integers. */
function noise(a: number, b: number): number {
  let h = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  const low = Math.imul(h ^ (h >>> 16), 0x27d4eb2f) >>> 6;
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32 + low / 2 ** 58;
}

/** Walks that the series go along, each from a place of its own. */
const COUNTED = new Float64Array(MASK + 1);
const WALKED = new Float64Array(MASK + 1);
const DRIFTED = new Float64Array(MASK + 1);
const COUNTS = new Float64Array(MASK + 1);
for (let i = 1; i <= MASK; i++) {
  COUNTED[i] = COUNTED[i - 1]! + 0.5 + noise(i, 1);
  WALKED[i] = WALKED[i - 1]! + noise(i, 2) + noise(i, 3) + noise(i, 4) - 1.5;
  DRIFTED[i] = DRIFTED[i - 1]! + noise(i, 5) - 0.5;
  const changes = noise(i, 6) < 0.15;
  COUNTS[i] = changes ? Math.max(0, COUNTS[i - 1]! + (noise(i, 7) < 0.5 ? -1 : 1)) : COUNTS[i - 1]!;
}
