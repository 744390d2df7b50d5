import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Alert,
  type AlertTimes,
  type Finding,
  RESOLVED_KEPT_MS,
  stepAlert,
  type Verdict,
} from "#src/alerts/alert.ts";

const TIMES: AlertTimes = { forMs: 20_000, keepFiringMs: 10_000 };

function finding(verdict: Verdict): Finding {
  return { labels: { node: "n1" }, verdict, sinceMs: 500, describe: () => ({ summary: verdict }) };
}

/** Steps through verdicts, one a second unless said otherwise; `-` is no finding at all. Returns the states. */
function states(verdicts: string, times = TIMES, elapsedMs = 5_000): string {
  const meaning: Readonly<Record<string, Finding | undefined>> = {
    f: finding("fire"),
    c: finding("clear"),
    u: finding("uncertain"),
    "-": undefined,
  };
  let alert: Alert | undefined;
  let nowMs = 1_000_000;
  return [...verdicts]
    .map((verdict) => {
      nowMs += elapsedMs;
      alert = stepAlert(alert, meaning[verdict], times, nowMs, elapsedMs);
      return alert === undefined ? "." : alert.state[0]!;
    })
    .join("");
}

test("an alert fires when its finding has held, and resolves when it has been clear for long enough", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["holds for 20 s", "fffff", "ppppf"],
    ["clears before", "fffcf", "ppp.p"],
    ["clear for 10 s", "fffffccc", "ppppffrr"],
    ["clear for less", "fffffcfcf", "ppppfffff"],
    ["nothing found", "ccc-u", "....."],
    ["resolves, and fires again", "fffffccfffff", "ppppffrppppf"],
  ];
  for (const [what, verdicts, want] of rows) assert.equal(states(verdicts), want, what);
});

test("what can't be told neither fires nor resolves", () => {
  assert.equal(states("fffuffff"), "pppppppf", "uncertain begins the wait anew");
  assert.equal(states("fffffuuuuuuuu"), "ppppfffffffff", "a firing alert stays");
  assert.equal(states("fffffcucucu"), "ppppfffffff", "clear has to hold without a break");
});

test("missing data never resolves an alert", () => {
  assert.equal(states("fffff---------------"), "ppppffffffffffffffff");
  assert.equal(states("ff--ff"), "pppppp", "nor does it count as holding");
});

test("without a wait it fires and resolves at once", () => {
  assert.equal(states("ffc", { forMs: 0, keepFiringMs: 0 }), "ffr");
});

test("time in which nobody looked holds nothing", () => {
  const fired = stepAlert(undefined, finding("fire"), TIMES, 1_000, 0)!;
  // An hour passed on the clock, but only a second of it was observed.
  assert.equal(stepAlert(fired, finding("fire"), TIMES, 3_600_000, 1_000)!.state, "pending");
});

test("an alert knows when what it tells began, when it fired, and when it ended", () => {
  let alert = stepAlert(undefined, finding("fire"), { forMs: 5_000, keepFiringMs: 0 }, 10_000, 0);
  assert.deepEqual([alert!.startsAtMs, alert!.firedAtMs, alert!.resolvedAtMs], [500, undefined, undefined]);
  alert = stepAlert(alert, finding("fire"), { forMs: 5_000, keepFiringMs: 0 }, 15_000, 5_000);
  alert = stepAlert(alert, finding("clear"), { forMs: 5_000, keepFiringMs: 0 }, 20_000, 5_000);
  assert.deepEqual([alert!.startsAtMs, alert!.firedAtMs, alert!.resolvedAtMs], [500, 15_000, 20_000]);
  assert.equal(alert!.annotations["summary"], "clear");
});

test("a resolved alert is remembered for a while", () => {
  const times = { forMs: 0, keepFiringMs: 0 };
  let alert = stepAlert(undefined, finding("fire"), times, 0, 0);
  alert = stepAlert(alert, finding("clear"), times, 1_000, 1_000);
  assert.equal(stepAlert(alert, finding("clear"), times, RESOLVED_KEPT_MS, 1_000)?.state, "resolved");
  assert.equal(stepAlert(alert, finding("clear"), times, RESOLVED_KEPT_MS + 1_000, 1_000), undefined);
});
