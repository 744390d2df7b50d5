/**
 * Ranges of time as they stand in addresses: the part of Grafana's grammar that links are made of. `now`, `now-6h`, or
 * milliseconds since 1970.
 */
import { RequestError } from "./request-error.ts";

export interface TimeRange {
  /** As they were given. */
  readonly from: string;
  readonly to: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export const PRESETS = ["5m", "15m", "1h", "6h", "24h", "7d", "30d"] as const;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };
const LONGEST_MS = 10 * 366 * 864e5;

/** @throws RequestError that says what would be right. */
export function parseRange(from: unknown, to: unknown, nowMs: number): TimeRange {
  const range = { from: textOf(from, "now-1h"), to: textOf(to, "now") };
  const fromMs = parseMoment(range.from, nowMs);
  const toMs = parseMoment(range.to, nowMs);
  if (fromMs >= toMs)
    throw new RequestError(400, `the range begins at ${range.from} and ends at ${range.to}: not after it`);
  if (toMs - fromMs > LONGEST_MS) throw new RequestError(400, "the range is longer than ten years");
  return { ...range, fromMs, toMs };
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function parseMoment(text: string, nowMs: number): number {
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const match = /^now(?:-(\d{1,6})([smhdw]))?$/.exec(text);
  if (match === null) {
    throw new RequestError(400, `${JSON.stringify(text)} is not a time; right would be now, now-6h or 1795427712000`);
  }
  return match[1] === undefined ? nowMs : nowMs - Number(match[1]) * UNIT_MS[match[2]!]!;
}
