/** Figures as pages show them; the rest is core/units.ts. */
import { formatDuration } from "../core/units.ts";

/** `0 s`, `42 s`, `3 m 12 s`, `2 h 5 m`. The browser counts on in the same words (browser/age.ts). */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 1 ? "0 s" : formatDuration(seconds * 1000);
}

/** `2026-11-23 09:55:12 UTC`. */
export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `09:55:12`, for where it is clear which day is meant, and that it is UTC. */
export function formatTimeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** `12`, `0.42`, `1,234`: what fits into a tile. */
export function formatFigure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
