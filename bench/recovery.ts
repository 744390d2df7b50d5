/**
 * Killed with SIGKILL while it receives at an even pace: how long until the next process answers `/render` with the
 * values that it was sent, and whether a single receipted point is lost.
 */
import { currentSlotSeconds, type Load, STEP_SECONDS, seriesName } from "./load.ts";
import { withOurs } from "./peers.ts";
import { attempt, type BenchRow, type BenchSize } from "./row.ts";
import { type Traffic, withTraffic } from "./traffic.ts";
import { countLost, render } from "./verify.ts";

interface Case {
  readonly series: number;
  readonly slots: number;
  readonly variants: number;
  /** Receipts after which it is killed. */
  readonly receipts: number;
  readonly comparedNodes: number;
}

const CASES: Readonly<Record<BenchSize, readonly Case[]>> = {
  small: [{ series: 200, slots: 20_000, variants: 5, receipts: 20, comparedNodes: 50 }],
  full: [
    { series: 10_000, slots: 3_000, variants: 30, receipts: 300, comparedNodes: 50 },
    { series: 1_000_000, slots: 30, variants: 5, receipts: 8, comparedNodes: 5 },
  ],
};
const TARGET_MS = 2_000;
/** Not as fast as it takes them: receipts come between the lines, so some are out when it is killed. */
const LINES_PER_SECOND = 1_000_000;

export async function benchRecovery(size: BenchSize): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const one of CASES[size]) {
    const name = `${one.series.toLocaleString("en-US")} live series`;
    const load = { prefix: "connect.prod", series: one.series, variants: one.variants };
    rows.push(
      ...(await attempt(`kill -9 with ${name}`, () =>
        withTraffic(load, (traffic) => benchKill(name, one, load, traffic, size)),
      )),
    );
  }
  return rows;
}

function benchKill(name: string, one: Case, load: Load, traffic: Traffic, size: BenchSize): Promise<BenchRow[]> {
  return withOurs(async (ours) => {
    const { slots, receipts, comparedNodes } = one;
    const endSeconds = currentSlotSeconds();
    const receipted = await sendUntilKilled(traffic, ours, slots, endSeconds, receipts);
    // Of the last node, which is not the first one found.
    const sentinel = seriesName(load, one.series - 1);
    const readyMs = await ours.start(async () => {
      const [series] = await render(ours.url, sentinel, endSeconds - 10 * STEP_SECONDS, endSeconds);
      return series?.datapoints.some(([value]) => value !== null) ?? false;
    });
    const sent = { load, slots, stamps: "last minute", endSeconds, receipted } as const;
    const { lost, points, first } = await countLost(ours.url, sent, comparedNodes);
    const compared = `of ${points.toLocaleString("en-US")} compared`;
    return [
      {
        name: `${name}: from start until /render answers`,
        ours: `${readyMs.toFixed(0)} ms`,
        peer: "",
        ratio: "",
        note: `killed while receiving 1 M lines/s, after ${receipted} receipts for all series; start of Node included`,
        ...(size === "full" ? { target: { want: "≤ 2 s", met: readyMs <= TARGET_MS } } : {}),
      },
      {
        name: `${name}: receipted points that are lost`,
        ours: String(lost),
        peer: "",
        ratio: "",
        note: lost === 0 ? compared : `${compared}; ${first}`,
        target: { want: "0", met: lost === 0 },
        failed: lost > 0,
      },
    ];
  });
}

/** The number of slots that were receipted before the end. */
async function sendUntilKilled(
  traffic: Traffic,
  ours: { readonly linePort: number; readonly program: { kill(): Promise<void> } },
  slots: number,
  endSeconds: number,
  receipts: number,
): Promise<number> {
  let receipted = 0;
  let killed: Promise<void> | undefined;
  const onReceipt = (sequence: number) => {
    receipted = sequence;
    if (sequence >= receipts) killed ??= ours.program.kill();
  };
  const order = { port: ours.linePort, slots, stamps: "last minute", endSeconds, receipts: "each slot" } as const;
  const paced = { ...order, linesPerSecond: LINES_PER_SECOND };
  const outcome = await traffic.send(paced, { onReceipt }).then(
    () => "all was sent",
    () => "cut off",
  );
  await killed;
  if (outcome !== "cut off" || receipted < receipts)
    throw new Error(`the kill came too late: ${outcome}, ${receipted} receipts`);
  return receipted;
}
