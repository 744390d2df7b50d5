/** Measurements with their error bounds, as people write them. */
import { formatDuration } from "./units.ts";

/**
 * The offset of a clock, `2.003 s fast ± 0.4 ms`: the bound to one digit, rounded up, and of the value no more
 * digits than the bound leaves it, nor more than four.
 */
export function formatOffset({ offsetMs, boundMs }: { readonly offsetMs: number; readonly boundMs: number }): string {
  const direction = offsetMs > 0 ? " fast" : " slow";
  const value = formatMeasured(Math.abs(offsetMs), boundMs);
  return `${value}${/^[0.]+ /.test(value) ? "" : direction} ± ${formatBound(boundMs)}`;
}

/** The value that a bound belongs to, without sign: `12.3 ms` for ± 0.4 ms. */
export function formatMeasured(valueMs: number, boundMs: number): string {
  const stepMs = lastDigit(boundMs);
  const rounded = Math.round(valueMs / stepMs) * stepMs;
  if (rounded >= 60_000) return formatDuration(rounded);
  const [unit, unitMs] = unitOf(rounded === 0 ? stepMs : rounded);
  const value = rounded / unitMs;
  const leftByBound = -Math.floor(Math.log10(stepMs / unitMs) + 1e-9);
  const leftByDigits = value === 0 ? leftByBound : 3 - Math.floor(Math.log10(value));
  return `${value.toFixed(Math.max(0, Math.min(leftByBound, leftByDigits)))} ${unit}`;
}

/** `0.4 ms` for 0.31 ms: a bound may only grow when it is rounded. */
export function formatBound(boundMs: number): string {
  const stepMs = lastDigit(boundMs);
  const rounded = Math.ceil(boundMs / stepMs - 1e-9) * stepMs;
  if (rounded >= 60_000) return formatDuration(rounded);
  const [unit, unitMs] = unitOf(rounded);
  return `${Number((rounded / unitMs).toPrecision(1))} ${unit}`;
}

/** The place of a bound's one digit: 0.31 → 0.1. Nothing is known closer than a tenth of a microsecond. */
function lastDigit(boundMs: number): number {
  return 10 ** Math.floor(Math.log10(Math.max(boundMs, 1e-4)) + 1e-9);
}

function unitOf(ms: number): readonly [unit: string, ms: number] {
  if (ms >= 1_000) return ["s", 1_000];
  return ms >= 0.0999 ? ["ms", 1] : ["µs", 1e-3];
}
