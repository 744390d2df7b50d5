import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert } from "#src/alerts/alert.ts";
import { formatWebhook, readAnswer } from "#src/alerts/channels/webhook.ts";
import { fingerprint } from "#src/alerts/fingerprint.ts";
import { decideGroup, type GroupRecord, groupAlerts } from "#src/alerts/notification.ts";

const TIMES = { waitMs: 10_000, intervalMs: 60_000, repeatMs: 3_600_000 };

function alert(node: string, state: Alert["state"], more: Partial<Alert> = {}): [string, Alert] {
  const labels = { alertname: "ClockDrift", cluster: "prod", node, severity: "critical" };
  return [
    fingerprint(labels),
    {
      labels,
      annotations: { summary: `${node} is 1.2 s ahead` },
      state,
      verdict: "fire",
      startsAtMs: Date.UTC(2026, 10, 23, 9, 55, 12),
      heldMs: 0,
      ...more,
    },
  ];
}

test("fingerprints are Alertmanager's", () => {
  // From a message of Alertmanager 0.25.
  assert.equal(
    fingerprint({ alertname: "ClockDrift", cluster: "prod", node: "n1", severity: "critical" }),
    "1bcf1f49d6bf519d",
  );
  assert.equal(
    fingerprint({ severity: "critical", node: "n1", cluster: "prod", alertname: "ClockDrift" }),
    "1bcf1f49d6bf519d",
  );
});

/** Plays moments, each the nodes that fire (`1`), and that have resolved (`-1`); returns what was told, and when. */
function play(moments: readonly (readonly [atSeconds: number, ...nodes: number[]])[]): string[] {
  let record: GroupRecord | undefined;
  const told: string[] = [];
  for (const [atSeconds, ...nodes] of moments) {
    const alerts = new Map(nodes.map((n) => alert(`n${Math.abs(n)}`, n > 0 ? "firing" : "resolved")));
    const [group] = groupAlerts(alerts, ["alertname", "cluster"]);
    if (group === undefined) continue;
    const decision = decideGroup(group, "ops", record, TIMES, atSeconds * 1000);
    record = decision.record;
    if (decision.send === undefined) continue;
    const members = decision.members.map((m) => `${m.alert.state === "firing" ? "" : "-"}${m.alert.labels["node"]}`);
    told.push(`${atSeconds} ${decision.send}: ${members.join(" ")}`);
  }
  return told;
}

test("a group is told once, after a moment, and again when there is something new", () => {
  assert.deepEqual(
    play([
      [0, 1],
      [5, 1, 2],
      [10, 1, 2],
      [11, 1, 2],
      [200, 1, 2],
    ]),
    ["10 first notification: n1 n2"],
  );
  assert.deepEqual(
    play([
      [0, 1],
      [10, 1],
      [20, 1, 2],
      [69, 1, 2],
      [70, 1, 2],
    ]),
    ["10 first notification: n1", "70 new alerts added: n1 n2"],
  );
  assert.deepEqual(
    play([
      [0, 1, 2],
      [10, 1, 2],
      [80, 1, -2],
      [150, -1, -2],
    ]),
    ["10 first notification: n1 n2", "80 some alerts resolved: n1 -n2", "150 all alerts resolved: -n1"],
  );
  assert.deepEqual(
    play([
      [0, 1],
      [10, 1],
      [3609, 1],
      [3610, 1],
    ]),
    ["10 first notification: n1", "3610 repeat interval elapsed: n1"],
  );
});

test("what was never told is not resolved either", () => {
  assert.deepEqual(
    play([
      [0, 1],
      [5, -1],
      [100, -1],
    ]),
    [],
  );
  assert.deepEqual(
    play([
      [0, -1],
      [100, -1],
    ]),
    [],
  );
});

test("what fires again after its resolution is told anew", () => {
  assert.deepEqual(
    play([
      [0, 1],
      [10, 1],
      [80, -1],
      [100, -1],
      [110, 1],
      [120, 1],
    ]),
    ["10 first notification: n1", "80 all alerts resolved: -n1", "120 first notification: n1"],
  );
});

test("pending alerts are nobody's business", () => {
  assert.deepEqual(groupAlerts(new Map([alert("n1", "pending")]), ["alertname"]), []);
});

test("the webhook's JSON is Alertmanager's, version 4", () => {
  const [one, firing] = alert("n1", "firing");
  const [two, resolved] = alert("n2", "resolved", {
    resolvedAtMs: Date.UTC(2026, 10, 23, 10, 0, 0),
    annotations: { summary: "n2 is right" },
  });
  const text = formatWebhook(
    {
      receiver: "ops",
      groupKey: '{}:{alertname="ClockDrift", cluster="prod"}',
      groupLabels: { alertname: "ClockDrift", cluster: "prod" },
      reason: "some alerts resolved",
      alerts: [
        { fingerprint: one, alert: firing },
        { fingerprint: two, alert: resolved },
      ],
    },
    { externalUrl: "https://agg.example" },
  );
  assert.ok(text.endsWith("}\n"));
  assert.deepEqual(JSON.parse(text), {
    receiver: "ops",
    status: "firing",
    alerts: [
      {
        status: "firing",
        labels: { alertname: "ClockDrift", cluster: "prod", node: "n1", severity: "critical" },
        annotations: { summary: "n1 is 1.2 s ahead" },
        startsAt: "2026-11-23T09:55:12.000Z",
        endsAt: "0001-01-01T00:00:00Z",
        generatorURL: "https://agg.example/node/prod/n1",
        fingerprint: "1bcf1f49d6bf519d",
      },
      {
        status: "resolved",
        labels: { alertname: "ClockDrift", cluster: "prod", node: "n2", severity: "critical" },
        annotations: { summary: "n2 is right" },
        startsAt: "2026-11-23T09:55:12.000Z",
        endsAt: "2026-11-23T10:00:00.000Z",
        generatorURL: "https://agg.example/node/prod/n2",
        fingerprint: two,
      },
    ],
    groupLabels: { alertname: "ClockDrift", cluster: "prod" },
    commonLabels: { alertname: "ClockDrift", cluster: "prod", severity: "critical" },
    commonAnnotations: {},
    externalURL: "https://agg.example",
    version: "4",
    groupKey: '{}:{alertname="ClockDrift", cluster="prod"}',
    truncatedAlerts: 0,
    notification_reason: "some alerts resolved",
  });
});

test("what an answer means", () => {
  const now = Date.UTC(2026, 10, 23, 10, 0, 0);
  const rows: readonly (readonly [number, string | undefined, string, number?])[] = [
    [200, undefined, "delivered"],
    [202, undefined, "delivered"],
    [500, undefined, "again"],
    [503, "7", "again", 7_000],
    [429, "Mon, 23 Nov 2026 10:00:30 GMT", "again", 30_000],
    [429, "Mon, 23 Nov 2026 09:00:00 GMT", "again", 0],
    [429, "999999", "again", 3_600_000],
    [429, "soon", "again"],
    [408, undefined, "again"],
    [425, undefined, "again"],
    [301, undefined, "refused"],
    [400, undefined, "refused"],
    [404, undefined, "refused"],
    [410, undefined, "refused"],
  ];
  for (const [status, retryAfter, kind, afterMs] of rows) {
    const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
    const answer = readAnswer({ status, headers, body: new Uint8Array() }, now);
    assert.equal(answer.kind, kind, `${status}`);
    if (answer.kind === "again") assert.equal(answer.afterMs, afterMs, `${status} ${retryAfter}`);
  }
});
