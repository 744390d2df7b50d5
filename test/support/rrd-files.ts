/** Random RRD files, and the commands of rrdtool that make the same. */
import type { ArchiveSpec, DataSourceSpec, MeasuredSpec, RrdSpec } from "#src/rrd/create.ts";
import type { RrdUpdate } from "#src/rrd/update.ts";
import type { SeededRandom } from "./random.ts";

const START = 1_700_000_000;
const MEASURED = ["GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"] as const;
const FUNCTIONS = ["AVERAGE", "MIN", "MAX", "LAST"] as const;

export function randomSpec(random: SeededRandom): RrdSpec {
  const stepSeconds = random.pick([1, 2, 5, 10, 60, 300, 7]);
  const count = random.between(1, 5);
  const dataSources: DataSourceSpec[] = [];
  for (let i = 0; i < count; i++) dataSources.push(randomDataSource(random, stepSeconds, dataSources));
  return {
    stepSeconds,
    startSeconds: START + random.below(10_000),
    dataSources,
    archives: Array.from({ length: random.between(1, 6) }, () => randomArchive(random)),
  };
}

function randomDataSource(random: SeededRandom, step: number, before: readonly DataSourceSpec[]): DataSourceSpec {
  const name = `${random.pick(["load", "in-", "OUT_", "x"])}${before.length}`;
  if (before.length > 0 && random.chance(0.25))
    return { name, type: "COMPUTE", expression: expression(random, before) };
  const measured: MeasuredSpec = {
    name,
    type: random.pick(MEASURED),
    heartbeatSeconds: step * random.between(1, 6) + random.below(2),
  };
  if (!random.chance(0.3)) return measured;
  return { ...measured, ...(random.chance(0.5) ? { min: -5.5 } : {}), ...(random.chance(0.5) ? { max: 1e6 / 3 } : {}) };
}

function expression(random: SeededRandom, before: readonly DataSourceSpec[]): string {
  const a = random.pick(before).name;
  const b = random.pick(before).name;
  return random.pick([
    `${a},8,*`,
    `${a},${b},+`,
    `${a},UN,0,${a},IF`,
    `${a},${b},/`,
    `${a},${b},MAX,3,-`,
    `${a},100,GT,UNKN,${b},IF`,
    `${a},${b},ADDNAN,SQRT`,
    `${a},${b},2,AVG`,
    `${a},0,50,LIMIT`,
    `${a},7,%,FLOOR`,
  ]);
}

function randomArchive(random: SeededRandom): ArchiveSpec {
  return {
    function: random.pick(FUNCTIONS),
    xff: random.pick([0, 0.25, 0.5, 0.99]),
    stepsPerRow: random.pick([1, 1, 2, 3, 5, 12]),
    rows: random.between(1, 40),
  };
}

/** Of a data source, reading after reading. */
type Source = () => string;

/** In order of time, with gaps, fractions of seconds, resets and wraps of counters, and unknowns. */
export function randomUpdates(random: SeededRandom, spec: RrdSpec, count: number): RrdUpdate[] {
  const sources = spec.dataSources.filter(({ type }) => type !== "COMPUTE").map(({ type }) => source(random, type));
  const onTime = random.chance(0.3);
  let microseconds = 0;
  let seconds = spec.startSeconds;
  return Array.from({ length: count }, () => {
    const gap = random.chance(0.05) ? spec.stepSeconds * random.between(2, 60) : 0;
    seconds += gap + (onTime ? spec.stepSeconds : random.between(1, Math.ceil(spec.stepSeconds * 1.7)));
    microseconds = random.chance(0.3) ? random.below(1000) * 1000 : 0;
    const readings = sources.map((next) => (random.chance(0.06) ? "U" : next()));
    return { timeSeconds: seconds + microseconds / 1e6, readings };
  });
}

function source(random: SeededRandom, type: DataSourceSpec["type"]): Source {
  switch (type) {
    case "COUNTER":
      return counter(random, random.pick([0n, 2n ** 32n - 5_000n, 2n ** 64n - 5_000n, 123_456_789_012_345_678n]));
    case "DERIVE":
      return wandering(random);
    case "DCOUNTER":
      return rising(random);
    default:
      return () => random.pick(VALUES)(random);
  }
}

function counter(random: SeededRandom, start: bigint): Source {
  const modulus = start < 2n ** 33n ? 2n ** 32n : 2n ** 64n;
  let value = start;
  return () => {
    value = random.chance(0.03) ? 0n : (value + BigInt(random.below(3_000))) % modulus;
    return String(value);
  };
}

function wandering(random: SeededRandom): Source {
  let value = random.pick([0n, 9_007_199_254_740_993n, -4_000n]);
  return () => {
    value += BigInt(random.between(-2_000, 2_000));
    return String(value);
  };
}

function rising(random: SeededRandom): Source {
  let value = random.pick([0, 1e9, -500]);
  return () => {
    value = random.chance(0.05) ? 0 : value + random.next() * 100;
    return value.toFixed(3);
  };
}

const VALUES: readonly ((random: SeededRandom) => string)[] = [
  (random) => String(random.below(100)),
  (random) => String(random.next() * 100),
  (random) => (random.next() * 1e12 - 5e11).toFixed(6),
  (random) => (random.next() * 10 ** random.between(-20, 20)).toExponential(random.below(17)),
  (random) => `-${random.next()}`,
  () => "0",
  () => "12345678901234567890.12345678901234567890",
];

// ---- rrdtool's commands

export function createCommand(path: string, spec: RrdSpec): string {
  const limit = (value: number | undefined) => (value === undefined ? "U" : value.toFixed(12));
  const dataSources = spec.dataSources.map((ds) =>
    ds.type === "COMPUTE"
      ? `DS:${ds.name}:COMPUTE:${ds.expression}`
      : `DS:${ds.name}:${ds.type}:${ds.heartbeatSeconds}:${limit(ds.min)}:${limit(ds.max)}`,
  );
  const archives = spec.archives.map(
    ({ function: name, xff, stepsPerRow, rows }) => `RRA:${name}:${xff}:${stepsPerRow}:${rows}`,
  );
  const { startSeconds, stepSeconds } = spec;
  return `create ${path} --start ${startSeconds} --step ${stepSeconds} ${[...dataSources, ...archives].join(" ")}`;
}

export function updateCommand(path: string, updates: readonly RrdUpdate[]): string {
  const texts = updates.map(({ timeSeconds, readings }) => [timeSeconds, ...readings].join(":"));
  return `update ${path} ${texts.join(" ")}`;
}
