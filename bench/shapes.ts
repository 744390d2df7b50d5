/**
 * The shapes of queries that dashboards ask, through HTTP: medians of answers in a row, the first ones left out. Beside
 * VictoriaMetrics with the same samples, asked for the same in its own language (MetricsQL over `query_range`) without
 * its cache of responses; its answers have to have as many series.
 */
import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { currentSlotSeconds, type Load, NODES, STEP_SECONDS, seriesName, seriesOfNode, valueText } from "./load.ts";
import { type Ours, ok, optionally, type Peer, withOurs, withVictoria } from "./peers.ts";
import { waitUntilQuiet } from "./process.ts";
import { attempt, type BenchRow, type BenchSize, milliseconds, ratio } from "./row.ts";
import { withTraffic } from "./traffic.ts";
import { type Rendered, render } from "./verify.ts";

const SIZES = {
  small: { hour: 400, day: 100, hourSlots: 30, daySlots: 60, rounds: 2, quietSeconds: 0.2 },
  full: { hour: 10_000, day: 1_000, hourSlots: 360, daySlots: 8_640, rounds: 25, quietSeconds: 2 },
} as const;
const WARM_ROUNDS = 15;
/** As wide as a large panel. */
const MAX_POINTS = 800;

interface Shape {
  readonly name: string;
  readonly slots: number;
  readonly target: string;
  readonly query: string;
  readonly series: number;
  readonly targetMs?: number;
}

interface Stage {
  readonly ours: Ours;
  readonly victoria: Peer | undefined;
  readonly endSeconds: number;
  readonly rounds: number;
}

export function benchShapes(size: BenchSize): Promise<BenchRow[]> {
  return attempt("queries", () =>
    withOurs((ours) => optionally(withVictoria, (victoria) => benchBoth(size, ours, victoria))),
  );
}

async function benchBoth(size: BenchSize, ours: Ours, victoria: Peer | undefined): Promise<BenchRow[]> {
  const { hour: hourSeries, day: daySeries, hourSlots, daySlots, rounds, quietSeconds } = SIZES[size];
  const hour: Load = { prefix: "connect.prod", series: hourSeries, variants: hourSlots };
  const day: Load = { prefix: "connect.day", series: daySeries, variants: daySlots };
  const stage = { ours, victoria, endSeconds: currentSlotSeconds(), rounds };
  const both = [ours, ...(victoria === undefined ? [] : [victoria])];
  await fill(both, hour, hourSlots, stage.endSeconds, 0);
  await fill(both, day, daySlots, stage.endSeconds, hourSeries * hourSlots);
  for (const peer of both) await waitUntilQuiet(peer.program, ours.directory, quietSeconds);
  await verifySums(stage, hour, hourSlots);
  const rows: BenchRow[] = [];
  for (const shape of shapes(hour, day, hourSlots, daySlots)) {
    const row = await benchShape(stage, shape);
    rows.push(size === "full" && shape.targetMs !== undefined ? withTarget(row, shape.targetMs) : row.row);
  }
  rows.push((await benchNames(stage, hour)).row);
  return rows;
}

async function fill(
  peers: readonly Peer[],
  load: Load,
  slots: number,
  endSeconds: number,
  before: number,
): Promise<void> {
  await withTraffic(load, async (traffic) => {
    for (const peer of peers) {
      const receipts = peer.givesReceipts ? "at the end" : "none";
      const { lines } = await traffic.send({ port: peer.linePort, slots, stamps: "in order", endSeconds, receipts });
      await peer.stored(before + lines);
    }
  });
}

function shapes(hour: Load, day: Load, hourSlots: number, daySlots: number): Shape[] {
  const tenth = "{node00,node01,node02,node03,node04}";
  const all = `${hour.prefix}.*.queue.*.jobs`;
  const some = `${hour.prefix}.${tenth}.queue.*.jobs`;
  const one = seriesName(day, 7);
  const many = `${day.prefix}.${tenth}.queue.*.jobs`;
  const count = (of: number) => of.toLocaleString("en-US");
  const [short, long] = [hourSlots, daySlots].map((slots) => `${Math.round((slots * STEP_SECONDS) / 60)} min`);
  return [
    {
      name: `groupByNode over ${count(hour.series)} series × ${short}`,
      slots: hourSlots,
      target: `groupByNode(${all},2,'sum')`,
      query: `sum(label_graphite_group({__graphite__="${all}"}, 2)) by (__name__)`,
      series: NODES,
      targetMs: 60,
    },
    {
      name: `sum of ${count(hour.series / 10)} series × ${short}`,
      slots: hourSlots,
      target: `sumSeries(${some})`,
      query: `sum({__graphite__="${some}"})`,
      series: 1,
      targetMs: 8,
    },
    {
      name: `one series × ${long}`,
      slots: daySlots,
      target: one,
      query: `{__name__="${one}"}`,
      series: 1,
      targetMs: 3,
    },
    {
      name: `aliasByNode of ${count(day.series / 10)} series × ${long}`,
      slots: daySlots,
      target: `aliasByNode(${many},2,4)`,
      query: `{__graphite__="${many}"}`,
      series: day.series / 10,
    },
  ];
}

interface Timed {
  readonly row: BenchRow;
  readonly ms: number;
}

function withTarget({ row, ms }: Timed, targetMs: number): BenchRow {
  return { ...row, target: { want: `< ${targetMs} ms`, met: ms < targetMs } };
}

async function benchShape({ ours, victoria, endSeconds, rounds }: Stage, shape: Shape): Promise<Timed> {
  const { slots, target, query, series } = shape;
  const from = endSeconds - slots * STEP_SECONDS;
  const parameters = { target, from: String(from), until: String(endSeconds), format: "json" };
  const mine = `${ours.url}/render?${new URLSearchParams({ ...parameters, maxDataPoints: String(MAX_POINTS) })}`;
  const step = STEP_SECONDS * Math.ceil(slots / MAX_POINTS);
  const range = {
    query,
    start: String(from + STEP_SECONDS),
    end: String(endSeconds),
    step: String(step),
    nocache: "1",
  };
  const theirs = victoria && `${victoria.url}/api/v1/query_range?${new URLSearchParams(range)}`;
  assert.equal((JSON.parse(await ok(mine)) as Rendered[]).length, series, `series of ${target}`);
  if (theirs !== undefined) {
    const answer = JSON.parse(await ok(theirs)) as { data: { result: unknown[] } };
    assert.equal(answer.data.result.length, series, `VictoriaMetrics' series of ${query}`);
  }
  return timeBoth(shape.name, mine, theirs, rounds, `at most ${MAX_POINTS} points a series; peer: VictoriaMetrics`);
}

/** About 2,000 names of the hour's series. */
async function benchNames({ ours, victoria, rounds }: Stage, { prefix, series }: Load): Promise<Timed> {
  const query = new URLSearchParams({ query: `${prefix}.node0*.queue.*`, format: "completer" });
  const [mine, theirs] = [`${ours.url}/metrics/find?${query}`, victoria && `${victoria.url}/metrics/find?${query}`];
  const wanted = series / 5;
  const found = (JSON.parse(await ok(mine)) as { metrics: unknown[] }).metrics;
  assert.equal(found.length, wanted, "names that our program finds");
  return timeBoth(`find of ${wanted.toLocaleString("en-US")} names`, mine, theirs, rounds, "peer: VictoriaMetrics");
}

export async function timeBoth(
  name: string,
  mine: string,
  theirs: string | undefined,
  rounds: number,
  note: string,
): Promise<Timed> {
  const ms = await medianMs(mine, rounds);
  const peerMs = theirs === undefined ? undefined : await medianMs(theirs, rounds);
  const peer = peerMs === undefined ? "not measured" : milliseconds(peerMs);
  return { ms, row: { name, ours: milliseconds(ms), peer, ratio: ratio(1 / ms, peerMs && 1 / peerMs), note } };
}

async function medianMs(url: string, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let i = -Math.min(WARM_ROUNDS, rounds); i < rounds; i++) {
    const started = performance.now();
    await receive(url);
    if (i >= 0) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

const connections = new Agent({ keepAlive: true });

/** Takes an answer, packed as Grafana has it, and looks no further: what the client does with it is not measured. */
function receive(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: connections, headers: { "Accept-Encoding": "gzip" } }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url.slice(0, 300)} answered ${response.statusCode}`));
      });
    });
    request.once("error", reject);
  });
}

/** The sums by node of the newest slot are those of what was sent. */
async function verifySums({ ours, endSeconds }: Stage, load: Load, slots: number): Promise<void> {
  const target = `groupByNode(${load.prefix}.*.queue.*.jobs,2,'sum')`;
  const answer = await render(ours.url, target, endSeconds - STEP_SECONDS, endSeconds);
  const sums = answer.map(({ datapoints }) => datapoints.at(-1)?.[0] ?? Number.NaN);
  const wanted = Array.from({ length: NODES }, (_, node) =>
    seriesOfNode(load, node).reduce((sum, series) => sum + Number(valueText(load, series, slots - 1)), 0),
  );
  assert.equal(sums.length, NODES);
  for (const [i, sum] of sums.entries()) {
    assert.ok(Math.abs(sum / wanted[i]! - 1) < 1e-9, `the sum of node ${i} is ${sum}, not ${wanted[i]}`);
  }
}
