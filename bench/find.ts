/** Selective globs over very many names, through `/metrics/find`, beside VictoriaMetrics. */
import assert from "node:assert/strict";
import { currentSlotSeconds, type Load, NODES } from "./load.ts";
import { type Ours, ok, optionally, type Peer, withOurs, withVictoria } from "./peers.ts";
import { attempt, type BenchRow, type BenchSize } from "./row.ts";
import { timeBoth } from "./shapes.ts";
import { withTraffic } from "./traffic.ts";

const SIZES = {
  small: { series: 5_000, rounds: 2, withPeer: false },
  full: { series: 1_000_000, rounds: 15, withPeer: true },
} as const;
const TARGET_MS = 5;

export function benchFind(size: BenchSize): Promise<BenchRow[]> {
  const { series, rounds, withPeer } = SIZES[size];
  const load = { prefix: "connect.prod", series, variants: 1 };
  return attempt(`find over ${series} names`, () =>
    withOurs((ours) => {
      const both = (victoria: Peer | undefined) => benchBoth(load, rounds, ours, victoria);
      return withPeer ? optionally(withVictoria, both) : both(undefined);
    }),
  );
}

async function benchBoth(load: Load, rounds: number, ours: Ours, victoria: Peer | undefined): Promise<BenchRow[]> {
  await withTraffic(load, async (traffic) => {
    for (const peer of victoria === undefined ? [ours] : [ours, victoria]) {
      const receipts = peer.givesReceipts ? "at the end" : "none";
      const order = { port: peer.linePort, slots: 1, stamps: "last minute", endSeconds: currentSlotSeconds() } as const;
      const { lines } = await traffic.send({ ...order, receipts });
      await peer.stored(lines);
    }
  });
  const rows: BenchRow[] = [];
  for (const [pattern, wanted] of patterns(load)) {
    const query = new URLSearchParams({ query: pattern, format: "completer" });
    const [mine, theirs] = [`${ours.url}/metrics/find?${query}`, victoria && `${victoria.url}/metrics/find?${query}`];
    const found = (JSON.parse(await ok(mine)) as { metrics: unknown[] }).metrics;
    assert.equal(found.length, wanted, `names that match ${pattern}`);
    const name = `${pattern.replaceAll("|", "/")} over ${load.series.toLocaleString("en-US")} names`;
    const note = `${wanted.toLocaleString("en-US")} names; peer: VictoriaMetrics`;
    const { row, ms } = await timeBoth(name, mine, theirs, rounds, note);
    rows.push(victoria === undefined ? row : { ...row, target: { want: `< ${TARGET_MS} ms`, met: ms < TARGET_MS } });
  }
  return rows;
}

/** Each with the number of names that it matches. */
function patterns({ prefix, series }: Load): (readonly [string, number])[] {
  const last = series / NODES - 1;
  const queues = Array.from({ length: last + 1 }, (_, i) => String(i));
  const begins = (digits: string) => queues.filter((queue) => queue.startsWith(digits)).length;
  return [
    [`${prefix}.node07.queue.q${last}.jobs`, 1],
    [`${prefix}.node07.queue.q111*.jobs`, begins("111")],
    [`${prefix}.*.queue.q${last}.jobs`, NODES],
    [`${prefix}.node0[1-3].queue.q123*`, 3 * begins("123")],
    [`*.*.{node07,node08}.*.q7[0-4].jobs`, 2 * 5],
  ];
}
