/** Times that rrdtool understands mean the same to us. It tells its reading of them when a start is after its end. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseTimeRange } from "#src/rrd/at-time.ts";
import { startRrdtool } from "../support/rrdtool.ts";

const ZONE = "Europe/Berlin";
process.env["TZ"] = ZONE;

const directory = mkdtempSync(join(tmpdir(), "lockstep-rrd-"));
const rrdtool = startRrdtool(directory, ZONE);
after(async () => {
  await rrdtool.stop();
  rmSync(directory, { recursive: true });
});

const LONG_AGO = "315360001";

const STARTS = [
  ..."now n now-1h now-90 now+5min -1h -5m -6m -1d2h -1d5m -1h5m -1y2mon now-3weeks now-1wk2d +1yr -10s4m".split(" "),
  ..."12:00 5pm 5:30pm 0:15 23 noon midnight teatime 20260302 00:00_20260302 1700000000 1700000000-1h".split(" "),
  "noon yesterday",
  "noon tomorrow",
  "17:30 20260302",
  "20260302 17:30",
  "12/24/2025",
  "12/24/25",
  "24.12.2025",
  "8:00 24.12.2025",
  "24.12.2025 8:00",
  "5pm tomorrow",
  "9am monday",
  "9am sunday - 1 week",
  "midnight fri",
  "jan 3",
  "January 3 2025",
  "mar 30 2025 2pm",
  "6am jul 31 2025 + 1 month",
  "noon 31.1.2025 + 1 month",
  "noon yesterday -12hours",
  "10:00 today + 90min 10sec",
  "1752000000 - 6 months",
];

/** Start, and end in terms of it. */
const RANGES: readonly (readonly [string, string])[] = [
  ["20260302", "start-1h"],
  ["1700000000", "s-1mon"],
  ["1752000000", "s-6mon"],
  ["e+40d", "1752000000-7mon"],
  ["end+1d", "20260302"],
  ["e+2weeks", "1700000000"],
];

async function understood(start: string, end: string): Promise<[number, number] | undefined> {
  try {
    await rrdtool.run(`fetch none.rrd LAST --start '${start}' --end '${end}'`);
  } catch (error) {
    const match = /start \((\d+)\) should be less than end \((\d+)\)/.exec((error as Error).message);
    if (match !== null) return [Number(match[1]), Number(match[2])];
  }
  return undefined;
}

for (const [start, end] of [...STARTS.map((text) => [text, LONG_AGO] as const), ...RANGES]) {
  test(`${start} to ${end}`, async () => {
    const theirs = await understood(start, end);
    assert.ok(theirs, "rrdtool understands it");
    const { startSeconds, endSeconds } = parseTimeRange(start, end, Math.floor(Date.now() / 1000));
    assert.ok(Math.abs(startSeconds - theirs[0]) <= 1, `start ${startSeconds}, theirs ${theirs[0]}`); // a second went by
    assert.ok(Math.abs(endSeconds - theirs[1]) <= 1, `end ${endSeconds}, theirs ${theirs[1]}`);
  });
}
