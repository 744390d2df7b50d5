/**
 * One alert: a rule's verdict about one set of labels, and what has become of it.
 *
 *     (nothing) ──fire──► pending ──held long enough──► firing ──clear long enough──► resolved ──15 min──► (nothing)
 *                            └──clear──► (nothing)         ▲ uncertain or no data: stays as it is
 *
 * The machine is pure: the present alert, what the rule finds now, and how much observed time has passed give the next
 * alert. Time in which the aggregator did not look (it slept, it was stopped) holds nothing: so nothing fires because of
 * it. Missing data never resolves anything: a node that has died has not mended its clock.
 */

/** What a rule finds about one set of labels at one moment. */
export interface Finding {
  /** Identifies the alert, with `alertname` and `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
  /** When what was found began, as far as that is known: not when it was noticed. */
  readonly sinceMs: number;
  /** The annotations, made only when there is an alert to carry them. */
  describe(): Readonly<Record<string, string>>;
  /** The measured value that decided, for explanation. */
  readonly value?: MeasuredValue;
}

/** `uncertain`: the measurement allows neither; it neither fires nor resolves. */
export type Verdict = "fire" | "clear" | "uncertain";

export interface MeasuredValue {
  readonly value: number;
  /** The true value lies within ± this. */
  readonly bound?: number;
  readonly unit: string;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value?: MeasuredValue;
  readonly state: "pending" | "firing" | "resolved";
  /** What the rule found last; `no-data` when it found nothing at all. */
  readonly verdict: Verdict | "no-data";
  /** When what fired began. */
  readonly startsAtMs: number;
  /** When it began to fire, and when it resolved. */
  readonly firedAtMs?: number;
  readonly resolvedAtMs?: number;
  /** Observed time in which the verdict has been `fire` (pending) or `clear` (firing) without a break. */
  readonly heldMs: number;
}

export interface AlertTimes {
  /** How long a finding has to hold before it fires. */
  readonly forMs: number;
  /** How long it has to be clear before it resolves. */
  readonly keepFiringMs: number;
}

/** A resolved alert is remembered this long. */
export const RESOLVED_KEPT_MS = 15 * 60_000;

/**
 * The alert after a rule was evaluated; undefined when there is none (any more). `elapsedMs` is the observed time since
 * the evaluation before.
 */
export function stepAlert(
  alert: Alert | undefined,
  finding: Finding | undefined,
  times: AlertTimes,
  nowMs: number,
  elapsedMs: number,
): Alert | undefined {
  if (alert === undefined || alert.state === "resolved") return stepInactive(alert, finding, times, nowMs);
  if (finding === undefined) return { ...alert, verdict: "no-data" };
  const told = { ...alert, annotations: finding.describe(), verdict: finding.verdict, ...measured(finding) };
  return alert.state === "pending"
    ? stepPending(told, finding, times, nowMs, elapsedMs)
    : stepFiring(told, finding, times, nowMs, elapsedMs);
}

function stepInactive(
  alert: Alert | undefined,
  finding: Finding | undefined,
  times: AlertTimes,
  nowMs: number,
): Alert | undefined {
  if (finding?.verdict === "fire") {
    const pending: Alert = {
      labels: finding.labels,
      annotations: finding.describe(),
      ...measured(finding),
      state: "pending",
      verdict: "fire",
      startsAtMs: finding.sinceMs,
      heldMs: 0,
    };
    return times.forMs > 0 ? pending : fire(pending, nowMs);
  }
  return alert !== undefined && nowMs - (alert.resolvedAtMs ?? 0) < RESOLVED_KEPT_MS ? alert : undefined;
}

function stepPending(
  alert: Alert,
  finding: Finding,
  times: AlertTimes,
  nowMs: number,
  elapsedMs: number,
): Alert | undefined {
  if (finding.verdict === "clear") return undefined;
  if (finding.verdict === "uncertain") return { ...alert, heldMs: 0 };
  const held = { ...alert, heldMs: alert.heldMs + elapsedMs };
  return held.heldMs >= times.forMs ? fire(held, nowMs) : held;
}

function stepFiring(alert: Alert, finding: Finding, times: AlertTimes, nowMs: number, elapsedMs: number): Alert {
  if (finding.verdict !== "clear") return { ...alert, heldMs: 0 };
  const held = { ...alert, heldMs: alert.heldMs + elapsedMs };
  if (held.heldMs < times.keepFiringMs) return held;
  return { ...held, state: "resolved", resolvedAtMs: nowMs, heldMs: 0 };
}

function fire(alert: Alert, nowMs: number): Alert {
  return { ...alert, state: "firing", firedAtMs: nowMs, heldMs: 0 };
}

function measured(finding: Finding): { readonly value?: MeasuredValue } {
  return finding.value === undefined ? {} : { value: finding.value };
}
