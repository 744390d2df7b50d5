/** Values and times of charts as text. */

export type ChartUnit = "count" | "seconds" | "bytes" | "fraction";

type Steps = readonly (readonly [size: number, unit: string])[];

const SCALES: Readonly<Record<ChartUnit, Steps>> = {
  count: [
    [1e9, " G"],
    [1e6, " M"],
    [1e4, " k"],
    [1, ""],
  ],
  seconds: [
    [86_400, " d"],
    [7_200, " h"],
    [120, " min"],
    [1, " s"],
    [1e-3, " ms"],
    [1e-6, " µs"],
  ],
  bytes: [
    [1024 ** 4, " TiB"],
    [1024 ** 3, " GiB"],
    [1024 ** 2, " MiB"],
    [1024, " KiB"],
    [1, " B"],
  ],
  fraction: [[0.01, " %"]],
};

/** What a unit called `min` or `h` is long; the table says from which size on it is used. */
const DIVISORS: Readonly<Record<string, number>> = { " min": 60, " h": 3_600, " k": 1_000 };

function scaleOf(unit: ChartUnit, size: number): readonly [divisor: number, name: string] {
  const steps = SCALES[unit];
  const [from, name] = steps.find(([least]) => size >= least) ?? steps.at(-1)!;
  if (size === 0 && unit === "seconds") return [1, " s"];
  return [DIVISORS[name] ?? from, name];
}

/** `3.42 GiB`, `12.5 %`, `120 ms`. */
export function formatValue(unit: ChartUnit, value: number, significant = 3): string {
  const [divisor, name] = scaleOf(unit, Math.abs(value));
  const scaled = value / divisor;
  const whole = scaled === 0 ? 1 : Math.floor(Math.log10(Math.abs(scaled))) + 1;
  const digits = Math.min(6, Math.max(0, significant - Math.max(1, whole)));
  return `${minus(Number(scaled.toFixed(digits)))}${name}`;
}

/** The labels of an axis: all in the unit of the greatest, with the digits that tell neighbours apart. */
export function formatTicks(unit: ChartUnit, ticks: readonly number[]): string[] {
  const greatest = Math.max(...ticks.map(Math.abs));
  const [divisor, name] = scaleOf(unit, greatest);
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) / divisor : 1;
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return ticks.map((tick) => `${minus(Number((tick / divisor).toFixed(digits)))}${tick === 0 ? "" : name}`);
}

function minus(value: number): string {
  const text = String(Math.abs(value));
  return value < 0 ? `−${text}` : text;
}

/** By minutes, hours or days, whatever the distance of the labels leaves to say; always UTC. */
export function formatTimes(seconds: readonly number[], stepSeconds: number): string[] {
  return seconds.map((second) => {
    const iso = new Date(second * 1000).toISOString();
    if (stepSeconds >= 86_400 || second % 86_400 === 0)
      return `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]}`;
    return stepSeconds < 60 ? iso.slice(11, 19) : iso.slice(11, 16);
  });
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `2026-11-23 09:55:12 UTC`. */
export function formatMoment(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
