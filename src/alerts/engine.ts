/**
 * Alerting as a whole: rules are evaluated on a timer, alerts take their steps, groups decide whether somebody has to be
 * told, and the outbox delivers.
 *
 *     snapshot ─► rules ─► findings ─► alerts ─► groups ─► messages ─► outbox ─► receivers
 *                                        └──────────┴──────────┴─► one commit to the state, before anything is sent
 */
import { createHash } from "node:crypto";
import type { ClusterSnapshot } from "../cluster/cluster.ts";
import { errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { Timer, World } from "../core/world.ts";
import type { Change, Json, StateStore } from "../state/state.ts";
import { type Alert, type Finding, stepAlert } from "./alert.ts";
import type { Channel } from "./channels/channel.ts";
import { CHANNEL_KINDS } from "./channels/index.ts";
import { fingerprint } from "./fingerprint.ts";
import { decideGroup, type GroupRecord, groupAlerts } from "./notification.ts";
import type { AlertsOptions } from "./options.ts";
import { type Attempt, Outbox, type OutboxMessage } from "./outbox.ts";
import { RULE_KINDS } from "./rules/index.ts";
import type { Rule } from "./rules/rule.ts";

const ALERTS = "alerts";
const GROUPS = "groups";

export interface AlertingOptions {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly state: StateStore;
  readonly options: AlertsOptions;
  readonly externalUrl: string;
  readonly snapshot: () => readonly ClusterSnapshot[];
}

export interface Alerting {
  /** All alerts, pending and lately resolved ones too. */
  alerts(): readonly AlertView[];
  deliveries(): { readonly waiting: number; readonly attempts: readonly Attempt[] };
  close(): Promise<void>;
}

export interface AlertView extends Alert {
  readonly fingerprint: string;
}

export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const channels = openChannels(options);
  const { world, log, metrics, state } = options;
  const outbox = await Outbox.open({ world, log, metrics, state, channels });
  const alerts = (await state.load(ALERTS)) as unknown as ReadonlyMap<string, Alert>;
  const groups = (await state.load(GROUPS)) as unknown as ReadonlyMap<string, GroupRecord>;
  const engine = new Engine(options, outbox, [...channels.keys()], new Map(alerts), new Map(groups));
  engine.start();
  return engine;
}

function openChannels({ options, world, externalUrl }: AlertingOptions): ReadonlyMap<string, Channel> {
  const channels = new Map<string, Channel>();
  for (const receiver of options.receivers as readonly Readonly<Record<string, unknown>>[]) {
    const kind = CHANNEL_KINDS.find(({ name }) => receiver[name] !== undefined)!;
    channels.set(String(receiver["name"]), kind.create({ world, externalUrl }, receiver[kind.name] as never));
  }
  return channels;
}

function rulesOf(options: AlertsOptions): readonly Rule[] {
  const settings = options.rules as Readonly<Record<string, unknown>>;
  return RULE_KINDS.flatMap((kind) => kind.create(settings[kind.name] as never));
}

class Engine implements Alerting {
  readonly #options: AlertingOptions;
  readonly #rules: readonly Rule[];
  readonly #outbox: Outbox;
  readonly #receivers: readonly string[];
  /** By fingerprint. */
  readonly #alerts: Map<string, Alert>;
  /** What each receiver was told of each group, by both. */
  readonly #groups: Map<string, GroupRecord>;
  readonly #transitions: Counter<"alertname" | "to">;
  readonly #refused: Counter<"reason">;
  #lastMs: number | undefined;
  #timer: Timer | undefined;
  #committing: Promise<void> = Promise.resolve();

  constructor(
    options: AlertingOptions,
    outbox: Outbox,
    receivers: readonly string[],
    alerts: Map<string, Alert>,
    groups: Map<string, GroupRecord>,
  ) {
    this.#options = options;
    this.#rules = rulesOf(options.options);
    this.#outbox = outbox;
    this.#receivers = receivers;
    this.#alerts = alerts;
    this.#groups = groups;
    this.#dropOrphans();
    const { metrics } = options;
    this.#transitions = metrics.counter("lockstep_alerts_transitions_total", "Changes of the state of alerts.", [
      "alertname",
      "to",
    ]);
    this.#refused = metrics.counter("lockstep_alerts_refused_total", "Alerts that were not opened.", ["reason"]);
    metrics.gauge("lockstep_alerts_open", "Open alerts by state.", ["state"], () =>
      ["pending", "firing"].map((state) => ({
        labels: { state },
        value: [...this.#alerts.values()].filter((alert) => alert.state === state).length,
      })),
    );
  }

  /** Alerts of an earlier run whose rule is no longer in the settings: nobody would ever resolve them. */
  #dropOrphans(): void {
    for (const [key, alert] of this.#alerts) {
      if (this.#rules.some((rule) => isOf(alert, rule))) continue;
      this.#alerts.delete(key);
      this.#options.log.info("dropped an alert whose rule is gone", { alertname: alert.labels["alertname"] });
    }
  }

  start(): void {
    const { world, options } = this.#options;
    this.#timer = world.timers.after(options.evaluationInterval, () => {
      this.#evaluate();
      this.start();
    });
  }

  alerts(): readonly AlertView[] {
    return [...this.#alerts].map(([fingerprint, alert]) => ({ fingerprint, ...alert }));
  }

  deliveries(): { readonly waiting: number; readonly attempts: readonly Attempt[] } {
    return { waiting: this.#outbox.waiting(), attempts: this.#outbox.attempts() };
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#outbox.close();
    await this.#committing;
  }

  #evaluate(): void {
    const { world, options, snapshot } = this.#options;
    const nowMs = world.clock.wallMs();
    const elapsedMs = this.#elapsed(world.clock.monotonicMs(), options.evaluationInterval);
    const clusters = snapshot();
    const changes: Change[] = [];
    for (const rule of this.#rules) changes.push(...this.#apply(rule, clusters, nowMs, elapsedMs));
    const messages = this.#notify(nowMs, changes);
    if (changes.length === 0) return;
    this.#committing = this.#committing.then(() => this.#commit(changes, messages));
  }

  /**
   * Observed time since the evaluation before. A pause of ours (stopped, starved) counts as one interval at the most: in
   * the rest of it nobody looked.
   */
  #elapsed(monotonicMs: number, intervalMs: number): number {
    const elapsed = this.#lastMs === undefined ? 0 : monotonicMs - this.#lastMs;
    this.#lastMs = monotonicMs;
    return Math.min(elapsed, 2 * intervalMs);
  }

  /** Takes every alert of a rule one step on; returns what has to be kept. */
  #apply(rule: Rule, clusters: readonly ClusterSnapshot[], nowMs: number, elapsedMs: number): Change[] {
    const findings = new Map<string, Finding>();
    for (const cluster of clusters) {
      for (const found of rule.find(cluster, nowMs)) {
        const labels = { alertname: rule.alertName, severity: rule.severity, ...found.labels };
        findings.set(fingerprint(labels), { ...found, labels });
      }
    }
    const changes: Change[] = [];
    const mine = [...this.#alerts].filter(([, alert]) => isOf(alert, rule)).map(([key]) => key);
    for (const key of new Set([...mine, ...findings.keys()])) {
      const before = this.#alerts.get(key);
      if (before === undefined && this.#isFull(findings.get(key)!)) continue;
      const after = stepAlert(before, findings.get(key), rule.times, nowMs, elapsedMs);
      if (after === undefined) this.#alerts.delete(key);
      else this.#alerts.set(key, after);
      if (before?.state !== after?.state) changes.push(this.#transition(key, rule, before, after));
    }
    return changes;
  }

  #isFull(finding: Finding): boolean {
    if (finding.verdict !== "fire" || this.#alerts.size < LIMITS.openAlerts) return false;
    this.#refused.add(1, { reason: "open_alerts" });
    this.#options.log.limited(
      "error",
      "open-alerts",
      `more than ${LIMITS.openAlerts} alerts are open; further ones are not`,
    );
    return true;
  }

  #transition(key: string, rule: Rule, before: Alert | undefined, after: Alert | undefined): Change {
    const to = after?.state ?? "inactive";
    this.#transitions.add(1, { alertname: rule.alertName, to });
    const alert = (after ?? before)!;
    if (to === "firing" || to === "resolved") {
      this.#options.log[to === "firing" ? "warn" : "info"](
        `alert ${to}: ${alert.annotations["summary"] ?? rule.alertName}`,
        {
          alertname: rule.alertName,
          severity: rule.severity,
          node: alert.labels["node"],
        },
      );
    }
    return { collection: ALERTS, key, value: after as unknown as Json | undefined };
  }

  /** Decides for every group and receiver; adds what has to be kept to the changes. */
  #notify(nowMs: number, changes: Change[]): OutboxMessage[] {
    const { options } = this.#options;
    const times = { waitMs: options.groupWait, intervalMs: options.groupInterval, repeatMs: options.repeatInterval };
    const messages: OutboxMessage[] = [];
    const groups = groupAlerts(this.#alerts, options.groupBy);
    const seen = new Set<string>();
    for (const receiver of this.#receivers) {
      for (const group of groups) {
        const key = recordKey(receiver, group.key);
        seen.add(key);
        const before = this.#groups.get(key);
        const decision = decideGroup(group, receiver, before, times, nowMs);
        if (decision.record !== before) changes.push(this.#remember(key, decision.record));
        if (decision.send === undefined) continue;
        const { message, change } = this.#outbox.prepare({
          receiver,
          groupKey: group.key,
          groupLabels: group.labels,
          reason: decision.send,
          alerts: decision.members,
        });
        messages.push(message);
        changes.push(change);
      }
    }
    for (const key of this.#groups.keys()) if (!seen.has(key)) changes.push(this.#remember(key, undefined));
    return messages;
  }

  #remember(key: string, record: GroupRecord | undefined): Change {
    if (record === undefined) this.#groups.delete(key);
    else this.#groups.set(key, record);
    return { collection: GROUPS, key, value: record as unknown as Json | undefined };
  }

  /** First to the state, then on the way. */
  async #commit(changes: readonly Change[], messages: readonly OutboxMessage[]): Promise<void> {
    try {
      await this.#options.state.commit(changes);
    } catch (error) {
      // Better told than kept: a message that is lost with the process is worse than one that is sent twice.
      this.#options.log.limited(
        "error",
        "state",
        `alerts go out although their state can't be kept: ${errorText(error)}`,
      );
    }
    for (const message of messages) this.#outbox.take(message);
  }
}

function isOf(alert: Alert, rule: Rule): boolean {
  return alert.labels["alertname"] === rule.alertName && alert.labels["severity"] === rule.severity;
}

function recordKey(receiver: string, groupKey: string): string {
  return createHash("sha256").update(`${receiver}\n${groupKey}`).digest("hex").slice(0, 32);
}
