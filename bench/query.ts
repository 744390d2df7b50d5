/**
 * Every function over many series, from the target to the text of the answer, beside a graphite-web asked over HTTP.
 *
 * Ours reads from arrays in memory, graphite-web from whisper files that the system has cached, so for a target that
 * only reads, its share of reading shows; the row `(series as they are)` says how much that is.
 */
import { realWorld } from "#src/core/real/world.ts";
import type { SeriesReader } from "#src/core/series-store.ts";
import type { QueryEnvironment } from "#src/query/environment.ts";
import type { GraphiteFunction } from "#src/query/function.ts";
import { queryLimits } from "#src/query/limits.ts";
import type { Parameter } from "#src/query/parameters.ts";
import { functionNames } from "#src/query/registry.ts";
import { render } from "#src/query/render.ts";
import { RequestParameters } from "#src/query/request.ts";
import { UTC } from "#src/query/time-zone.ts";
import { type GraphiteWeb, graphiteWebMissing, startGraphiteWeb } from "../test/support/graphite-web.ts";
import { type MemorySeries, memoryReader } from "../test/support/memory-reader.ts";
import { evaluate as evaluateRequest } from "../test/support/query-environment.ts";
import type { BenchRow } from "./row.ts";

const SIZES = {
  small: { series: 20, points: 60, runs: 1, withPeer: false },
  full: { series: 1_000, points: 360, runs: 5, withPeer: true },
} as const;

const STEP_SECONDS = 10;
const UNTIL = Date.UTC(2023, 10, 14, 12) / 1000;
/** What windows and shifts reach back to. */
const EARLIER_POINTS = 360;

export async function benchQuery(size: "small" | "full"): Promise<BenchRow[]> {
  const { series: count, points, runs, withPeer } = SIZES[size];
  const series = makeSeries(count, points + EARLIER_POINTS);
  const environment = queryEnvironment(memoryReader(series));
  const peer = withPeer && graphiteWebMissing() === undefined ? await startGraphiteWeb() : undefined;
  try {
    await peer?.load(series);
    const rows: BenchRow[] = [];
    for (const [name, target] of targets()) {
      rows.push(
        await benchTarget(`${name}, ${count} series × ${points} points`, target, environment, peer, points, runs),
      );
    }
    return rows;
  } finally {
    await peer?.close();
  }
}

async function benchTarget(
  name: string,
  target: string,
  environment: QueryEnvironment,
  peer: GraphiteWeb | undefined,
  points: number,
  runs: number,
): Promise<BenchRow> {
  const parameters = request(target, points);
  const ours = await medianMs(runs, () => render(environment, new RequestParameters(parameters)));
  const evaluated = await medianMs(runs, () => evaluate(environment, target, points));
  const theirs = peer === undefined ? undefined : await askPeer(peer, parameters);
  return {
    name,
    ours: milliseconds(ours),
    peer: theirs === undefined ? "not measured" : milliseconds(theirs),
    ratio: theirs === undefined ? "" : `${(theirs / ours).toFixed(0)}×`,
    note: `of ours, ${milliseconds(evaluated)} are the evaluation and the rest is JSON; peer: graphite-web ${peer?.version ?? ""}`,
  };
}

/** `n17.cpu` and the like: a mixture of gauges with gaps and of counters. */
function makeSeries(count: number, points: number): MemorySeries[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `n${i}.cpu`,
    archives: [
      {
        stepSeconds: STEP_SECONDS,
        retentionSeconds: 86_400,
        startSeconds: UNTIL - (points - 1) * STEP_SECONDS,
        values: Array.from({ length: points }, (__, j) => {
          if (i % 10 === 0 && (i + j) % 7 === 0) return Number.NaN;
          return i % 3 === 0 ? i + j * 5 : Math.round(1e6 * Math.abs(Math.sin(i * 7 + j))) / 1e3;
        }),
      },
    ],
  }));
}

function queryEnvironment(reader: SeriesReader): QueryEnvironment {
  const { clock, timers, random } = realWorld();
  return { reader, clock, timers, random, limits: queryLimits.parse({}), timeZone: UTC };
}

function request(target: string, points: number): (readonly [string, string])[] {
  return [
    ["target", target],
    ["from", String(UNTIL - points * STEP_SECONDS)],
    ["until", String(UNTIL)],
    ["now", String(UNTIL)],
    ["format", "json"],
  ];
}

async function evaluate(environment: QueryEnvironment, target: string, points: number): Promise<void> {
  await evaluateRequest(environment, {
    targets: [target],
    fromSeconds: UNTIL - points * STEP_SECONDS,
    untilSeconds: UNTIL,
    nowSeconds: UNTIL,
    timeZone: UTC,
    xFilesFactor: 0,
    templateValues: new Map(),
  });
}

/** Undefined where the peer can't do it: an older release has not all functions. */
async function askPeer(
  peer: GraphiteWeb,
  parameters: readonly (readonly [string, string])[],
): Promise<number | undefined> {
  let status = 0;
  const ms = await medianMs(1, async () => {
    status = (await peer.post("/render/", parameters)).status;
  });
  return status === 200 ? ms : undefined;
}

async function medianMs(runs: number, work: () => Promise<unknown>): Promise<number> {
  const { clock } = realWorld();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const started = clock.monotonicMs();
    await work();
    times.push(clock.monotonicMs() - started);
  }
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

// ---- one target for each function

const SERIES = "n*.cpu";
/** What the type of a parameter does not tell. */
const GIVEN: Readonly<Record<string, string>> = {
  aliasQuery: `aliasQuery(n1*.cpu,"^n(.).*","n\\1.cpu","%d")`,
  aliasSub: `aliasSub(${SERIES},"^n(\\d+)\\.(\\w+)$","\\2 of \\1")`,
  applyByNode: `applyByNode(n1?.cpu,0,"scale(%.cpu,2)")`,
  areaBetween: "areaBetween(n{1,2}.cpu)",
  asPercent: `asPercent(${SERIES})`,
  divideSeries: `divideSeries(${SERIES},n1.cpu)`,
  exclude: `exclude(${SERIES},"n\\d*7\\.")`,
  grep: `grep(${SERIES},"n\\d*7\\.")`,
  groupByTags: `groupByTags(${SERIES},"sum","name")`,
  holtWintersConfidenceArea: `holtWintersConfidenceArea(n1.cpu,3,"10min","5min")`,
  holtWintersAberration: `holtWintersAberration(${SERIES},3,"10min","5min")`,
  holtWintersConfidenceBands: `holtWintersConfidenceBands(${SERIES},3,"10min","5min")`,
  holtWintersForecast: `holtWintersForecast(${SERIES},"10min","5min")`,
  legendValue: `legendValue(${SERIES},"max","last")`,
  mapSeries: `reduceSeries(mapSeries(${SERIES},0),"sumSeries",1,"cpu")`,
  reduceSeries: `reduceSeries(mapSeries(${SERIES},0),"sumSeries",1,"cpu")`,
  seriesByTag: 'seriesByTag("name=nothing")',
  timeStack: `timeStack(n1?.cpu,"1min",0,5)`,
  useSeriesAbove: `useSeriesAbove(keepLastValue(n1?.cpu),10,"^k.*\\((.*)\\)$","\\1")`,
  verticalLine: `verticalLine("11:59_20231114","x")`,
};

function targets(): (readonly [name: string, target: string])[] {
  const functions = [...new Set(functionNames().map(([, entry]) => entry))].map(
    (entry) => [entry.name, GIVEN[entry.name] ?? callOf(entry)] as const,
  );
  return [["(series as they are)", SERIES], ...functions];
}

/** With what has to be given, and no more. */
function callOf(entry: GraphiteFunction): string {
  const given = [...entry.parameters]
    .filter(([, { required }]) => required)
    .map(([name, parameter]) => argument(name, parameter));
  return `${entry.name}(${given.length === 0 ? SERIES : given.join(",")})`;
}

function argument(name: string, { type }: Parameter<unknown>): string {
  switch (type.name) {
    case "seriesList":
      return SERIES;
    case "float":
      return name === "n" ? "50" : "0.5";
    case "integer":
      return "10";
    case "node":
    case "nodeOrTag":
      return "0";
    case "interval":
      return '"1min"';
    case "intOrInterval":
      return "30";
    case "date":
      return '"11:30_20231114"';
    case "aggFunc":
    case "aggOrSeriesFunc":
      return '"average"';
    default:
      return `"${type.options?.find((option) => typeof option === "string") ?? (name === "intervalUnit" ? "1min" : "x")}"`;
  }
}
