/** What was refused, by reason, and the latest of it to look at: a sender that is misconfigured should be easy to find. */
import { LIMITS } from "../core/limits.ts";
import type { Counter, Metrics } from "../core/metrics.ts";
import type { Clock, SocketAddress } from "../core/world.ts";
import { REASONS, type Reason } from "./reasons.ts";

export interface Reject {
  readonly wallMs: number;
  readonly receiver: string;
  readonly sender: string;
  readonly reason: string;
  /** The beginning of what was refused, made printable. */
  readonly text: string;
}

export interface RejectsOfReason {
  readonly reason: string;
  readonly meaning: string;
  /** Since the start. */
  readonly count: number;
  /** The newest first. */
  readonly latest: readonly Reject[];
}

const TEXT_BYTES = 200;

/** Made readable only for those who look: a flood of bad lines should cost little. */
interface Kept extends Omit<Reject, "text"> {
  readonly beginning: Uint8Array;
}

export class Rejects {
  readonly #clock: Clock;
  readonly #counter: Counter<"receiver" | "reason">;
  /** The latest are kept for each reason: a flood of one hides no other. */
  readonly #byReason = new Map<Reason, { count: number; readonly latest: Kept[] }>();

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#counter = metrics.counter(
      "lockstep_receiver_rejected_total",
      "Lines, packets and connections that were not taken, by reason.",
      ["receiver", "reason"],
    );
  }

  /** `times`: how many like it there were, of which this is one. */
  add(receiver: string, from: SocketAddress, reason: Reason, bytes: Uint8Array, times = 1): void {
    this.#counter.add(times, { receiver, reason });
    const entry = this.#byReason.get(reason) ?? { count: 0, latest: [] };
    this.#byReason.set(reason, entry);
    entry.count += times;
    const beginning = bytes.slice(0, TEXT_BYTES);
    entry.latest.push({ wallMs: this.#clock.wallMs(), receiver, sender: from.host, reason, beginning });
    if (entry.latest.length > LIMITS.rejectsKept) entry.latest.shift();
  }

  /** The latest ones of all reasons, the newest first. */
  latest(): readonly Reject[] {
    const all = [...this.#byReason.values()].flatMap(({ latest }) => newestFirst(latest));
    return all.sort((a, b) => b.wallMs - a.wallMs);
  }

  /** The reason with the newest first. */
  byReason(): readonly RejectsOfReason[] {
    const rows = [...this.#byReason].map(([reason, { count, latest }]) => {
      return { reason, meaning: REASONS[reason], count, latest: newestFirst(latest) };
    });
    return rows.sort((a, b) => b.latest[0]!.wallMs - a.latest[0]!.wallMs);
  }
}

function newestFirst(kept: readonly Kept[]): readonly Reject[] {
  return kept
    .map(({ beginning, ...rest }) => ({ ...rest, text: printable(Buffer.from(beginning).toString("utf8")) }))
    .reverse();
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}
