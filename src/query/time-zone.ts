/**
 * Time zones by name: the wall clock at an instant, and the instant of a wall clock reading.
 *
 * The rules come from Node's own tz database through Intl. Where a wall clock reading happens twice or never, the
 * choice is pytz's (`localize(is_dst=False)`), since graphite-web's: the later of two, and for one that is skipped the
 * offset that held before the change.
 */

/** A reading of a wall clock. `month` counts from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface TimeZone {
  readonly name: string;
  /** What the wall clock is ahead of UTC at that instant. */
  offsetSeconds(epochSeconds: number): number;
}

export const UTC: TimeZone = { name: "UTC", offsetSeconds: () => 0 };

/** No zone has changed its offset more often than this. */
const OFFSET_SPAN_SECONDS = 900;
const DAY_SECONDS = 86_400;

/** Undefined for a name that the tz database does not have. */
export function timeZone(name: string): TimeZone | undefined {
  if (name === "UTC") return UTC;
  try {
    return intlZone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function intlZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  // Asking Intl costs microseconds; neighbouring points of a series ask for the same offset again and again.
  let rememberedSpan = Number.NaN;
  let remembered = 0;
  return {
    name,
    offsetSeconds(epochSeconds) {
      const span = Math.floor(epochSeconds / OFFSET_SPAN_SECONDS);
      if (span !== rememberedSpan) {
        const instant = span * OFFSET_SPAN_SECONDS;
        remembered = epochOfParts(format.formatToParts(instant * 1000)) - instant;
        rememberedSpan = span;
      }
      return remembered;
    },
  };
}

function epochOfParts(parts: readonly Intl.DateTimeFormatPart[]): number {
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return utcEpoch({
    year: value("year"),
    month: value("month"),
    day: value("day"),
    hour: value("hour"),
    minute: value("minute"),
    second: value("second"),
  });
}

export function wallTime(epochSeconds: number, zone: TimeZone): WallTime {
  const date = new Date((epochSeconds + zone.offsetSeconds(epochSeconds)) * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** Seconds since 1970 UTC of a reading; fields beyond their range carry over (day 0 is the last of the month before). */
export function epochSeconds(wall: WallTime, zone: TimeZone): number {
  const asUtc = utcEpoch(wall);
  const candidates = [asUtc - DAY_SECONDS, asUtc + DAY_SECONDS]
    .map((instant) => asUtc - zone.offsetSeconds(instant))
    .filter((instant) => instant + zone.offsetSeconds(instant) === asUtc);
  if (candidates.length > 0) return Math.max(...candidates);
  return asUtc - zone.offsetSeconds(asUtc - DAY_SECONDS / 4 - zone.offsetSeconds(asUtc));
}

function utcEpoch(wall: WallTime): number {
  const date = new Date(0);
  date.setUTCFullYear(wall.year, wall.month - 1, wall.day);
  date.setUTCHours(wall.hour, wall.minute, wall.second);
  return date.getTime() / 1000;
}
