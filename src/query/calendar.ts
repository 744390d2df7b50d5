/** Units of the calendar in a time zone. */
import { timeUnit, weekdayOf } from "./time-grammar.ts";
import { epochSeconds, type TimeZone, UTC, type WallTime, wallTime } from "./time-zone.ts";

/**
 * When the unit began in which the instant lies, by the zone's offset at that instant (graphite-web does not look
 * whether the clocks have been changed since). `text` is a unit, with the weekday to begin at (1 is Monday) behind
 * weeks: `weeks3`.
 */
export function startOfUnit(instant: number, text: string, zone: TimeZone): number {
  const offset = zone.offsetSeconds(instant);
  const wall = wallTime(instant + offset, UTC);
  return epochSeconds(truncate(wall, text), UTC) - offset;
}

function truncate(wall: WallTime, text: string): WallTime {
  const midnight = { ...wall, hour: 0, minute: 0, second: 0 };
  switch (timeUnit(text)?.unit) {
    case "years":
      return { ...midnight, month: 1, day: 1 };
    case "months":
      return { ...midnight, day: 1 };
    case "weeks": {
      const firstWeekday = Number(/\d$/.exec(text)?.[0] ?? 1);
      const weekday = weekdayOf(wall) || 7;
      return { ...midnight, day: wall.day - ((weekday - firstWeekday + 7) % 7) };
    }
    case "days":
      return midnight;
    case "hours":
      return { ...wall, minute: 0, second: 0 };
    case "minutes":
      return { ...wall, second: 0 };
    default:
      return wall;
  }
}

/** Whether the clocks are ahead of what they show at the other end of the year. */
export function isSummerTime(instant: number, zone: TimeZone): boolean {
  const { year } = wallTime(instant, zone);
  const offsets = [1, 7].map((month) =>
    zone.offsetSeconds(epochSeconds({ year, month, day: 1, hour: 0, minute: 0, second: 0 }, UTC)),
  );
  return zone.offsetSeconds(instant) > Math.min(...offsets);
}
