/** Durations, sizes and counts as people write and read them. */
import { LockstepError } from "./errors.ts";

const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** `500ms`, `10s`, `1h30m`, `7d` → milliseconds. A bare number is refused: it has no unit. */
export function parseDuration(text: string): number {
  const parts = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w|y))+$/.test(text)
    ? text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)
    : [];
  let totalMs: number | undefined;
  for (const [, amount, unit] of parts) totalMs = (totalMs ?? 0) + Number(amount) * DURATION_MS[unit!]!;
  if (totalMs === undefined) {
    throw new LockstepError("UNITS_DURATION", `"${text}" is not a duration; right would be 10s, 500ms, 1h30m or 7d`);
  }
  return totalMs;
}

/** `64 MiB`, `5 MB`, `100 kB`, `512 B` → bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(text);
  if (match === null) {
    throw new LockstepError("UNITS_BYTES", `"${text}" is not a size; right would be 64 MiB, 5 MB or 512 B`);
  }
  return Math.round(Number(match[1]) * BYTES[match[2]!]!);
}

/** `42 ms`, `9.5 s`, `3 m 12 s`, `2 h 5 m`, `4 d 3 h`: the two largest units, for people. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? "−" : "";
  const abs = Math.abs(ms);
  if (abs < 1) return `${sign}${significant(abs * 1000)} µs`;
  if (abs < 1000) return `${sign}${significant(abs)} ms`;
  if (abs < 9_950) return `${sign}${significant(abs / 1000, 2)} s`;
  const totalSeconds = Math.round(abs / 1000);
  const units: readonly (readonly [string, number])[] = [
    ["y", 31_536_000],
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, seconds]) => totalSeconds >= seconds);
  const [unit, seconds] = units[first]!;
  const next = units[first + 1];
  const rest = next === undefined ? 0 : Math.floor((totalSeconds % seconds) / next[1]);
  const head = `${sign}${Math.floor(totalSeconds / seconds)} ${unit}`;
  return next === undefined || rest === 0 ? head : `${head} ${rest} ${next[0]}`;
}

/** A duration that `parseDuration` reads back exactly, for settings: 90000 → `1m30s`. */
export function durationSetting(ms: number): string {
  if (ms === 0) return "0s";
  let text = "";
  let rest = ms;
  for (const unit of ["w", "d", "h", "m", "s", "ms"]) {
    const size = DURATION_MS[unit]!;
    const count = unit === "ms" ? rest : Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${significant(value)} ${units[unit]}`;
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

function significant(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits)));
}
