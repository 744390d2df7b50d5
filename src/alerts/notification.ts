/**
 * Alerts → messages: one message per group and receiver, and a new one only when there is something new to say.
 *
 * Alerts with the same values of the grouping labels share a group. A group waits a moment before its first message, so
 * that what fails together is told together; later changes go out once per interval; a group that goes on firing is
 * repeated now and then. What was said last is part of the state, so that a restart neither repeats nor forgets it
 * (Alertmanager's notify/`DedupStage` is the model for the rules).
 */
import type { Alert } from "./alert.ts";

export interface GroupTimes {
  /** Before the first message of a group. */
  readonly waitMs: number;
  /** Between two messages of a group that changes. */
  readonly intervalMs: number;
  /** Until a message is repeated while the group still fires. */
  readonly repeatMs: number;
}

/** What a receiver has been told of a group. */
export interface GroupRecord {
  readonly receiver: string;
  readonly groupKey: string;
  /** When the group began to fire. */
  readonly sinceMs: number;
  /** Undefined: nothing has been sent yet. */
  readonly sentMs?: number;
  /** Fingerprints that were firing, and resolved, in the last message. */
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
}

export interface AlertGroup {
  /** As Alertmanager writes it: `{}:{alertname="ClockDrift", cluster="prod"}`. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly members: readonly { readonly fingerprint: string; readonly alert: Alert }[];
}

/** Groups the firing and the resolved alerts; pending ones are nobody's business yet. */
export function groupAlerts(alerts: ReadonlyMap<string, Alert>, by: readonly string[]): readonly AlertGroup[] {
  const groups = new Map<
    string,
    { labels: Record<string, string>; members: { fingerprint: string; alert: Alert }[] }
  >();
  for (const [fingerprint, alert] of alerts) {
    if (alert.state === "pending") continue;
    const labels: Record<string, string> = {};
    for (const name of by) if (alert.labels[name] !== undefined) labels[name] = alert.labels[name];
    const key = groupKey(labels);
    const group = groups.get(key) ?? { labels, members: [] };
    groups.set(key, group);
    group.members.push({ fingerprint, alert });
  }
  return [...groups].map(([key, group]) => ({ key, ...group }));
}

function groupKey(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `{}:{${pairs.join(", ")}}`;
}

export type NotificationReason =
  | "first notification"
  | "new alerts added"
  | "some alerts resolved"
  | "all alerts resolved"
  | "repeat interval elapsed";

export type GroupDecision =
  | { readonly send: NotificationReason; readonly record: GroupRecord; readonly members: AlertGroup["members"] }
  /** Nothing to send now; undefined when there is nothing to remember either. */
  | { readonly send: undefined; readonly record: GroupRecord | undefined };

/** What to tell a receiver about a group now, given what it was told last. */
export function decideGroup(
  group: AlertGroup,
  receiver: string,
  record: GroupRecord | undefined,
  times: GroupTimes,
  nowMs: number,
): GroupDecision {
  const firing = group.members.filter((member) => member.alert.state === "firing");
  const toldFiring = new Set(record?.firing);
  const resolved = group.members.filter(
    (member) => member.alert.state === "resolved" && toldFiring.has(member.fingerprint),
  );
  if (record === undefined || record.sentMs === undefined) {
    if (firing.length === 0) return { send: undefined, record: undefined };
    const begun = record ?? { receiver, groupKey: group.key, sinceMs: nowMs, firing: [], resolved: [] };
    if (nowMs - begun.sinceMs < times.waitMs) return { send: undefined, record: begun };
    return { send: "first notification", ...told(begun, firing, [], nowMs) };
  }
  const reason = changeReason(record, firing, resolved);
  if (reason !== undefined) {
    if (nowMs - record.sentMs < times.intervalMs) return { send: undefined, record };
    return { send: reason, ...told(record, firing, resolved, nowMs) };
  }
  if (firing.length === 0) return { send: undefined, record: undefined };
  if (nowMs - record.sentMs < times.repeatMs) return { send: undefined, record };
  return { send: "repeat interval elapsed", ...told(record, firing, [], nowMs) };
}

function changeReason(
  record: GroupRecord,
  firing: AlertGroup["members"],
  resolved: AlertGroup["members"],
): NotificationReason | undefined {
  const toldFiring = new Set(record.firing);
  if (firing.some((member) => !toldFiring.has(member.fingerprint))) return "new alerts added";
  if (resolved.length === 0) return undefined;
  return firing.length === 0 ? "all alerts resolved" : "some alerts resolved";
}

function told(
  record: GroupRecord,
  firing: AlertGroup["members"],
  resolved: AlertGroup["members"],
  nowMs: number,
): { readonly record: GroupRecord; readonly members: AlertGroup["members"] } {
  return {
    record: {
      ...record,
      sentMs: nowMs,
      firing: firing.map((member) => member.fingerprint),
      resolved: resolved.map((member) => member.fingerprint),
    },
    members: [...firing, ...resolved],
  };
}
