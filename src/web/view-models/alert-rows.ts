/** The open alerts as rows, the worst and oldest first; lately resolved ones at the end. */
import type { AlertView } from "../../alerts/engine.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatUtc } from "../format.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { badness, type Level, MARK_OF_LEVEL, type Mark } from "./level.ts";
import { nodeHref } from "./names.ts";
import { type Since, since } from "./since.ts";

export interface AlertRow {
  readonly level: Level;
  readonly mark: Mark;
  readonly severity: string;
  readonly name: string;
  readonly summary: string;
  /** Which node, and where its page is; both empty when it is about no node. */
  readonly node: string;
  readonly href: string;
  readonly since: Since;
  /** What else is to be known: pending, held without data. */
  readonly note: string;
}

export interface AlertList {
  /** `2 firing, 1 pending`. */
  readonly count: string;
  readonly rows: Keyed<AlertRow>;
  /** `and 12 more in /api/alerts`, or empty. */
  readonly more: string;
}

export function alertList(alerts: readonly AlertView[]): AlertList {
  const sorted = [...alerts].sort(compareAlerts);
  const shown = sorted.slice(0, LIMITS.alertsOnPage);
  const hidden = sorted.length - shown.length;
  return {
    count: countText(alerts),
    rows: keyed(shown.map((alert) => [alert.fingerprint, alertRow(alert)])),
    more: hidden === 0 ? "" : `and ${hidden} more in /api/alerts`,
  };
}

function alertRow(alert: AlertView): AlertRow {
  const { labels, annotations } = alert;
  const level = levelOf(alert);
  const cluster = labels["cluster"];
  const node = labels["node"];
  return {
    level,
    mark: MARK_OF_LEVEL[level],
    severity: alert.state === "resolved" ? "resolved" : (labels["severity"] ?? "warning"),
    name: labels["alertname"] ?? "",
    summary: annotations["summary"] ?? "",
    node: node ?? "",
    href: cluster === undefined || node === undefined ? "" : nodeHref(cluster, node),
    since: alert.resolvedAtMs === undefined ? since("for", alert.startsAtMs) : since("", alert.resolvedAtMs, "ago"),
    note: noteOf(alert),
  };
}

function levelOf({ state, labels }: AlertView): Level {
  if (state === "resolved") return "ok";
  if (state === "pending") return "unknown";
  return labels["severity"] === "critical" ? "crit" : "warn";
}

function noteOf({ state, verdict, startsAtMs, resolvedAtMs }: AlertView): string {
  if (state === "resolved") return `from ${formatUtc(startsAtMs)} to ${formatUtc(resolvedAtMs ?? startsAtMs)}`;
  const begun = `since ${formatUtc(startsAtMs)}`;
  if (state === "pending") return `pending: fires if it lasts; ${begun}`;
  if (verdict === "no-data") return `held, because there is no data to clear it; ${begun}`;
  if (verdict === "uncertain") return `held, because it can't be told at the moment; ${begun}`;
  return verdict === "clear" ? `about to resolve; ${begun}` : begun;
}

const STATES = ["firing", "pending", "resolved"] as const;

function countText(alerts: readonly AlertView[]): string {
  const counts = STATES.map((state) => ({ state, count: alerts.filter((alert) => alert.state === state).length }));
  const told = counts.filter(({ count }) => count > 0).map(({ state, count }) => `${count} ${state}`);
  return told.length === 0 ? "none open" : told.join(", ");
}

function compareAlerts(a: AlertView, b: AlertView): number {
  return (
    STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
    badness(levelOf(b)) - badness(levelOf(a)) ||
    a.startsAtMs - b.startsAtMs ||
    (a.fingerprint < b.fingerprint ? -1 : 1)
  );
}
